"""Log lines: JSON for every logger and every error, without messages that may quote a request."""

import json
import logging
import os
import subprocess
import sys

import pytest
from served import ROOT

from api.observing import logs
from api.observing.logs import JsonFormatter, Repetitions, stack
from api.settings import SettingsError


def record(name="textlab_api", message="model switched", *values, error=None, module="elsewhere"):
    exc_info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord(name, logging.ERROR, f"/x/{module}.py", 7, message, values, exc_info)


def line(*arguments, **keywords):
    return json.loads(JsonFormatter().format(record(*arguments, **keywords)))


def failing(message="secret text"):
    try:
        raise ValueError(message)
    except ValueError as error:
        return error


@pytest.mark.parametrize(
    ("message", "values", "shown"),
    [
        ("Error handling request %s", ["/secret"], "Error handling request ..."),
        ("Error %d of %s took %.1f s", [3, "secret", 0.5], "Error 3 of ... took 0.5 s"),
        ("%(where)s: %(count)d", [{"where": "secret", "count": 2}], "...: 2"),
        ("Invalid request from secret", [], logs.HIDDEN),
        ("%d", ["secret"], logs.HIDDEN),
        ("secret %", [1], logs.HIDDEN),
        (ValueError("secret"), [], logs.HIDDEN),
    ],
)
def test_messages_of_other_libraries_show_only_their_numbers(message, values, shown):
    found = line("urllib3.connectionpool", message, *values)
    assert (found["message"], found["logger"], found["source"]) == (shown, "urllib3.connectionpool", "elsewhere:7")
    assert "secret" not in json.dumps(found)


def test_lines_about_processes_are_whole_and_problems_of_processes_are_not():
    given = record("gunicorn.error", "Listening at: %s (%s)", "http://127.0.0.1:8000", 1)
    given.levelno = logging.INFO
    assert json.loads(JsonFormatter().format(given))["message"] == "Listening at: http://127.0.0.1:8000 (1)"
    found = line("gunicorn.error", "Exception during exit:\n%s", "Traceback\nValueError: secret")
    assert "secret" not in json.dumps(found)


def test_errors_show_type_and_stack_without_their_message():
    found = line(error=failing())
    assert (found["message"], found["error"]) == ("model switched", "ValueError")
    assert found["traceback"] == [f"{__file__}:{failing.__code__.co_firstlineno + 2} failing"]
    assert "secret" not in json.dumps(found)
    assert line(error=SettingsError("TEXTLAB_API_PORT is wrong."))["reason"] == "TEXTLAB_API_PORT is wrong."


def test_the_stack_of_a_recursion_is_cut():
    def deeper():
        deeper()

    with pytest.raises(RecursionError) as caught:
        deeper()
    assert len(stack(caught.value.__traceback__)) == logs.FRAMES


def test_an_error_that_repeats_is_logged_a_few_times_and_counted(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("api.observing.repeated_errors.time.monotonic", lambda: now[0])
    repetitions = Repetitions()
    error = failing()
    assert [repetitions.filter(record(error=error)) for _ in range(20)] == [True] * 5 + [False] * 15
    assert repetitions.filter(record(error=KeyError())), "another error has its own count"
    now[0] = 61.0
    later = record(error=error)
    assert repetitions.filter(later)
    assert later.repeated == 15
    assert json.loads(JsonFormatter().format(later))["repeated"] == 15


def test_a_finalizer_that_fails_while_an_error_is_logged_does_not_block(monkeypatch):
    repetitions = Repetitions()

    def clock():
        monkeypatch.undo()
        repetitions.filter(record(error=failing()))
        return 0.0

    with repetitions._errors._lock:
        monkeypatch.setattr("api.observing.repeated_errors.time.monotonic", clock)
        assert repetitions.filter(record(error=failing()))


def test_lines_of_requests_and_of_starting_workers_are_never_held_back():
    repetitions = Repetitions()
    booting = record("gunicorn.error", "Booting worker with pid: %s", 7)
    booting.levelno = logging.INFO
    assert all(repetitions.filter(booting) for _ in range(20))
    assert all(repetitions.filter(record()) for _ in range(100))
    assert [repetitions.filter(record("azure.core", "refused")) for _ in range(9)] == [True] * 5 + [False] * 4


UNCAUGHT = """
import gevent, gevent.hub, gevent.threadpool, logging, sys, threading, warnings
from api.observing import errors, logs
logs.configure("info")
logs.configure_others()
errors.log_uncaught()

def fail():
    raise ValueError("secret text")

class Finalized:
    def __del__(self):
        fail()

thread = threading.Thread(target=fail)
thread.start()
thread.join()
del thread
Finalized()
gevent.spawn(fail).join()
gevent.get_hub().loop.run_callback(fail)
gevent.sleep(0.01)
def leave():
    raise KeyError("secret text")
try:
    gevent.get_hub().threadpool.apply(leave)
except KeyError:
    pass
gevent.sleep(0.01)
warnings.warn("secret text", UserWarning)
logging.getLogger("azure").error("secret text")
logging.getLogger("urllib3").warning("retry %d of %s", 2, "secret text")
logging.getLogger("urllib3").warning("retry %d", "secret text")
logging.getLogger("textlab_api").info("text %d", "secret text")
for _ in range(50):
    gevent.spawn(fail).join()
fail()
"""


def test_errors_that_nobody_catches_are_lines_of_json_without_messages():
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    done = subprocess.run(
        [sys.executable, "-c", UNCAUGHT],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": path},
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "secret" not in done.stderr
    lines = [json.loads(each) for each in done.stderr.splitlines()]
    assert [each["message"] for each in lines[:4]] == [
        "uncaught error in a thread",
        "error in a finalizer",
        "uncaught error in a greenlet",
        "uncaught error in a greenlet",
    ]
    assert all("fail" in each["traceback"][-1] for each in lines[:4])
    assert ("warning", "UserWarning") in [(each["message"], each.get("warning")) for each in lines]
    assert "retry 2 of ..." in [each["message"] for each in lines]
    assert (lines[-1]["message"], lines[-1]["error"]) == ("uncaught error", "ValueError")
    assert len(lines) < 25, "errors that repeat are held back"
