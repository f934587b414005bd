"""What decides the numbers of a cell, part by part: the same fingerprint is never computed twice."""

import contextlib
import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property
from typing import Any

import textlab.data
from textlab.runner.planning.cell import Cell

DATA = "textlab.data"


@dataclass(frozen=True)
class Fingerprint:
    """Of one cell; all of it can be written as JSON.

    Attributes:
        notebook: the digest of its code.
        parameters: what is injected.
        data: the digest of the dataset; "" where none is read.
        modules: of textlab, each with the digest of its code.
        libraries: with their versions.
        sources: the keys of the cells that it builds on, by the parameter's name.
    """

    notebook: str
    parameters: Mapping[str, Any]
    data: str
    modules: Mapping[str, str]
    libraries: Mapping[str, str]
    sources: Mapping[str, str]

    @cached_property
    def key(self) -> str:
        """One digest of it all."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()[:32]

    def as_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, default=str, separators=(",", ":"))


def fingerprints(cells: Sequence[Cell]) -> dict[str, Fingerprint]:
    """The fingerprint of each cell, and of those that it builds on, by `Cell.key`.

    A dataset is loaded once, however many cells read it.

    Raises:
        ValueError, FileNotFoundError, ConnectionError: a dataset cannot be had.
    """
    digest = cache(lambda name: textlab.data.load(name).digest)
    found: dict[str, Fingerprint] = {}

    def of(cell: Cell) -> Fingerprint:
        if cell.key not in found:
            reached = cell.notebook.reach
            found[cell.key] = Fingerprint(
                notebook=cell.notebook.digest,
                parameters=_as_json(cell),
                data=digest(str(cell.parameters["dataset"])) if _reads_data(cell) else "",
                modules=reached.modules,
                libraries=reached.libraries,
                sources={name: of(source).key for name, source in cell.sources.items()},
            )
        return found[cell.key]

    for cell in cells:
        of(cell)
    return found


@contextlib.contextmanager
def fingerprints_beside(cells: Sequence[Cell]) -> Iterator[Callable[[], dict[str, Fingerprint]]]:
    """Let a fork of this process compute `fingerprints` during the context; gives what waits for them.

    Where the fork fails, and where forking is not safe (macOS), this process computes them, and says what is wrong.
    """
    if sys.platform != "linux":
        yield lambda: fingerprints(cells)
        return
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        try:
            with contextlib.suppress(BaseException), os.fdopen(writing, "w", encoding="utf-8") as answer:
                json.dump({key: asdict(found) for key, found in fingerprints(cells).items()}, answer)
        finally:
            os._exit(0)  # never return into what was forked
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as answer:

        def wait() -> dict[str, Fingerprint]:
            try:
                told = json.loads(answer.read())
            except ValueError:
                return fingerprints(cells)
            return {key: Fingerprint(**found) for key, found in told.items()}

        try:
            yield wait
        except BaseException:
            os.kill(process, signal.SIGTERM)
            raise
        finally:
            os.waitpid(process, 0)


def with_parameters_of(cell: Cell, base: Fingerprint) -> Fingerprint:
    """The fingerprint of a cell, from that of one with other parameters, such as the base of its search."""
    return replace(base, parameters=_as_json(cell))


def _as_json(cell: Cell) -> dict[str, Any]:
    """The parameters as they are after being written as JSON and read."""
    return dict(json.loads(json.dumps(dict(cell.parameters), default=str)))


def _reads_data(cell: Cell) -> bool:
    return "dataset" in cell.parameters and DATA in cell.notebook.reach.modules


def changes(before: Mapping[str, Any], now: Fingerprint) -> list[str]:
    """What has changed since, in words.

    Args:
        before: an earlier fingerprint of the same cell, read from its JSON.
    """
    told = []
    if before["notebook"] != now.notebook:
        told.append("the notebook changed")
    if before["data"] != now.data:
        told.append("the data changed")
    modules = [name for name, _, _ in _differences(before["modules"], now.modules)]
    if modules:
        told.append("changed: " + ", ".join(modules))
    for name, old, new in _differences(before["libraries"], now.libraries):
        told.append(f"{name} {old or 'absent'} -> {new or 'absent'}")
    told += [f"what '{name}' builds on changed" for name, _, _ in _differences(before["sources"], now.sources)]
    return told


def _differences(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[tuple[str, str | None, str | None]]:
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            yield name, before.get(name), now.get(name)
