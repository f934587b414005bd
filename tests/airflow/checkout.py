"""A small checkout in a temporary folder, whose tasks run the real textlab."""

import json
import os
import sys
import time
from pathlib import Path

from tiny_bundle import write_tiny_bundle

ROOT = Path(__file__).resolve().parents[2]
AIRFLOW = ROOT / ".venv-airflow" / "bin" / "python"
LONG = "x" * 39


def write_checkout(folder):
    """Write a champion called sentiment, number 3, and return the folder."""
    write_tiny_bundle(folder / "models" / "sentiment" / "3")
    (folder / "models" / "catalog.json").write_text(json.dumps({"sentiment": {"champion": 3, "previous": None}}))
    return folder


def write_texts(path, rows):
    """Write a file of texts that has not changed for a while."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("text\n" + f"hi\n{LONG}\n" * (rows // 2))
    os.utime(path, (time.time() - 3600,) * 2)


def interpreter(folder):
    """Write a program that is the interpreter of these tests with this checkout's textlab; return its path."""
    path = folder / "python"
    path.write_text(f'#!/bin/sh\nexport PYTHONPATH="{ROOT / "src"}"\nexec "{sys.executable}" "$@"\n')
    path.chmod(0o700)
    return path


def environment(home, checkout, **more):
    """Airflow's environment, without any variable of the surroundings that would change it."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHON", "TEXTLAB"))},
        "AIRFLOW_HOME": str(home),
        "TEXTLAB_ROOT": str(checkout),
        "TEXTLAB_PYTHON": str(interpreter(checkout)),
        **more,
    }
