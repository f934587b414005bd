"""Score the new files of a folder. A ledger beside the scored files lets a repeated call skip what is done.

The ledger `scored.jsonl` has one line a file and version:

    {"file": "tweets.csv", "sha256": "...", "model_name": "sentiment", "model_version": "3", "columns": {}, "encoding":
    "utf-8", "separator": "", "rows": 1000, "blank": 2, "unreadable": 0, "time": "2026-11-30T19:02:11+00:00"}
"""

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock

from textlab.data.reading import tables
from textlab.data.reading.files import checksum
from textlab.export.bundle import Bundle
from textlab.paths import remove_partial, replacing
from textlab.promotion.scored_table import PLAIN, Layout
from textlab.promotion.scoring import ChangedError, ScoredFile, check_file, score_file, state

LEDGER = "scored.jsonl"
MODEL_NAME, MODEL_VERSION = "model_name", "model_version"
SETTLED = 30.0  # seconds


@dataclass
class ScoredFolder:
    """The outcome of scoring the files of a folder.

    Attributes:
        scored: what was done to each file that was scored.
        known: files that the same version has scored before.
        unfinished: files that are left for the next call, because they may still be written.
        broken: why each of the other files could not be scored.
    """

    scored: dict[str, ScoredFile] = field(default_factory=dict)
    known: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)


def score_folder(
    model: Path,
    folder: Path,
    output: Path,
    layout: Layout = PLAIN,
    settled: float = SETTLED,
    load: Callable[[Path], Bundle] = Bundle,
    show_progress: bool = False,
) -> ScoredFolder:
    """Score each .csv and .tsv file of a folder that this version has not scored, and write it under its own name.

    Each scored row also holds the model's name and version. A file is scored again if its content, the version or the
    layout has changed, or if its output is missing; the pictures that its cells name do not count. A broken file does
    not stop the others. The call after an interrupted one continues in the file that was being scored. If several
    processes score into one folder, each waits for the one before it.

    Args:
        model: the folder of a promoted bundle, which is named after its number and lies in a folder named after it.
        folder: the folder with the files. Subfolders and hidden files are not read.
        output: the folder for the scored files and the ledger; it is created if it is missing.
        layout: how the files are read.
        settled: a file that has changed within so many seconds is left for the next call.
        load: loads the bundle; it is called only if there is a file to score.
        show_progress: whether to show a progress bar for each file on standard error.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: the scored files would replace the files themselves.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {folder}. Check the path.")
    if output.resolve() == folder.resolve():
        raise ValueError(f"{output} is also the folder to read. Choose another folder with --output.")
    output.mkdir(parents=True, exist_ok=True)
    layout = replace(layout, constants={MODEL_NAME: model.parent.name, MODEL_VERSION: model.name})
    with FileLock(output / ".lock"):
        work = _Work(model, output, layout, settled, load, show_progress)
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in tables.DELIMITERS and not path.name.startswith(".") and path.is_file():
                work.score(path)
        return work.done


class _Work:
    """The scoring of one folder. The model is loaded when the first file needs it."""

    def __init__(
        self, model: Path, output: Path, layout: Layout, settled: float, load: Callable[[Path], Bundle], progress: bool
    ) -> None:
        self.done = ScoredFolder()
        self._model, self._output, self._layout = model, output, layout
        self._settled, self._show_progress = settled, progress
        self._bundle = cache(lambda: load(model))
        self._ledger = _Ledger(output / LEDGER)

    def score(self, path: Path) -> None:
        """Score a file if that is due, and note the outcome."""
        output = self._output / path.name
        try:
            if 0 <= time.time() - state(path)[0] < self._settled:
                self.done.unfinished.append(path.name)
                return
            made_from = self._made_from(path)
            if output.exists() and self._ledger.has(made_from):
                self.done.known.append(path.name)
                return
            self._check_target(output)
            remove_partial(output)
            check_file(self._model, path, output, self._layout)
            scored = score_file(self._bundle(), path, output, self._layout, self._show_progress)
        except ChangedError:
            self.done.unfinished.append(path.name)
        except (ValueError, OSError) as error:
            self.done.broken[path.name] = str(error)
        else:
            counts = {"rows": scored.rows, "blank": scored.blank, "unreadable": scored.unreadable}
            self._ledger.add(made_from | counts)
            self.done.scored[path.name] = scored

    def _made_from(self, path: Path) -> dict[str, Any]:
        """Return what decides the content of a file's output."""
        reading = {name: getattr(self._layout, name) for name in ("columns", "encoding", "separator")}
        if self._layout.unreadable != PLAIN.unreadable:  # older lines do not state it
            reading["unreadable"] = self._layout.unreadable
        return {"file": path.name, "sha256": checksum(path), **self._layout.constants, **reading}

    def _check_target(self, output: Path) -> None:
        """Raise ValueError if the file in the output's place was not written by this command."""
        if output.exists() and not self._ledger.names(output.name) and not _is_scored(output):
            raise ValueError(f"{output} exists and is not a scored file. Move it away, or choose another --output.")


def _is_scored(path: Path) -> bool:
    """Return whether a file has the columns that only this module adds. Its ledger may be lost."""
    with contextlib.suppress(ValueError), contextlib.closing(tables.rows(path)) as rows:
        return {MODEL_NAME, MODEL_VERSION} <= set(next(rows, (1, []))[1])
    return False


class _Ledger:
    """The lines of a ledger. A line that an interruption has cut off is dropped: its file is scored again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        remove_partial(path)
        self._newest: dict[str, dict[str, Any]] = {}
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        for line in lines:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                entry = json.loads(line)
                self._newest[entry["file"]] = entry
        if len(lines) > len(self._newest):
            self._rewrite()

    def has(self, made_from: Mapping[str, Any]) -> bool:
        """Return whether the newest output of a file was made from just this."""
        return made_from.items() <= self._newest.get(made_from["file"], {}).items()

    def names(self, file: str) -> bool:
        """Return whether a file of that name has been scored."""
        return file in self._newest

    def add(self, entry: Mapping[str, Any]) -> None:
        """Append an entry with the present time."""
        self._newest[entry["file"]] = {**entry, "time": datetime.now(UTC).isoformat(timespec="seconds")}
        with self._path.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(self._newest[entry["file"]]) + "\n")

    def _rewrite(self) -> None:
        with replacing(self._path) as partial:
            partial.write_text("".join(json.dumps(each) + "\n" for each in self._newest.values()), encoding="utf-8")
