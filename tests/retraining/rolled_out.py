"""The versions that the catalog names and a service serves, and clients that ask it."""

import json

import requests
from background import in_background
from promoted import ADMIN


def catalog(models):
    """The champion of sentiment, and the numbers that have a folder."""
    numbers = sorted(path.name for path in (models / "sentiment").iterdir() if path.name.isdigit())
    return json.loads((models / "catalog.json").read_text())["sentiment"]["champion"], numbers


def served(address):
    """The number that a service serves."""
    return requests.get(f"{address}/health/ready", timeout=30).json()["model"]["version"]


def clients(address, text="hello", count=2):
    """Clients that send requests until the end."""

    def ask(stop):
        with requests.Session() as session:
            while not stop.is_set():
                session.post(f"{address}/predict", json={"text": text}, headers=ADMIN, timeout=30)

    return in_background(ask, count)
