"""The shadow: a version that classifies copies of answered texts, so that it can be compared with the champion.

It never answers. A request only appends its texts to a bounded queue. A thread of low priority classifies them when the
process has time to spare. Copies that find no room are dropped and counted.
"""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import cast

from api.background import BackgroundTask
from api.model.classifier import Classifier
from api.model.examples import Example
from api.model.model import Asked, Model
from api.observing.metrics import Metrics
from api.serving.comparison import Comparison, Copy, Disagreement
from api.serving.current_model import CurrentModel
from api.serving.recorder import BYTES_PER_CHARACTER, Recorder
from api.serving.segments import Limits, Segments
from api.serving.store import Prediction
from api.settings import Settings
from textlab.sealing import Keys
from textlab.sealing.purposes import SHADOW

MOST_COPIES = 1024
MOST_CHARACTERS = 4_000_000
MOST_BYTES = 33_554_432  # limit for the waiting examples together
WATCH_SECONDS = 0.25
HUNG_DEADLINES = 5  # a call that takes this many times as long as an answer may take has hung


class Shadow:
    """Compares the shadow with the champion, while there is a shadow.

    Args:
        settings: where disagreements are kept, and for how long.
        current: the models of this worker.
        metrics: counts comparisons, disagreements and dropped copies.
        keys: the keys that seal the disagreements; None writes them in the clear.

    Attributes:
        busy_clock: returns the seconds in which answers were in progress until now.
    """

    def __init__(self, settings: Settings, current: CurrentModel, metrics: Metrics, keys: Keys | None) -> None:
        self._settings, self._current, self._metrics, self._keys = settings, current, metrics, keys
        self._hung_seconds = HUNG_DEADLINES * settings.deadline_ms / 1e3
        self.busy_clock: Callable[[], float] = float
        self._comparison: Comparison | None = None
        self._recorder: Recorder[Disagreement] | None = None
        self._watcher = BackgroundTask("shadow watcher", WATCH_SECONDS, self._watch, metrics.count_error)

    def offer(
        self,
        model: Classifier,
        asked: Sequence[Asked],
        predictions: Sequence[Prediction],
        probabilities: Sequence[list[float]],
    ) -> None:
        """Copy the champion's answer to a request if there is a shadow, and room. The call never waits.

        Args:
            model: the model that answered.
            asked: what it was asked.
            predictions: the predictions.
            probabilities: a row for each prediction.
        """
        comparison = self._comparison
        if comparison is None or model is not self._current.model:
            return
        most = max(1, min(MOST_COPIES, MOST_CHARACTERS // model.max_characters))
        if len(comparison.copies) + len(predictions) > most or not self._has_room(comparison, asked):
            self._metrics.versions.count_dropped(comparison.model.number, len(predictions))
        else:
            comparison.copies.extend(map(Copy, repeat(model), asked, predictions, probabilities))

    def _has_room(self, comparison: Comparison, asked: Sequence[Asked]) -> bool:
        """Return whether there is memory for more; for texts, their number decides."""
        return True

    def close(self) -> None:
        """Stop comparing, and write the remaining disagreements."""
        self._watcher.close()
        self._end()
        if self._recorder is not None:
            self._recorder.close()

    def _watch(self) -> None:
        """Start and end the comparison, as the deployment says."""
        comparison, model = self._comparison, cast(Classifier | None, self._current.shadow)
        if comparison is not None:
            since = comparison.since
            if since is not None and time.monotonic() - since > self._hung_seconds:
                self._metrics.versions.count_failed_call("shadow", comparison.model.number)
                self._end()
                self._switch_off(comparison.model, "A call did not return in time.")
            elif comparison.model is not model:
                self._end()
        elif model is not None:
            self._recorder = self._recorder or self._new_recorder()
            # The fast engine computes in the calling thread if it may use only one.
            alone = self._settings.engine == "session" and self._settings.model_threads == 1
            clock = time.thread_time if alone else time.perf_counter
            self._comparison = Comparison(
                model, self._metrics.versions, self._keep, self._switch_off, self.busy_clock, clock
            )

    def _end(self) -> None:
        if self._comparison is not None:
            self._comparison.has_ended = True
            self._comparison = None

    def _switch_off(self, model: Model, reason: str) -> None:
        self._current.switch_off("shadow", model, reason)

    def _keep(self, found: list[Disagreement]) -> None:
        if self._recorder is not None and found:
            self._recorder.record(found, sum(self._characters(each.copy) for each in found))

    @staticmethod
    def _characters(copy: Copy) -> int:
        """The length of what a disagreement holds until it is written."""
        return len(copy.prediction.text)

    def _new_recorder(self) -> Recorder[Disagreement]:
        settings = self._settings
        limits = Limits(settings.record_days, settings.record_megabytes)
        segments = Segments(settings.state / SHADOW, SHADOW, limits, self._keys)
        return Recorder(SHADOW, segments, self._lines, self._metrics)

    def _lines(self, found: list[Disagreement]) -> Iterable[bytes]:
        return [_line(each, self._settings.record_texts) for each in found]


class ExampleShadow(Shadow):
    """Compares the shadow with the champion on examples, whose bytes are bounded."""

    def _has_room(self, comparison: Comparison, asked: Sequence[Example]) -> bool:
        held = sum(copy.asked.bytes for copy in list(comparison.copies))
        return held + sum(example.bytes for example in asked) <= MOST_BYTES

    @staticmethod
    def _characters(copy: Copy) -> int:
        return len(copy.prediction.text) + copy.asked.bytes // BYTES_PER_CHARACTER


def _line(found: Disagreement, with_text: bool) -> bytes:
    model, asked, prediction, probabilities = found.copy
    line: dict[str, object] = {
        "id": prediction.id,
        "time": round(prediction.time, 3),
        "model": model.name,
        "champion": model.number,
        "shadow": found.shadow,
        "champion_probabilities": [round(value, 6) for value in probabilities],
        "shadow_probabilities": [round(value, 6) for value in found.probabilities],
    }
    if with_text:
        line["inputs"] = asked.texts if isinstance(asked, Example) else {"text": prediction.text}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode()
