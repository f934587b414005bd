"""The exceptions of the other packages, translated to HTTP problems."""

import logging
from collections.abc import Callable

from flask import Flask, Response

from api.context import current
from api.model.answers import InvalidAnswerError
from api.model.engine import EngineError
from api.model.versions import VersionError
from api.problems import Problem, problem_response, retry_after
from api.serving.admission import OverloadError, QueueFullError, TooLargeError, TooLateError
from api.serving.explanations import ExplanationsFullError, ExplanationTooLateError, NoExplanationError
from api.serving.feedback import OtherTextError, UnknownPredictionError
from api.serving.feedback_file import FeedbackFullError
from api.serving.judgements import CallerFullError, RepeatedFeedbackError
from api.serving.search_feedback import NotFoundError, RepeatedFitError, UnknownSearchError
from api.serving.searches import NoVectorsError
from api.serving.service import WrongTaskError
from api.serving.switching import NoShadowError, RoleError, SwapError
from api.serving.unavailable import StateUnavailableError
from api.serving.workers import BusyError
from api.settings import Settings
from textlab.sealing import SealError
from textlab.search import FilterError

logger = logging.getLogger("textlab_api")

FAILING_MODEL = "Send other {}s, and report the request_id to the operator of the service."


def register(app: Flask, settings: Settings, on_model_error: Callable[[Exception], None], one: str = "a text") -> None:
    """Answer each of these exceptions in `app` with its problem.

    Args:
        app: the Flask app.
        settings: the settings of the service.
        on_model_error: called with each error of the model, after it was logged.
        one: what is classified, such as "a text".
    """
    asked = one.split()[-1]
    field = '"text"' if asked == "text" else f"the {asked}"
    remembered = f"No prediction of the last {settings.remember_minutes:g} minutes has this prediction_id."
    problems = {
        BusyError: Problem(409, "Another version is being loaded, or a worker is starting.", *retry_after(5)),
        UnknownPredictionError: Problem(404, remembered, f'Send the label with {field} in place of "prediction_id".'),
        OtherTextError: Problem(
            422,
            f"The prediction with this prediction_id was made for another {asked}.",
            f'Send the {asked} that was classified, or leave out one of {field} and "prediction_id".',
        ),
        RepeatedFeedbackError: Problem(
            409,
            "Another label was already received for this prediction.",
            "Send no other label; the service keeps the first one.",
        ),
        UnknownSearchError: Problem(
            404,
            f"No search of the last {settings.remember_minutes:g} minutes has this search_id.",
            "Search again, and send the search_id of that answer.",
        ),
        NotFoundError: Problem(
            422,
            "The search with this search_id did not find this document.",
            "Send the id of a document that it found.",
        ),
        RepeatedFitError: Problem(
            409,
            "The opposite was already received for this document of the search.",
            "Send no other judgement; the service keeps the first one.",
        ),
        NoVectorsError: Problem(
            409,
            "The model compares words and has no vectors of texts.",
            "Ask the operator of the service to load a model with vectors, or send POST /search.",
        ),
        NoShadowError: Problem(
            409, "A shadow compares predicted classes, and a retrieval model has none.", "Use a canary instead."
        ),
        NoExplanationError: Problem(
            409,
            "The served model cannot explain predictions: its family does not support it, or its export is from an "
            "earlier version.",
            "Ask the operator of the service to export the model again, or send POST /predict.",
        ),
        FeedbackFullError: Problem(507, "The file of feedback is full.", *_with_help("move feedback.jsonl away")),
    }
    app.register_error_handler(SealError, _locked_out)
    for kind, problem in problems.items():
        app.register_error_handler(kind, lambda _, problem=problem: problem_response(problem))
    failing = FAILING_MODEL.format(asked)
    model_problems: dict[type[Exception], Problem] = {
        EngineError: Problem(500, f"The model fails on {one} of this request.", failing),
        InvalidAnswerError: Problem(500, f"The model's answer to {one} of this request is not valid.", failing),
    }
    for kind, problem in model_problems.items():
        app.register_error_handler(kind, lambda error, problem=problem: _model_failed(error, problem, on_model_error))
    app.register_error_handler(StateUnavailableError, _no_state)
    app.register_error_handler(CallerFullError, _caller_full)
    deadline = f"{settings.deadline_ms:,} ms"
    app.register_error_handler(
        QueueFullError, lambda error: _overloaded(f"Too many {asked}s are waiting for the model.", error)
    )
    app.register_error_handler(
        TooLateError, lambda error: _overloaded(f"The model did not answer within {deadline}.", error)
    )
    app.register_error_handler(
        ExplanationsFullError, lambda error: _overloaded("Too many explanations are waiting.", error)
    )
    late = f"The explanation was not computed within {settings.explain_seconds:g} s."
    app.register_error_handler(ExplanationTooLateError, lambda error: _overloaded(late, error))
    app.register_error_handler(TooLargeError, lambda error: _too_large(error, deadline, asked))
    app.register_error_handler(FilterError, _no_filter)
    app.register_error_handler(WrongTaskError, _wrong_task)
    app.register_error_handler(VersionError, _no_version)
    app.register_error_handler(SwapError, _no_swap)
    app.register_error_handler(RoleError, lambda error: problem_response(Problem(422, error.came, error.action)))


