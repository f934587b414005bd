"""Recorded predictions, which textlab's monitoring reads: one line of JSON for each prediction."""

import functools
import json
from collections.abc import Callable, Sequence
from json.encoder import encode_basestring
from typing import Any

from api.model.examples import Example
from api.observing.metrics import Metrics
from api.serving.recorder import Recorder
from api.serving.segments import Limits, Segments
from api.serving.store import Prediction
from api.settings import Settings
from textlab.bundle_format.labels import labels_digest
from textlab.sealing import Keys
from textlab.sealing.purposes import TRAFFIC

MODELS = 8  # number of models whose parts of a line are kept


# A prediction, and what its line needs: the model's classes, their probabilities, and the name of the caller.
RecordedPrediction = tuple[Prediction, tuple[str, ...], list[float], str]
RecordedExample = tuple[Prediction, tuple[str, ...], list[float], str, Example]
EXAMPLES_BYTES = 33_554_432  # maximum size of all examples that wait to be recorded


class Traffic:
    """Records the predictions of this worker, for texts.

    Args:
        settings: what is recorded, and for how long.
        hashed: returns the hash of a caller's name.
        metrics: counts what was recorded.
        keys: the keys that seal; None writes in the clear.
    """

    def __init__(self, settings: Settings, hashed: Callable[[str], str], metrics: Metrics, keys: Keys | None) -> None:
        self._recorder: Recorder[Any] | None = None
        if settings.record != "none":
            limits = Limits(settings.record_days, settings.record_megabytes)
            segments = Segments(settings.state / TRAFFIC, TRAFFIC, limits, keys)
            share = settings.record_share if settings.record == "share" else 1.0
            self._recorder = self._new_recorder(settings, hashed, metrics, segments, share)

    def _new_recorder(
        self, settings: Settings, hashed: Callable[[str], str], metrics: Metrics, segments: Segments, share: float
    ) -> Recorder[Any]:
        encode = functools.partial(traffic_lines, hashed=hashed, with_texts=settings.record_texts)
        return Recorder(TRAFFIC, segments, encode, metrics, share)

    @property
    def is_failing(self) -> bool:
        """True if predictions should be recorded and are not."""
        return self._recorder is not None and self._recorder.is_failing

    def record(
        self,
        asked: Sequence[Any],
        predictions: Sequence[Prediction],
        label_names: tuple[str, ...],
        probabilities: Sequence[list[float]],
        caller: str,
    ) -> None:
        """Record the predictions of a request. Another thread writes them.

        Args:
            asked: what was classified.
            predictions: the predictions.
            label_names: the model's classes.
            probabilities: a row for each prediction.
            caller: name of the caller.
        """
        if self._recorder is not None:
            items = [
                (prediction, label_names, row, caller)
                for prediction, row in zip(predictions, probabilities, strict=True)
            ]
            self._recorder.record(items, sum([len(prediction.text) for prediction in predictions]))

    def close(self) -> None:
        """Write the remaining predictions and stop."""
        if self._recorder is not None:
            self._recorder.close()


class ExampleTraffic(Traffic):
    """Records the predictions of this worker, for examples."""

    def _new_recorder(
        self, settings: Settings, hashed: Callable[[str], str], metrics: Metrics, segments: Segments, share: float
    ) -> Recorder[Any]:
        encode = functools.partial(example_lines, hashed=hashed, with_texts=settings.record_texts)
        return Recorder(TRAFFIC, segments, encode, metrics, share, EXAMPLES_BYTES)

    def record(
        self,
        asked: Sequence[Example],
        predictions: Sequence[Prediction],
        label_names: tuple[str, ...],
        probabilities: Sequence[list[float]],
        caller: str,
    ) -> None:
        """Record the predictions of a request with their examples. Another thread writes them."""
        if self._recorder is not None:
            items = [
                (prediction, label_names, row, caller, example)
                for example, prediction, row in zip(asked, predictions, probabilities, strict=True)
            ]
            self._recorder.record(items, sum([example.bytes for example in asked]))


def example_lines(items: list[RecordedExample], hashed: Callable[[str], str], with_texts: bool) -> list[bytes]:
    """The line of each prediction for an example. Of a picture it holds nothing but its size in bytes."""
    lines = []
    for prediction, label_names, row, caller, example in items:
        identifier, moment, model, version, *_ = prediction
        texts = example.texts
        line: dict[str, object] = {
            "id": identifier,
            "time": round(moment, 3),
            **json.loads(f"{{{_parts(model, version, label_names)[0]}}}"),
            "probabilities": [round(value, 6) for value in row],
            "characters": {name: len(value) for name, value in texts.items()},
            "bytes": {name: len(value) for name, value in example.received.items() if name not in texts},
            "caller": hashed(caller),
        }
        if with_texts:
            line["inputs"] = texts
        lines.append(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode())
    return lines


def traffic_lines(items: list[RecordedPrediction], hashed: Callable[[str], str], with_texts: bool) -> list[bytes]:
    """The line of each prediction. Formatting takes a third of the time of `json.dumps`."""
    hash_of = functools.cache(hashed)  # callers repeat
    lines = []
    for prediction, label_names, row, caller in items:
        identifier, moment, model, version, _, text = prediction
        of_model, numbers = _parts(model, version, label_names)
        inputs = f',"inputs":{{"text":{encode_basestring(text)}}}' if with_texts else ""
        line = (
            f'{{"id":"{identifier}","time":{moment:.3f},{of_model},"probabilities":[{numbers % tuple(row)}],'
            f'"characters":{{"text":{len(text)}}},"caller":"{hash_of(caller)}"{inputs}}}'
        )
        lines.append(line.encode())
    return lines


@functools.lru_cache(MODELS)
def _parts(model: str, version: int, label_names: tuple[str, ...]) -> tuple[str, str]:
    """The part of a line that names the model, and the format of its probabilities."""
    document = {"model": model, "version": version, "labels_digest": labels_digest(label_names)}
    return json.dumps(document, separators=(",", ":"))[1:-1], ",".join(["%.6f"] * len(label_names))
