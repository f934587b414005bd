"""The predictions that a service has recorded, read back for monitoring."""

import random
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from textlab.bundle_format.labels import labels_digest
from textlab.inputs import kind_of
from textlab.monitoring.recorded_line import RecordedMeasures, RecordedPrediction, recorded_prediction
from textlab.monitoring.watched_input import InputColumn, WatchedInput
from textlab.sealing import Keys, read_lines
from textlab.sealing.purposes import TRAFFIC

SEGMENTS = "*.jsonl"
TEXT = "text"
MOST_TEXTS = 20_000
AHEAD_SECONDS = 60.0  # a later time is wrong: the service's clock was ahead


@dataclass(frozen=True, eq=False)
class Traffic:
    """n recorded predictions of one model, sorted by time.

    Attributes:
        name: the model.
        label_names: its k classes, in the order of the probabilities.
        ids: str (n,), the predictions' ids, which feedback names.
        times: float64 (n,), seconds since 1970.
        versions: int32 (n,), the version that answered.
        probabilities: float32 (n, k).
        callers: str (n,), keyed hashes of the callers.
        characters: int32 (n,), length of the input called text, else of all inputs together.
        text_rows: int64 (m,), rows whose text is known, ascending. At most MOST_TEXTS, sampled at random.
        texts: the m texts of these rows: the input called text, else all inputs with words, joined by spaces. Of a
            model with several inputs, missing texts are left out.
        skipped: for each reason, in words, the number of lines that were not used.
        others: what was recorded of each input without words, such as pictures.
    """

    name: str
    label_names: tuple[str, ...]
    ids: np.ndarray
    times: np.ndarray
    versions: np.ndarray
    probabilities: np.ndarray
    callers: np.ndarray
    characters: np.ndarray
    text_rows: np.ndarray
    texts: list[str]
    skipped: dict[str, int]
    others: dict[str, WatchedInput] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.times)


def read_traffic(
    folder: Path,
    name: str,
    version: int | None,
    label_names: Sequence[str],
    since: float,
    until: float,
    keys: Keys | None = None,
    show_progress: bool = False,
    seed: int = 0,
) -> Traffic:
    """Read the recorded predictions of a model from a time window.

    Lines that cannot be used are counted by reason in `skipped`. An incomplete last line, which a crash leaves, is
    ignored.

    Args:
        folder: the segments of all workers, TEXTLAB_API_STATE/traffic.
        name: the model.
        version: its version. None reads all versions with these labels.
        label_names: its classes, in the order of the probabilities.
        since, until: the window [since, until), in seconds since 1970.
        keys: the keys that open sealed segments.
        show_progress: whether to show a progress bar.
        seed: random seed of the sample of texts.

    Raises:
        SealError: a record was changed or moved, or its key is missing. The message names file and line.
        ValueError: the folder does not exist or cannot be read.
    """
    columns = _Columns(name, version, tuple(label_names), since, until, seed)
    for path in _with_progress(_segments(folder), show_progress):
        with suppress(FileNotFoundError):  # its retention ended meanwhile
            columns.add(_lines(path, keys))
    return columns.traffic()


