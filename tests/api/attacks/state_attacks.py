"""Attacks on the state folder, and on what feedback writes to it. Each runs until `stop` is set."""

import errno
import itertools
import os
import random
import shutil
import threading
import time
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

from served import Server

SMALL_BYTES = 1_000_000_000  # a larger disk is not filled


def state_of(server: Server) -> Path:
    """The state folder of a service that `served.serving` runs."""
    return server.log.parent / "state"


def feedback_without_end(server: Server, stop: threading.Event) -> None:
    """Send other feedback by text each time. One client filled the disk, which ended the service by SIGBUS."""
    for number in itertools.count():
        if stop.wait(0.01):
            return
        _ask(server, "/feedback", {"text": f"{number} " + "x" * 900, "label": "negative"})


def rejections_without_end(server: Server, stop: threading.Event) -> None:
    """Reject the prediction of one text with each label in turn. 2,325 calls raised 775 alerts."""
    for label in itertools.cycle(["negative", "positive"]):
        if stop.wait(0.01):
            return
        _ask(server, "/feedback", {"text": "x", "label": label})


def damaged_files(server: Server, stop: threading.Event) -> None:
    """Overwrite what can be rebuilt with random bytes. The writing thread ended, and no worker started any more."""
    chance = random.Random(5)
    while not stop.wait(0.5):
        state = state_of(server)
        rebuilt = [*state.glob("predictions.sqlite*"), state / "hash.key", *state.glob("**/*.json")]
        for path in rebuilt:
            with suppress(OSError):
                path.write_bytes(chance.randbytes(20_000))


def removed_folder(server: Server, stop: threading.Event) -> None:
    """Remove everything that the workers share. The next worker that started ended the others."""
    while not stop.wait(1.0):
        empty(state_of(server))


def full_disk(server: Server, stop: threading.Event) -> None:
    """Fill a small disk with the state on it, and free it again. The workers died of SIGBUS."""
    while not stop.wait(0.5):
        with suppress(OSError):
            fill(state_of(server))
        stop.wait(1.0)
        (state_of(server) / "filler").unlink(missing_ok=True)


def fill(folder: Path) -> None:
    """Write to a file until the disk is full. A large disk is left alone."""
    found = os.statvfs(folder)
    if found.f_blocks * found.f_frsize > SMALL_BYTES:
        return
    with (folder / "filler").open("ab", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            with suppress(OSError):
                while True:
                    file.write(b"x" * size)


def empty(folder: Path) -> None:
    """Remove all that is in a folder, which may be a disk of its own."""
    for path in folder.glob("*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def is_full(folder: Path) -> bool:
    """Return whether nothing more can be written to a folder."""
    probe = folder / "probe"
    try:
        probe.write_bytes(b"x")
    except OSError as error:
        return error.errno == errno.ENOSPC
    finally:
        probe.unlink(missing_ok=True)
    return False


def _ask(server: Server, path: str, document: dict[str, str]) -> None:
    try:
        server.call("POST", path, document, timeout=10)
    except (OSError, HTTPException):
        time.sleep(0.1)  # the service refuses the connection


ATTACKS = (feedback_without_end, rejections_without_end, damaged_files, removed_folder, full_disk)
