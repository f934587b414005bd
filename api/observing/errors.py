"""Logging of uncaught errors in threads, greenlets and finalizers, and of warnings, without their messages.

Python and gevent would print them with their messages, which may quote a text.
"""

import logging
import sys
import threading
import warnings
from types import TracebackType
from typing import Any, TextIO

logger = logging.getLogger("textlab_api")


def log_uncaught() -> None:
    """Send every uncaught error of this process to the log. Call this once, when the process starts."""
    sys.excepthook = _uncaught
    sys.unraisablehook = _in_finalizer
    threading.excepthook = _in_thread
    warnings.showwarning = _warned
    logging.raiseExceptions = False  # a log line that cannot be written would be printed with its values
    _take_over_gevent()


def _take_over_gevent() -> None:
    if "gevent" not in sys.modules:
        return  # `flask run` works without it
    from gevent.hub import Hub

    def print_exception(hub: Any, context: Any, kind: Any, error: Any, traceback: Any) -> None:
        kind, error, traceback = hub._normalize_exception(kind, error, traceback)
        _log("uncaught error in a greenlet", kind, error, traceback)

    Hub.print_exception = print_exception


def _uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    _log("uncaught error", kind, error, traceback)


def _in_thread(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_type is not SystemExit:
        _log("uncaught error in a thread", failure.exc_type, failure.exc_value, failure.exc_traceback)


def _in_finalizer(failure: "sys.UnraisableHookArgs") -> None:
    _log("error in a finalizer", failure.exc_type, failure.exc_value, failure.exc_traceback)


def _log(message: str, kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None) -> None:
    if error is None:
        logger.error(message, extra={"fields": {"error": kind.__name__}})
    else:
        logger.error(message, exc_info=(kind, error, traceback))


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    fields = {"warning": category.__name__, "source": f"{filename}:{lineno}"}
    logger.warning("warning", extra={"fields": fields})
