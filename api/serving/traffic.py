"""Recorded predictions, which textlab's monitoring reads: one line of JSON for each prediction."""

import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import repeat
from json.encoder import encode_basestring

from api.observing.metrics import Metrics
from api.serving.recorder import BYTES_PER_CHARACTER, Recorder
from api.serving.segments import Limits, Segments
from api.serving.store import Prediction
from api.settings import Settings
from textlab.bundle_format.labels import labels_digest
from textlab.inputs import kind_of
from textlab.sealing import Keys
from textlab.sealing.purposes import TRAFFIC

MODELS = 8  # number of models whose parts of a line are kept

# A prediction, and what its line needs: the model's classes, their probabilities, the name of the caller, and the
# bytes of inputs other than text, by name.
RecordedPrediction = tuple[Prediction, tuple[str, ...], list[float], str, Mapping[str, bytes]]
NO_OTHERS: Mapping[str, bytes] = {}


class Traffic:
    """Records the predictions of this worker.

    Args:
        settings: what is recorded, and for how long.
        hashed: returns the hash of a caller's name.
        metrics: counts what was recorded.
        keys: the keys that seal; None writes in the clear.
    """

    def __init__(self, settings: Settings, hashed: Callable[[str], str], metrics: Metrics, keys: Keys | None) -> None:
        self._recorder: Recorder[RecordedPrediction] | None = None
        if settings.record != "none":
            limits = Limits(settings.record_days, settings.record_megabytes)
            segments = Segments(settings.state / TRAFFIC, TRAFFIC, limits, keys)
            share = settings.record_share if settings.record == "share" else 1.0
            encode = functools.partial(traffic_lines, hashed=hashed, with_texts=settings.record_texts)
            self._recorder = Recorder(TRAFFIC, segments, encode, metrics, share)

    @property
    def is_failing(self) -> bool:
        """True if predictions should be recorded and are not."""
        return self._recorder is not None and self._recorder.is_failing

    def record(
        self,
        predictions: Sequence[Prediction],
        label_names: tuple[str, ...],
        probabilities: Sequence[list[float]],
        caller: str,
        others: Sequence[Mapping[str, bytes]] = (),
    ) -> None:
        """Record the predictions of a request. Another thread measures pictures, and writes.

        Args:
            predictions: the predictions.
            label_names: the model's classes.
            probabilities: a row for each prediction.
            caller: name of the caller.
            others: for each prediction, the bytes of the inputs other than text, b"" for a missing value; empty for a
                model that reads texts alone.
        """
        if self._recorder is not None:
            items = [
                (prediction, label_names, row, caller, beside)
                for prediction, row, beside in zip(
                    predictions, probabilities, others or repeat(NO_OTHERS, len(predictions)), strict=True
                )
            ]
            characters = sum([len(prediction.text) for prediction in predictions])
            if others:
                content = sum(len(value) for values in others for value in values.values())
                characters += content // BYTES_PER_CHARACTER
            self._recorder.record(items, characters)

    def close(self) -> None:
        """Write the remaining predictions and stop."""
        if self._recorder is not None:
            self._recorder.close()


def traffic_lines(items: list[RecordedPrediction], hashed: Callable[[str], str], with_texts: bool) -> Iterator[bytes]:
    """The line of each prediction. Formatting takes a third of the time of `json.dumps`."""
    hash_of = functools.cache(hashed)  # callers repeat
    for prediction, label_names, row, caller, others in items:
        identifier, moment, model, version, _, text = prediction[:6]
        of_model, numbers = _parts(model, version, label_names)
        inputs = f',"inputs":{{"text":{encode_basestring(text)}}}' if with_texts else ""
        if others:
            inputs = _inputs(text, others, with_texts)
        line = (
            f'{{"id":"{identifier}","time":{moment:.3f},{of_model},"probabilities":[{numbers % tuple(row)}],'
            f'"characters":{{"text":{len(text)}}},"caller":"{hash_of(caller)}"{inputs}}}'
        )
        yield line.encode()


def _inputs(text: str, others: Mapping[str, bytes], in_full: bool) -> str:
    """The part of a line that holds the inputs of a model that reads more than text."""
    found = {name: kind_of(name).recorded(content, in_full) for name, content in others.items()}
    known = ({"text": text} if in_full and text else {}) | {
        name: value for name, value in found.items() if value is not None
    }
    return f',"inputs":{json.dumps(known, ensure_ascii=False, separators=(",", ":"))}'


@functools.lru_cache(MODELS)
def _parts(model: str, version: int, label_names: tuple[str, ...]) -> tuple[str, str]:
    """The part of a line that names the model, and the format of its probabilities."""
    document = {"model": model, "version": version, "labels_digest": labels_digest(label_names)}
    return json.dumps(document, separators=(",", ":"))[1:-1], ",".join(["%.6f"] * len(label_names))
