"""Feedback on searches: a person says whether a found document fits. It becomes relevance for the next training."""

import json
import time
from dataclasses import dataclass
from typing import Literal

from api.serving.feedback_keeper import ANONYMOUS, FeedbackKeeper
from api.serving.judgements import Judgement, RepeatedFeedbackError, Taken
from api.serving.searches import Remembered
from api.serving.store import Prediction
from textlab.bundle_format.signature import RETRIEVAL

Verdict = Literal["fits", "does_not_fit"]


class UnknownSearchError(LookupError):
    """No search with this id is remembered."""


class NotFoundError(ValueError):
    """The search did not find this document."""


class RepeatedFitError(RepeatedFeedbackError):
    """Another judgement was already received for this document of the search."""


@dataclass(frozen=True)
class Fit(Judgement):
    """A caller's judgement of a document that a search found. Its label is the verdict.

    Attributes:
        document: the id of the document.
    """

    document: str = ""

    @property
    def is_rejection(self) -> bool:
        """Always false: no search raises an alert about wrong predictions."""
        return False

    def repeats(self, kept: str) -> bool:
        """Return whether an equal judgement of the document was kept before."""
        verdict = _verdicts(kept).get(self.document)
        if verdict not in (None, self.label):
            raise RepeatedFitError
        return verdict is not None

    def joined(self, kept: str | None) -> str:
        """The verdicts on the documents of the search: those that were kept, and this one."""
        return json.dumps(_verdicts(kept) | {self.document: self.label}, ensure_ascii=False)


class SearchFeedback(FeedbackKeeper):
    """Accepts judgements of the documents that searches found."""

    def find(self, identifier: object, document: str) -> Prediction:
        """The remembered search with this id, which found the document.

        Raises:
            UnknownSearchError: no remembered search has this id.
            NotFoundError: the search did not find the document.
            StateUnavailableError: the searches cannot be read.
            SealError: the search is sealed, and its key is missing or another one.
        """
        prediction = self.remembered(identifier)
        search = prediction and Remembered.of(prediction)
        if prediction is None or search is None:
            raise UnknownSearchError
        if document not in search.found:
            raise NotFoundError
        return prediction

    def take(self, search: Prediction, document: str, fits: bool, caller: str) -> Verdict:
        """Keep and count whether a document fits what was searched for. An equal judgement is not kept again.

        Raises:
            RepeatedFitError: the opposite was received for this document before.
            CallerFullError, FeedbackFullError, StateUnavailableError, SealError: nothing was kept or counted.
        """
        verdict: Verdict = "fits" if fits else "does_not_fit"
        hashed = self.hashed(caller)
        line = _line(search, document, fits, hashed)
        self.keep(Fit(search, verdict, hashed, caller.startswith(ANONYMOUS), "", line, document))
        return verdict

    def count(self, judgement: Judgement, taken: Taken) -> None:
        """Count a judgement that was kept, and report it as an event without the query and the document."""
        search, verdict = judgement.prediction, judgement.label
        self.metrics.feedback.labels(verdict, search.version).inc()
        self.emit(f"search_{verdict}", {"model": search.model, "version": search.version})


def _verdicts(kept: str | None) -> dict[str, str]:
    """The verdict on each judged document.

    Raises:
        RepeatedFitError: the content was not written by the service.
    """
    if kept is None:
        return {}
    try:
        verdicts = json.loads(kept)
    except ValueError:
        raise RepeatedFitError from None
    return verdicts


def _line(search: Prediction, document: str, fits: bool, caller: str) -> bytes:
    remembered = Remembered.of(search)
    assert remembered is not None, "only a search is judged here"
    line = {
        "task": RETRIEVAL,
        "time": round(time.time(), 3),
        "query": remembered.query,
        "document": document,
        "fits": fits,
        "model": search.model,
        "version": search.version,
        "caller": caller,
    }
    return json.dumps(line, ensure_ascii=False).encode()