def _model_failed(error: Exception, problem: Problem, on_model_error: Callable[[Exception], None]) -> Response:
    # The messages of these errors are our own words. They quote no text.
    fields = {"request_id": current().request_id, "reason": str(error)}
    logger.error("the model failed on a text", exc_info=error, extra={"fields": fields})
    on_model_error(error)
    return problem_response(problem)


def _no_state(error: StateUnavailableError) -> Response:
    if error.disk_is_full:
        came = "The disk of the service is full, so nothing was kept."
        return problem_response(Problem(507, came, *_with_help("free space")))
    return problem_response(Problem(503, "The service cannot use its state folder now.", *retry_after(60)))


def _locked_out(error: SealError) -> Response:
    # The messages of these errors quote no text and no key.
    fields = {"request_id": current().request_id, "reason": str(error)}
    logger.error("a sealed file cannot be used", extra={"fields": fields})
    came = "Texts in the state folder are sealed with a key that the service does not have, so nothing was kept."
    return problem_response(Problem(503, came, *_with_help("set that key")))


def _caller_full(error: CallerFullError) -> Response:
    came = "This caller has sent as much feedback as one caller may send in a day."
    return problem_response(Problem(429, came, *retry_after(error.retry_seconds)))


def _with_help(repair: str) -> tuple[str, dict[str, str]]:
    """The sentence that asks for the operator's help, and the header with the time of a retry."""
    return f"Ask the operator of the service to {repair}, and retry then.", {"Retry-After": "3600"}


def _overloaded(came: str, error: OverloadError) -> Response:
    return problem_response(Problem(503, came, *retry_after(error.retry_seconds)))


def _too_large(error: TooLargeError, deadline: str, asked: str) -> Response:
    came = f"The model needs about {error.seconds:.1f} s for these {asked}s, and the time limit is {deadline}."
    action = "Send a shorter text." if asked == "text" else "Send a smaller picture."
    if error.texts:
        action = f"Send at most {error.texts} such {asked if error.texts == 1 else f'{asked}s'} per request."
    return problem_response(Problem(413, came, action))


def _no_filter(error: FilterError) -> Response:
    came, _, action = str(error).rpartition(". ")
    return problem_response(Problem(422, f"{came}.", action))


def _wrong_task(error: WrongTaskError) -> Response:
    came = f"The service runs a model of the task {error.task}, which does not answer at this address."
    return problem_response(Problem(409, came, "Use an address that /openapi.json lists."))


def _no_version(error: VersionError) -> Response:
    return problem_response(Problem(404, error.came, error.action))


def _no_swap(error: SwapError) -> Response:
    return problem_response(Problem(422, str(error), "The previous version still serves."))
