"""Logs on stderr, one JSON object per line. No line holds a text.

The messages of our own records are constants. Those of other libraries may quote a request, so a line shows only their
numbers, and hides a message that was formatted before it was logged. Errors are logged with type and stack, without
their message.
"""

import functools
import json
import logging
import sys
import time
from collections.abc import Mapping
from types import TracebackType

from api.observing.log_stream import log_stream
from api.observing.repeated_errors import RepeatedErrors
from api.settings import SettingsError
from textlab.bundle_format.documents import BundleError

OWN = "textlab_api"
logger = logging.getLogger(OWN)

ENCODER = json.JSONEncoder(default=str)
HIDDEN = "message of another library"
LEFT_OUT = "..."
GUNICORN = "gunicorn.error"  # its messages of level INFO concern processes and sockets, never requests
FRAMES = 30  # maximum number of logged stack frames; an endless recursion has a thousand


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON: time (UTC), level, message, process, and the record's `fields`."""

    def format(self, record: logging.LogRecord) -> str:
        moment = f"{_second(int(record.created))}.{record.msecs:03.0f}Z"
        own = _is_own(record)
        message = record.getMessage() if own else _shown(record)
        line: dict[str, object] = {"time": moment, "level": record.levelname.lower(), "message": message}
        line["process"] = str(record.process)
        if not own:
            line.update(logger=record.name, source=f"{record.module}:{record.lineno}")
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0]:
            error = record.exc_info[1]
            line.update(error=type(error).__name__, traceback=stack(record.exc_info[2]))
            if isinstance(error, SettingsError | BundleError):
                line["reason"] = str(error)  # our own words
        repeated = getattr(record, "repeated", 0)
        if repeated:
            line["repeated"] = repeated
        return ENCODER.encode(line)


class JsonHandler(logging.StreamHandler):
    """Writes records to stderr as JSON, with few lines about an error that repeats."""

    def __init__(self) -> None:
        super().__init__(log_stream(sys.stderr, _lost_line))
        self.setFormatter(JsonFormatter())
        self.addFilter(Repetitions())

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name in logging
        """Do nothing: stderr is closed or full, so it cannot report the failure."""


class Repetitions(logging.Filter):
    """Withholds records about an error or a warning that repeats.

    The next record that passes has the attribute `repeated`, the number of withheld ones. Errors are of one kind if
    they have the same type, were raised in the same place and were logged in the same place.
    """

    def __init__(self) -> None:
        super().__init__()
        self._errors = RepeatedErrors()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record passes."""
        if record.levelno < logging.WARNING or (_is_own(record) and not record.exc_info):
            return True
        error = record.exc_info[0] if record.exc_info else None
        message = str(record.msg) if _is_own(record) or record.args else ""  # only if it is a constant
        place = f"{record.pathname}:{record.lineno}"
        repeated = self._errors.count(place, message, error.__name__ if error else "", _origin(record))
        record.repeated = repeated
        return repeated is not None


def configure(level: str) -> None:
    """Send the service's logs to stderr as JSON. Call this when an app is created, never on import."""
    for earlier in [each for each in logger.handlers if isinstance(each.formatter, JsonFormatter)]:
        logger.removeHandler(earlier)  # its stderr may be closed by now
    logger.addHandler(JsonHandler())
    logger.setLevel(level.upper())
    logger.propagate = False
    logger.getChild("audit").setLevel(logging.INFO)  # independent of log_level


def configure_others() -> None:
    """Send the warnings and errors of other libraries to stderr as JSON."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    handler = JsonHandler()
    handler.setLevel(logging.WARNING)
    root.addHandler(handler)


def stack(traceback: TracebackType | None) -> list[str]:
    """The places of the innermost frames of a traceback, the innermost last."""
    places = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{code.co_filename}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return places[-FRAMES:]


def _lost_line(count: int) -> str:
    """The line that says how many lines the reader of the log has not taken."""
    record = logger.makeRecord(OWN, logging.WARNING, __file__, 0, "log lines were lost", (), None)
    record.fields = {"lines": count}
    return JsonFormatter().format(record) + "\n"


def _is_own(record: logging.LogRecord) -> bool:
    return record.name == OWN or record.name.startswith(f"{OWN}.")


def _shown(record: logging.LogRecord) -> str:
    """The part of another library's message that a line may show."""
    if record.name == GUNICORN and record.levelno <= logging.INFO:
        return record.getMessage()
    if not record.args or not isinstance(record.msg, str):
        return HIDDEN
    given = record.args
    try:
        if isinstance(given, Mapping):
            return record.msg % {name: _number(value) for name, value in given.items()}
        return record.msg % tuple(_number(value) for value in given)
    except (TypeError, ValueError):
        return HIDDEN


def _number(value: object) -> object:
    return value if isinstance(value, int | float) else LEFT_OUT


def _origin(record: logging.LogRecord) -> str:
    """The place where the error of a record was raised."""
    places = stack(record.exc_info[2]) if record.exc_info else []
    return places[-1] if places else ""


@functools.lru_cache(2)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