def _segments(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ValueError(
            f"There is no folder {folder}, so there is no recorded traffic. Start the service with "
            "TEXTLAB_API_RECORD=all, or name another folder."
        )
    return sorted(folder.glob(SEGMENTS))


def _with_progress(paths: list[Path], show_progress: bool) -> Iterator[Path]:
    """The paths, beside a progress bar of the bytes that were read."""
    from tqdm.auto import tqdm

    sizes = {path: _size(path) for path in paths}
    with tqdm(total=sum(sizes.values()), desc=TRAFFIC, unit="B", unit_scale=True, disable=not show_progress) as bar:
        for path, size in sizes.items():
            yield path
            bar.update(size)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _lines(path: Path, keys: Keys | None) -> Iterator[bytes]:
    try:
        yield from read_lines(path, TRAFFIC, keys)
    except PermissionError:
        raise ValueError(f"{path} cannot be read. Run the command as the user of the service.") from None


@dataclass(eq=False)
class _Columns:
    """The columns of Traffic, while lines are added."""

    name: str
    version: int | None
    label_names: tuple[str, ...]
    since: float
    until: float
    seed: int
    ids: dict[str, None] = field(default_factory=dict)  # in the order of the rows
    times: "array[float]" = field(default_factory=lambda: array("d"))
    versions: "array[int]" = field(default_factory=lambda: array("i"))
    probabilities: "array[float]" = field(default_factory=lambda: array("f"))
    callers: list[str] = field(default_factory=list)
    characters: "array[int]" = field(default_factory=lambda: array("i"))
    skipped: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._digest = labels_digest(self.label_names)
        self._latest = max(time.time() + AHEAD_SECONDS, self.until)
        self._known_callers: dict[str, str] = {}  # one object for each caller saves memory
        self._sample = _Sample(self.seed)
        self._others: dict[str, InputColumn] = {}

    def add(self, lines: Iterator[bytes]) -> None:
        """Add the lines of a segment."""
        for line in lines:
            prediction = recorded_prediction(line)
            if prediction is None:
                self.skipped["a broken line"] += 1
            elif self.since <= prediction.time < self.until or prediction.time > self._latest:
                reason = self._reason(prediction)
                if reason:
                    self.skipped[reason] += 1
                else:
                    self._add(prediction)

    def _reason(self, prediction: RecordedPrediction) -> str:
        """Why a prediction cannot be used, empty if it can."""
        if prediction.model != self.name:
            return "another model"
        if prediction.time > self._latest:
            return "a time in the future"
        if self.version is not None and prediction.version != self.version:
            return "another version"
        if prediction.labels_digest != self._digest:
            return "other labels"
        if len(prediction.probabilities) != len(self.label_names):
            return "a broken line"
        return "a repeated prediction" if prediction.id in self.ids else ""

    def _add(self, prediction: RecordedPrediction) -> None:
        if prediction.inputs:
            self._add_inputs(prediction.inputs)
        self.ids[prediction.id] = None
        self.times.append(prediction.time)
        self.versions.append(prediction.version)
        self.probabilities.extend(prediction.probabilities)
        self.callers.append(self._known_callers.setdefault(prediction.caller, prediction.caller))
        characters = prediction.characters
        self.characters.append(characters[TEXT] if TEXT in characters else sum(characters.values()))

    def _add_inputs(self, inputs: dict[str, str | RecordedMeasures]) -> None:
        row, texts = len(self.times), {}
        for name, value in inputs.items():
            if isinstance(value, RecordedMeasures) or kind_of(name).traits:
                self._others.setdefault(name, InputColumn(name, self.seed)).add(row, value)
            else:
                texts[name] = value
        text = texts[TEXT] if TEXT in texts else " ".join(texts.values())
        if texts and (text.strip() or len(texts) == len(inputs)):
            self._sample.add(row, text)

    def traffic(self) -> Traffic:
        """All rows, sorted by time."""
        times = np.asarray(self.times)
        order = np.argsort(times, kind="stable")
        position = np.empty(len(order), np.int64)
        position[order] = np.arange(len(order))
        sampled = sorted((int(position[row]), text) for row, text in self._sample.texts)
        return Traffic(
            name=self.name,
            label_names=self.label_names,
            ids=np.array(list(self.ids), str)[order],
            times=times[order],
            versions=np.asarray(self.versions, np.int32)[order],
            probabilities=np.asarray(self.probabilities).reshape(-1, len(self.label_names))[order],
            callers=np.array(self.callers, str)[order],
            characters=np.asarray(self.characters, np.int32)[order],
            text_rows=np.array([row for row, _ in sampled], np.int64),
            texts=[text for _, text in sampled],
            skipped=dict(self.skipped),
            others={name: column.watched(position) for name, column in self._others.items()},
        )


class _Sample:
    """A uniform sample of at most MOST_TEXTS texts with their rows (reservoir sampling, Vitter 1985, algorithm R)."""

    def __init__(self, seed: int) -> None:
        self._random, self._offered = random.Random(seed), 0
        self.texts: list[tuple[int, str]] = []

    def add(self, row: int, text: str) -> None:
        """Offer a text."""
        self._offered += 1
        if len(self.texts) < MOST_TEXTS:
            self.texts.append((row, text))
        elif (place := int(self._random.random() * self._offered)) < MOST_TEXTS:
            self.texts[place] = (row, text)
