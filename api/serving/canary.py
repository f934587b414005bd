"""Calls on the route of each version. If the canary fails, the champion answers in its place."""

import weakref

import numpy as np

from api.model.answers import InvalidAnswerError
from api.model.model import Asked, Model
from api.observing.version_metrics import VersionMetrics
from api.serving.current_model import CurrentModel
from api.serving.deployment import Route
from api.serving.slices import Answer

MOST_FAILED_CALLS = 3  # in a row, in one worker


class Canary:
    """Calls the model of a route. A canary that fails or hangs is switched off in all workers.

    A call counts as failed only if the champion answers the same texts.

    Args:
        current: the models of this worker.
        metrics: counts the failed calls.
    """

    def __init__(self, current: CurrentModel, metrics: VersionMetrics) -> None:
        self._current, self._metrics = current, metrics
        self._called: weakref.ref[Model] | None = None  # a dropped canary must not stay in memory
        self._failures = 0  # in a row

    def predict(self, texts: list[Asked], route: Route) -> Answer:
        """The model that answers the texts on a route, and its answer, with a row for each text.

        Raises:
            EngineError: the champion fails.
        """
        model = self._current.get(route)
        if route == "champion" or model is self._current.get():
            return model, model.rows(texts)
        if self._called is None or model is not self._called():
            self._called, self._failures = weakref.ref(model), 0
        try:
            rows = checked_answer(model, texts)
        except Exception as error:  # noqa: BLE001  whatever the canary does, its callers get an answer
            champion = self._current.get()
            answer = champion, champion.rows(texts)
            self._count_failure(model, type(error).__name__)
            return answer
        self._failures = 0
        return model, rows

    def end_hung(self) -> None:
        """Switch off the canary whose call has hung, so that the champion answers on its route."""
        model = self._called() if self._called is not None else None
        if model is not None:
            self._metrics.count_failed_call("canary", model.number)
            self._current.switch_off("canary", model, "A call did not return in time.")

    def _count_failure(self, model: Model, error: str) -> None:
        if model is not self._current.get("canary"):
            return  # it was switched off meanwhile, which ended the call
        self._metrics.count_failed_call("canary", model.number)
        self._failures += 1
        if self._failures >= MOST_FAILED_CALLS:
            self._current.switch_off("canary", model, f"{self._failures} calls in a row failed ({error}).")


def checked_answer(model: Model, texts: list[Asked]) -> np.ndarray:
    """The answer to n texts, a row for each.

    Raises:
        EngineError: the model fails.
        InvalidAnswerError: the model answered other numbers than n valid rows.
    """
    rows = model.rows(texts)
    if len(rows) != len(texts) or model.invalid_rows(rows) is not None:
        raise InvalidAnswerError
    return rows
