"""Feedback of every task: a judgement is kept once, in the file and in the record of all workers, and counted."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable

from api.observing.events import emit
from api.observing.metrics import Metrics
from api.observing.telemetry import Telemetry
from api.serving.feedback_file import FeedbackFile
from api.serving.identifiers import IDENTIFIER
from api.serving.judgements import Judgement, Judgements, Taken
from api.serving.store import Prediction, Store
from api.serving.unavailable import NO_SPACE, StateUnavailableError

logger = logging.getLogger("textlab_api")

ANONYMOUS = "address "  # begins the name of a caller without key or token


class FeedbackKeeper(ABC):
    """Keeps judgements.

    Args:
        store: the recent predictions or searches of all workers.
        judgements: the judgements of all workers.
        file: the file of feedback.
        hashed: returns the keyed hash of a text.
        metrics, telemetry: count the outcomes.
    """

    def __init__(
        self,
        store: Store,
        judgements: Judgements,
        file: FeedbackFile,
        hashed: Callable[[str], str],
        metrics: Metrics,
        telemetry: Telemetry,
    ) -> None:
        self._store, self.judgements, self._file, self.hashed = store, judgements, file, hashed
        self.metrics, self.telemetry = metrics, telemetry

    def remembered(self, identifier: object) -> Prediction | None:
        """The remembered prediction or search with this id; None if there is none.

        Raises:
            StateUnavailableError: it cannot be read.
            SealError: it is sealed, and its key is missing or another one.
        """
        known = isinstance(identifier, str) and IDENTIFIER.fullmatch(identifier)
        return self._store.find(str(identifier)) if known else None

    def keep(self, judgement: Judgement) -> Taken:
        """Keep and count a judgement. An equal one that was kept before is not kept again.

        Raises:
            RepeatedFeedbackError: another judgement was received before.
            CallerFullError, FeedbackFullError, StateUnavailableError, SealError: nothing was kept or counted.
        """
        try:
            taken = self.judgements.take(judgement, self._file.appended)
        except OSError as error:
            raise StateUnavailableError(error.errno in NO_SPACE) from None
        if taken.is_new:
            try:
                self.count(judgement, taken)
            except Exception as error:  # noqa: BLE001  the feedback is kept, and the answer says so
                fields = {"error": type(error).__name__}
                logger.error("feedback was kept but could not be reported", extra={"fields": fields})
        return taken

    @abstractmethod
    def count(self, judgement: Judgement, taken: Taken) -> None:
        """Count a judgement that was kept, and report it as an event."""

    def emit(self, name: str, fields: dict[str, object], level: int = logging.INFO) -> None:
        """Write an event to the log and to telemetry."""
        emit(name, fields, level)
        self.telemetry.event(name, fields)
