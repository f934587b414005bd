"""Fixtures for all tests."""

import logging
import os
from pathlib import Path

import pytest

# The suite runs in as many processes as there are cores; more threads would only compete for the cores.
for variable in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(variable, "1")


@pytest.fixture(autouse=True)
def _no_handler_outlives_its_test():
    """A command that runs in this process adds a log handler, which writes to a stderr that closes with the test."""
    before = list(logging.root.handlers)
    yield
    logging.root.handlers[:] = before


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real datasets: what TEXTLAB_MIRROR names, else shared/data beside the checkout."""
    named = os.environ.get("TEXTLAB_MIRROR")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not (folder / "tweet_eval").is_dir():
        pytest.skip(f"needs the real datasets; {folder} does not hold them (TEXTLAB_MIRROR names the folder)")
    return folder
