"""A file that is written piece by piece, and that a later process continues if the process before it was killed.

Beside `scored.csv`, two files hold an unfinished output: `.scored.csv.unfinished` the rows so far, and
`.scored.csv.unfinished.json` what they were made from and how far they are valid.
"""

import contextlib
import fcntl
import io
import json
import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from textlab.paths import replacing

logger = logging.getLogger(__name__)

UNFINISHED = ".unfinished"


class KeepError(ValueError):
    """A piece cannot be written, but the pieces before it stay, so that the next call continues there."""


class GrowingFile:
    """The text of an unfinished file.

    Attributes:
        text: takes the text of the next piece.
        kept: what the last `save` of an earlier process kept; empty if this process is the first.
    """

    def __init__(self, handle: BinaryIO, document: Path, made_from: Mapping[str, Any]) -> None:
        self._handle, self._document, self._made_from = handle, document, dict(made_from)
        self.kept = self._read()
        handle.truncate(self.kept.pop("bytes", 0))
        handle.seek(0, io.SEEK_END)
        self.text = io.TextIOWrapper(handle, encoding="utf-8", newline="")

    def save(self, progress: Mapping[str, Any]) -> None:
        """Keep all text so far, together with facts such as the number of its rows."""
        self.text.flush()
        with replacing(self._document) as partial:
            content = {"made_from": self._made_from, "bytes": self._handle.tell(), **progress}
            partial.write_text(json.dumps(content), encoding="utf-8")

    def _read(self) -> dict[str, Any]:
        """Return what was saved for the same output; {} if nothing was, or less is there than was saved."""
        try:
            saved = json.loads(self._document.read_text(encoding="utf-8"))
            made_from, size = saved.pop("made_from"), saved["bytes"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}
        there = os.fstat(self._handle.fileno()).st_size
        if made_from != self._made_from or type(size) is not int or not 0 < size <= there:
            if there:
                logger.warning(
                    "%s was left unfinished, but its file, its model or its options were others. It is begun anew.",
                    self._document.name.removeprefix(".").removesuffix(f"{UNFINISHED}.json"),
                )
            return {}
        return saved


@contextlib.contextmanager
def growing(path: Path, made_from: Mapping[str, Any]) -> Iterator[GrowingFile]:
    """Write a file piece by piece; it appears at `path`, complete, when the context ends.

    A killed process, an interruption and `KeepError` leave the saved pieces, and the next call continues them if it
    makes the file from the same things. After another ValueError, nothing is left.

    Args:
        path: the file; an older one is replaced.
        made_from: what decides its content, as JSON.

    Raises:
        ValueError: another process is writing the file.
    """
    unfinished = path.with_name(f".{path.name}{UNFINISHED}")
    document = unfinished.with_name(f"{unfinished.name}.json")
    with _locked(unfinished, path) as handle:
        file = GrowingFile(handle, document, made_from)
        try:
            yield file
            file.text.flush()
            unfinished.replace(path)
        except KeepError:
            raise
        except ValueError:
            unfinished.unlink()
            document.unlink(missing_ok=True)
            raise
        finally:
            file.text.detach()
        document.unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(unfinished: Path, path: Path) -> Iterator[BinaryIO]:
    """Open the unfinished file for one process at a time; the lock of a killed process is void."""
    with contextlib.ExitStack() as stack:
        while True:
            handle = stack.enter_context(unfinished.open("ab+"))
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ValueError(
                    f"{path} is being written by another process. Wait for it, or choose another file with --output."
                ) from None
            with contextlib.suppress(FileNotFoundError):  # another process has just finished it
                if os.path.samestat(os.fstat(handle.fileno()), unfinished.stat()):
                    break
        yield handle
