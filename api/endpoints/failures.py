"""The exceptions of the other packages, translated to HTTP problems."""

from flask import Flask, Response

from api.model.versions import VersionError
from api.problems import Problem, problem_response, retry_after
from api.serving.batching import QueueFullError, TooLateError
from api.serving.current_model import SwapError
from api.serving.feedback import FeedbackNotWrittenError, OtherTextError, RepeatedFeedbackError, UnknownPredictionError
from api.serving.workers import BusyError
from api.settings import Settings


def register(app: Flask, settings: Settings) -> None:
    """Answer each of these exceptions in `app` with its problem."""
    deadline = f"The model did not answer within {settings.deadline_ms} ms."
    remembered = f"No prediction of the last {settings.remember_minutes:g} minutes has this prediction_id."
    problems = {
        QueueFullError: Problem(503, "Too many texts are waiting for the model.", *retry_after(1)),
        TooLateError: Problem(503, deadline, *retry_after(1)),
        BusyError: Problem(409, "Another version is being loaded, or a worker is starting.", *retry_after(5)),
        UnknownPredictionError: Problem(404, remembered, 'Send the label with "text" in place of "prediction_id".'),
        OtherTextError: Problem(
            422,
            "The prediction with this prediction_id was made for another text.",
            'Send the text that was classified, or leave out one of "text" and "prediction_id".',
        ),
        RepeatedFeedbackError: Problem(
            409, "Feedback for this prediction was already received.", "The first answer is kept."
        ),
        FeedbackNotWrittenError: Problem(503, "The feedback could not be written to disk.", *retry_after(60)),
    }
    for kind, problem in problems.items():
        app.register_error_handler(kind, lambda _, problem=problem: problem_response(problem))
    app.register_error_handler(VersionError, _no_version)
    app.register_error_handler(SwapError, _no_swap)


def _no_version(error: VersionError) -> Response:
    return problem_response(Problem(404, error.came, error.action))


def _no_swap(error: SwapError) -> Response:
    return problem_response(Problem(422, str(error), "The previous version still serves."))
