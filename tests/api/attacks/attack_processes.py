"""Attackers in processes of their own, so that their Python does not delay the clients that measure.

A module that ends in `_attacks` exports ATTACKS, a tuple of functions `(server, stop) -> None`.
"""

import importlib
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from served import ROOT, Server

FOLDER = Path(__file__).parent
NICENESS = 19  # attackers come from elsewhere, so they should not use the cores of the service
STOP_SECONDS = 30


def modules() -> list[str]:
    """The modules of attackers."""
    return sorted(path.stem for path in FOLDER.glob("*_attacks.py") if not path.stem.startswith("test_"))


@contextmanager
def attacked(server: Server, chosen: list[str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run all attackers of some modules against a service, a process for each module, until the block ends.

    Raises:
        AssertionError: an attacker ended early or failed, so its attack was not part of the block.
    """
    folders = [FOLDER, FOLDER.parent, FOLDER.parents[1], ROOT, ROOT / "src"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, folders))}
    given = [str(server.port), str(server.process.pid), str(server.log)]
    commands = [[sys.executable, __file__, module, *given] for module in chosen]
    processes = [
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for command in commands
    ]
    try:
        yield processes
        ended = [module for module, process in zip(chosen, processes, strict=True) if process.poll() is not None]
        errors = [_stopped(process) for process in processes]
        assert not ended, f"attackers ended early: {ended} {errors}"
        assert not any(errors), errors
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _stopped(process: subprocess.Popen[bytes]) -> str:
    """Stop the attackers of a process; return what they reported as errors."""
    try:
        _, errors = process.communicate(timeout=STOP_SECONDS)  # closes stdin
    except subprocess.TimeoutExpired:
        return f"{process.args!r} did not stop within {STOP_SECONDS} seconds"
    return errors.decode()[-3_000:]


def attack(module: str, port: int, pid: int, log: Path) -> None:
    """Run the attackers of a module in threads until stdin is closed. Errors go to stderr."""
    os.nice(NICENESS)
    server = Server(SimpleNamespace(pid=pid, poll=lambda: None), port, log)
    stop = threading.Event()
    threads = [
        threading.Thread(target=_attack, args=(one, server, stop), daemon=True)
        for one in importlib.import_module(module).ATTACKS
    ]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join(STOP_SECONDS / 2)


def _attack(one, server: Server, stop: threading.Event) -> None:
    try:
        one(server, stop)
    except Exception:  # noqa: BLE001  whatever it is, the test fails with it
        traceback.print_exc()
    if not stop.is_set():
        print(f"{one.__name__} ended early", file=sys.stderr)


if __name__ == "__main__":
    attack(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
