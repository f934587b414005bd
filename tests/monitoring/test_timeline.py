"""Figures over time: a change is dated, and chance alone seldom looks like one."""

import numpy as np
import pytest

from textlab.monitoring.change import find_change
from textlab.monitoring.timeline import DAY, HOUR, MOST_BINS, prediction_figures, shown_unit, timeline

SINCE = 20_000 * DAY


def stream(change_at=None, before=0.3, after=0.3, count=1_500, days=7, seed=0):
    rng = np.random.default_rng(seed)
    times = np.sort(SINCE + rng.random(count) * days * DAY)
    share = before if change_at is None else np.where(times < SINCE + change_at, before, after)
    figures = {"share of negative": (rng.random(count) < share).astype(float), "confidence": rng.random(count)}
    return timeline(times, figures, SINCE, SINCE + days * DAY, seed=seed)


def test_a_change_is_dated_with_its_interval():
    change = stream(4 * DAY, 0.3, 0.5).change
    assert abs(change.time - SINCE - 4 * DAY) <= 6 * HOUR
    assert change.low <= change.time <= change.high
    assert change.series == "share of negative"
    assert (change.before, change.after) == (pytest.approx(0.3, abs=0.05), pytest.approx(0.5, abs=0.06))
    assert change.p < 0.005


def test_without_a_change_small_p_values_are_as_rare_as_they_should_be():
    p_values = np.array([stream(count=400, seed=seed).change.p for seed in range(100)])
    assert (p_values <= 0.05).mean() <= 0.12  # chance alone exceeds this once in 200 runs
    assert 0.3 < np.median(p_values) < 0.7


def test_a_daily_rhythm_is_not_a_change():
    times = np.sort(SINCE + np.random.default_rng(0).random(4_000) * 7 * DAY)
    night = (times % DAY) < 8 * HOUR
    rhythm = timeline(
        times, {"share": (np.random.default_rng(1).random(4_000) < 0.3 + 0.3 * night) * 1.0}, SINCE, SINCE + 7 * DAY
    )
    assert rhythm.change.p > 0.05


def test_bins_hold_every_prediction_and_empty_bins_are_gaps():
    times = SINCE + np.array([0.0, 1.0, 5 * DAY, 7 * DAY - 0.001])
    found = timeline(times, {"a": np.array([0.0, 1.0, 1.0, 0.0])}, SINCE, SINCE + 7 * DAY)
    assert sum(found.counts) == 4
    assert len(found.edges) == len(found.counts) + 1
    assert found.series["a"][0] == 0.5
    assert found.series["a"][1] is None
    assert found.change is None
    assert found.findings() == ()


def test_a_window_that_starts_within_a_bin_keeps_its_first_predictions():
    found = timeline(np.array([SINCE + 100.0]), {"a": np.ones(1)}, SINCE + 90, SINCE + 90 + DAY)
    assert found.edges[0] <= SINCE + 90
    assert sum(found.counts) == 1


@pytest.mark.parametrize(
    ("days", "unit"), [(1, "hour"), (7, "3 hours"), (28, "12 hours"), (60, "day"), (365, "week"), (1_000, "3 weeks")]
)
def test_the_unit_follows_the_span(days, unit):
    many = np.linspace(0, days * DAY, 2_000, endpoint=False)
    name, seconds = shown_unit(many, days * DAY)
    assert name == unit
    assert days * DAY / seconds <= MOST_BINS


@pytest.mark.parametrize(
    ("count", "days", "unit"), [(400, 7, "12 hours"), (60, 7, "12 hours"), (400, 28, "day"), (400, 365, "3 weeks")]
)
def test_few_predictions_are_shown_in_longer_bins_as_long_as_eight_remain(count, days, unit):
    assert shown_unit(np.linspace(0, days * DAY, count, endpoint=False), days * DAY)[0] == unit


def test_a_change_in_little_traffic_is_dated_within_a_bin_of_the_chart():
    found = stream(4 * DAY + 6 * HOUR, 0.2, 0.6, count=400)
    assert found.unit == "12 hours"
    assert found.change.p < 0.005
    assert abs(found.change.time - SINCE - 4 * DAY - 6 * HOUR) <= 6 * HOUR


def test_an_hour_of_traffic_in_a_long_window_keeps_the_shortest_bins():
    assert shown_unit(np.linspace(0, HOUR, 30, endpoint=False), 7 * DAY)[0] == "3 hours"


def test_series_that_only_some_predictions_have_are_averaged_over_these():
    times = SINCE + np.array([0.0, 1.0, 2.0])
    sampled = {"unknown words": (np.array([1, 2]), np.array([0.2, 0.4]))}
    found = timeline(times, {"a": np.zeros(3)}, SINCE, SINCE + DAY, sampled)
    assert found.series["unknown words"][0] == pytest.approx(0.3)


def test_constant_figures_have_no_change():
    counts = np.full(20, 10)
    assert find_change(np.full((1, 20), 5.0), counts, np.arange(21.0), ["a"]) is None


def test_one_bin_that_holds_nearly_everything_does_not_fail():
    counts = np.array([1_000] + [1] * 9)
    assert find_change(np.random.default_rng(0).random((1, 10)), counts, np.arange(11.0), ["a"]) is None


def test_predictions_have_a_series_for_each_class_and_for_confidence_and_accuracy():
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6]], dtype=np.float32)
    figures = prediction_figures(("a", "b"), probabilities, np.array([0.8, 0.7]))
    assert figures["share of a"].tolist() == [1, 0]
    assert figures["confidence"].tolist() == pytest.approx([0.9, 0.6])
    assert figures["estimated accuracy"].tolist() == [0.8, 0.7]


def test_only_the_commonest_of_many_classes_have_a_series():
    probabilities = np.random.default_rng(0).dirichlet(np.ones(200), 50)
    assert len(prediction_figures([str(k) for k in range(200)], probabilities, None)) == 21
