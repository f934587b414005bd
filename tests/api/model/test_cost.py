import time

import pytest

from api.model.cost import Cost, measure, size_of


def test_estimate_follows_the_measurement_between_and_beyond_its_sizes():
    cost = Cost([10, 100], [0.1, 1.0], [0.01, 0.1], 400)
    assert cost.seconds(1, 100) == pytest.approx(1.0, abs=0.02)
    assert cost.seconds(11, 100) == pytest.approx(2.0, abs=0.03)
    assert cost.seconds(1, 55) == pytest.approx(0.55, abs=0.02)
    assert cost.seconds(1, 400) == cost.seconds(1, 10_000) == pytest.approx(4.0, abs=0.02)


def test_longer_text_never_costs_less():
    cost = Cost([10, 100, 1000], [0.2, 0.1, 0.3], [0.1, 0.1, 0.1], 4000)
    estimates = [cost.seconds(3, size) for size in range(0, 4000, 7)]
    assert estimates == sorted(estimates)


def test_pace_follows_calls_within_limits():
    cost = Cost([1, 1000], [0.1, 0.1], [0.1, 0.1], 1000)
    for _ in range(200):
        cost.correct(cost.seconds(4, 10), 2 * 0.4)
    assert cost.seconds(4, 10) == pytest.approx(0.8, rel=0.01)
    assert cost.measured_seconds(4, 10) == pytest.approx(0.4)
    for _ in range(400):
        cost.correct(cost.seconds(1, 10), 1000)
    assert cost.pace == pytest.approx(4)
    for _ in range(400):
        cost.correct(cost.seconds(1, 10), 0)
    assert cost.pace == pytest.approx(0.5)


def test_size_is_the_number_of_bytes():
    assert [size_of(text) for text in ("", "lovely", "é👩", "\ud800")] == [0, 6, 6, 3]


def test_measurement_finds_the_cost_of_padding():
    cost = measure(lambda texts: time.sleep(len(texts) * len(texts[0]) * 2e-6), 1000, 5)
    assert cost.seconds(1, 1000) == pytest.approx(0.002, rel=0.5)
    assert cost.seconds(50, 1000) == pytest.approx(0.1, rel=0.3)


def test_measurement_of_a_slow_model_ends_in_time():
    started, calls = time.perf_counter(), []

    def predict(texts):
        calls.append(len(texts))
        time.sleep(0.05)

    cost = measure(predict, 1000, 0.3)
    assert time.perf_counter() - started < 0.6
    assert max(calls) == 1  # a batch would have taken too long
    assert cost.seconds(10, 1000) == pytest.approx(0.5, rel=0.3)


@pytest.mark.parametrize("longest", [1, 2, 3, 16, 100_000])
def test_any_limit_of_characters_can_be_measured(longest):
    cost = measure(lambda texts: None, longest, 1)
    assert cost.seconds(1, longest) >= 0
