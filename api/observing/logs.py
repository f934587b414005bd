"""Logs on stderr, one JSON object per line. No line ever holds a text."""

import functools
import json
import logging
import sys
import time

from api.settings import SettingsError
from textlab.bundle_format.documents import BundleError

logger = logging.getLogger("textlab_api")

ENCODER = json.JSONEncoder(default=str)


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON: time (UTC), level, message, process, and the record's `fields`."""

    def format(self, record: logging.LogRecord) -> str:
        moment = f"{_second(int(record.created))}.{record.msecs:03.0f}Z"
        line = {"time": moment, "level": record.levelname.lower(), "message": record.getMessage()}
        line["process"] = str(record.process)
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0]:
            error = record.exc_info[1]
            line["error"] = type(error).__name__  # messages may quote a text, except our own
            if isinstance(error, SettingsError | BundleError):
                line["reason"] = str(error)
        return ENCODER.encode(line)


@functools.lru_cache(2)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def configure(level: str) -> None:
    """Send the service's logs to stderr as JSON. Called when an app is created, never on import."""
    for earlier in [each for each in logger.handlers if isinstance(each.formatter, JsonFormatter)]:
        logger.removeHandler(earlier)  # it may write to a stderr that is closed by now
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logger.addHandler(handler)
    logger.setLevel(level.upper())
    logger.propagate = False
    logger.getChild("audit").setLevel(logging.INFO)  # independent of log_level
