"""Repeated looks: traffic is charged once."""

import json
import subprocess
import sys
import time
from multiprocessing import get_context

import numpy as np
import pytest

from textlab.monitoring.looks import Allowance, LookHistory, Window

DAY = 86_400.0


def window(first, last, version=3, model="sentiment"):
    return Window(model, version, first * DAY, last * DAY)


def times(first, last, a_day=10):
    return np.arange(first * DAY, last * DAY, DAY / a_day)


@pytest.fixture
def history(tmp_path):
    return LookHistory(tmp_path / "monitoring" / "looks.jsonl")


def look(history, first, last, answer=None, **changes):
    with history.locked():
        allowance = history.allowance(window(first, last, **changes), times(first, last), 0.05)
        history.record(window(first, last, **changes), allowance, answer or {"alarms": []})
    return allowance


def test_first_look_may_spend_all(history):
    assert look(history, 0, 7) == Allowance(0.05, 1.0)


def test_overlapping_looks_spend_only_for_new_predictions(history):
    look(history, 0, 7)
    spent = [look(history, day, day + 7).alpha for day in range(1, 8)]
    assert spent == pytest.approx([0.05 / 7] * 7)
    assert sum(spent) == pytest.approx(0.05)


def test_a_repeated_look_gives_the_recorded_answer_and_spends_nothing(history):
    assert history.recorded(window(0, 7)) is None
    look(history, 0, 7, {"alarms": ["class shares"]})
    assert history.recorded(window(0, 7)).answer == {"alarms": ["class shares"]}
    assert history.allowance(window(0, 7), times(0, 7), 0.05).alpha == 0
    assert history.recorded(window(0, 8)) is None


def test_a_look_by_a_clock_that_was_ahead_does_not_use_up_the_traffic_to_come(history):
    today = int(time.time() / DAY)
    look(history, today - 7, today + 30)
    assert look(history, today - 7, today) == Allowance(0.05, 1.0)


def test_a_look_back_at_old_traffic_spends_nothing(history):
    look(history, 0, 7)
    look(history, 7, 14)
    assert history.allowance(window(0, 14), times(0, 14), 0.05) == Allowance(0.0, 0.0)
    assert history.allowance(window(3, 21), times(3, 21), 0.05).new_share == pytest.approx(7 / 18)


def test_the_traffic_of_another_version_or_model_is_new(history):
    look(history, 0, 7)
    assert look(history, 0, 7, version=4).alpha == 0.05
    assert look(history, 0, 7, model="topics").alpha == 0.05


def test_nested_windows_are_counted_once(history):
    look(history, 0, 30)
    look(history, 10, 12)
    assert history.allowance(window(20, 40), times(20, 40), 0.05).new_share == pytest.approx(0.5)


def test_a_look_at_nothing_spends_nothing(history):
    assert history.allowance(window(0, 7), times(0, 0), 0.05) == Allowance(0.0, 0.0)


@pytest.mark.parametrize("torn", ['{"window": {"model": "senti', "\x00\x00", '{"window": 5}'])
def test_a_torn_line_is_ignored_and_the_next_look_is_kept(history, torn):
    look(history, 0, 7)
    with history.path.open("a") as file:
        file.write(torn)
    assert len(history.looks()) == 1
    look(history, 7, 14)
    assert [one.window for one in history.looks()] == [window(0, 7), window(7, 14)]
    assert history.path.read_text().count("\n") == 3


def test_lines_are_only_appended(history):
    look(history, 0, 7)
    before = history.path.read_bytes()
    look(history, 7, 14)
    assert history.path.read_bytes().startswith(before)
    assert [json.loads(line)["alpha"] for line in history.path.read_text().splitlines()] == [0.05, 0.05]


def _spend(path, barrier, spent):
    history = LookHistory(path)
    barrier.wait()
    with history.locked():
        allowance = history.allowance(window(0, 7), times(0, 7), 0.05)
        history.record(window(0, 7), allowance, {})
    spent.put(allowance.alpha)


def test_two_looks_at_once_do_not_both_spend(history):
    context = get_context("fork")
    barrier, spent = context.Barrier(2), context.Queue()
    processes = [context.Process(target=_spend, args=(history.path, barrier, spent)) for _ in range(2)]
    for process in processes:
        process.start()
    assert sorted(spent.get(timeout=60) for _ in processes) == [0, 0.05]
    for process in processes:
        process.join()


def test_a_look_that_waits_too_long_for_another_one_says_so(history):
    with (
        history.locked(),
        pytest.raises(TimeoutError, match=r"has not ended within 0 seconds\. Wait until it has ended, or end it\."),
        LookHistory(history.path).locked(wait_seconds=0),
    ):
        pass


def test_reading_the_history_needs_no_heavy_library():
    code = (
        "import sys, textlab.monitoring.looks; print({'sklearn', 'scipy', 'mlflow', 'tensorflow'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
