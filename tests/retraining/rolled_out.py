"""The versions that the catalog names and a service serves, and clients that ask it."""

import json
import threading
from contextlib import contextmanager

import requests
from promoted import ADMIN


def catalog(models):
    """The champion of sentiment, and the numbers that have a folder."""
    numbers = sorted(path.name for path in (models / "sentiment").iterdir() if path.name.isdigit())
    return json.loads((models / "catalog.json").read_text())["sentiment"]["champion"], numbers


def served(address):
    """The number that a service serves."""
    return requests.get(f"{address}/health/ready", timeout=30).json()["model"]["version"]


@contextmanager
def clients(address, text="hello", count=2):
    """Clients that send requests until the end."""
    stop = threading.Event()

    def ask():
        with requests.Session() as session:
            while not stop.is_set():
                session.post(f"{address}/predict", json={"text": text}, headers=ADMIN, timeout=30)

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
