"""The work for each kind of model. All of them share the queue, the store and the file of feedback."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, NamedTuple

from api.model.example_classifier import ExampleClassifier
from api.observing.metrics import Metrics
from api.observing.telemetry import Telemetry
from api.serving.answering import Answering
from api.serving.current_model import CurrentModel
from api.serving.example_room import ExampleRoom
from api.serving.explanations import Explanations
from api.serving.feedback import ExampleFeedback, Feedback, LabelsFeedback
from api.serving.feedback_file import FeedbackFile
from api.serving.judgements import Judgements
from api.serving.predictions import ExamplePredictions, Predictions
from api.serving.request_reading import RequestReading
from api.serving.requests import Requests
from api.serving.search_feedback import SearchFeedback
from api.serving.searches import Searches
from api.serving.shadow import ExampleShadow, Shadow
from api.serving.store import Store
from api.serving.traffic import Traffic
from api.settings import Settings, SettingsError
from textlab.bundle_format.signature import CLASSIFICATION, MULTILABEL, RETRIEVAL
from textlab.sealing import Keys

logger = logging.getLogger("textlab_api")


class Parts(NamedTuple):
    """The parts of a worker that every task uses. `hashed` returns the keyed hash of a text."""

    settings: Settings
    current: CurrentModel
    answering: Answering
    store: Store
    judgements: Judgements
    file: FeedbackFile
    hashed: Callable[[str], str]
    metrics: Metrics
    telemetry: Telemetry
    keys: Keys | None


class TaskWork(ABC):
    """The work for one task.

    Args:
        parts: the parts that every task uses.
    """

    name: ClassVar[str]

    @abstractmethod
    def __init__(self, parts: Parts) -> None: ...

    def faults(self) -> dict[str, bool]:
        """The faults of the task that leave the service able to answer: a sentence, and whether it holds now."""
        return {}

    def close(self) -> None:  # noqa: B027  not every task has something to write
        """Write what is unwritten, and stop."""


class Classification(TaskWork):
    """Texts are classified, recorded for monitoring, and offered to a shadow.

    Attributes:
        predictions: answers texts.
        explanations: tells what each word of a text adds to the score of a class.
        feedback: accepts the right labels of predictions.
    """

    name: ClassVar[str] = CLASSIFICATION

    _shadow_type, _predictions_type, _feedback_type = Shadow, Predictions, Feedback

    def __init__(self, parts: Parts) -> None:
        answering, store, metrics, telemetry = parts.answering, parts.store, parts.metrics, parts.telemetry
        self._traffic = Traffic(parts.settings, parts.hashed, metrics, parts.keys)
        self._shadow = self._shadow_type(parts.settings, parts.current, metrics, parts.keys)
        self.predictions = self._predictions_type(answering, store, self._traffic, self._shadow, metrics, telemetry)
        self.explanations = Explanations(parts.settings, parts.current, metrics, telemetry)
        self.feedback = self._feedback_type(store, parts.judgements, parts.file, parts.hashed, metrics, telemetry)

    def faults(self) -> dict[str, bool]:
        return {"Predictions cannot be recorded for monitoring.": self._traffic.is_failing}

    def close(self) -> None:
        self._traffic.close()
        self._shadow.close()


class ExampleClassification(Classification):
    """Examples are classified, whose inputs are others than a text alone.

    Attributes:
        inputs: the inputs of an example. They never change while the service runs.
        room: reads requests, and bounds what they hold.
    """

    name = ExampleClassifier.work
    feedback: ExampleFeedback

    _shadow_type, _predictions_type, _feedback_type = ExampleShadow, ExamplePredictions, ExampleFeedback

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        settings = parts.settings
        self.inputs = parts.current.model.inputs
        self.room = ExampleRoom(settings.deadline_ms / 1e3)
        if settings.feedback_pictures and parts.keys is None:
            raise SettingsError(
                "TEXTLAB_API_FEEDBACK_PICTURES is on, and feedback is kept in the clear. "
                "Set TEXTLAB_SEAL_KEYS or TEXTLAB_SEAL_KEYS_FILE, too."
            )
        self.feedback.keeps_pictures = settings.feedback_pictures


class LabelClassification(Classification):
    """Texts get several labels each. They are recorded; there is no shadow to offer them to."""

    name = MULTILABEL

    _feedback_type = LabelsFeedback


class Retrieval(TaskWork):
    """Documents are searched. Searches are not recorded for monitoring.

    Attributes:
        searches: answers queries.
        requests: answers free-text requests.
        feedback: accepts judgements of found documents.
    """

    name = RETRIEVAL

    def __init__(self, parts: Parts) -> None:
        if parts.settings.record != "none":
            logger.warning("searches are not recorded; TEXTLAB_API_RECORD has no effect on a retrieval model")
        self.searches = Searches(parts.answering, parts.store, parts.metrics, parts.telemetry)
        reading = RequestReading(
            parts.settings.request_reader, parts.current.model.max_characters, parts.metrics, parts.telemetry
        )
        self.requests = Requests(parts.current, reading, self.searches)
        self.feedback = SearchFeedback(
            parts.store, parts.judgements, parts.file, parts.hashed, parts.metrics, parts.telemetry
        )


WORK: dict[str, type[TaskWork]] = {
    work.name: work for work in (Classification, ExampleClassification, LabelClassification, Retrieval)
}
