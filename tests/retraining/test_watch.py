"""Whether errors, rejections and latency have risen, from what a service counts."""

import pytest
from scipy.stats import binom

from textlab.retraining.watch import Counts, read_counts, rises

BOUNDS = (0.005, 0.01, 0.02, 0.05, 0.1, 1.0, float("inf"))


def counts(requests, errors=0, rejections=0, slow=0.0, typical=0.01):
    """Requests that take `typical` seconds, a share of them a second."""
    late = round(slow * requests)
    within = {bound: (requests if bound >= 1 else requests - late) if bound >= typical else 0 for bound in BOUNDS}
    return Counts(requests, errors, rejections, within)


HEALTHY = counts(5000, errors=2, rejections=5)


def test_equal_periods_show_no_rise():
    assert rises(HEALTHY, HEALTHY) == []


def test_rising_errors_are_named_with_their_numbers():
    (sentence,) = rises(HEALTHY, counts(500, errors=40))
    assert sentence.startswith("The share of errors has risen from 2 of 5,000 requests to 40 of 500 requests (p =")


def test_rising_rejections_are_found():
    assert "rejections" in rises(HEALTHY, counts(500, rejections=60))[0]


def test_three_errors_in_a_row_after_a_quiet_period_are_no_proof():
    assert rises(counts(20), counts(10, errors=1), looks=10) == []


def test_certain_but_tiny_rise_does_not_matter():
    assert rises(counts(10_000_000), counts(10_000_000, errors=2_000)) == []


def test_slower_answers_are_found_and_a_slowness_that_the_gate_knew_is_not():
    before, after = counts(5000, typical=0.01), counts(500, typical=0.05)
    (sentence,) = rises(before, after)
    assert "The 99th percentile of the latency has risen from about 9.95 to 49.7 ms: 500 of 500 requests" in sentence
    assert rises(before, after, times_slower=5.0) == []


def test_few_slow_answers_are_no_rise():
    assert rises(counts(5000), counts(500, slow=0.004)) == []


def test_errors_are_found_although_the_service_had_no_request_before():
    assert rises(counts(0), counts(50, errors=50))
    assert rises(counts(0), counts(50)) == []


def test_no_request_after_the_switch_shows_nothing():
    assert rises(HEALTHY, counts(0)) == []


def test_counts_that_began_again_are_taken_whole():
    assert counts(30, errors=3).since(counts(5000)) == counts(30, errors=3)
    assert counts(5030, errors=3).since(counts(5000)).errors == 3


def test_counts_survive_json():
    assert Counts.from_json(HEALTHY.to_json()) == HEALTHY


def test_healthy_model_is_rarely_suspected_in_ten_looks():
    """One error in a hundred before and after: the chance of a false alarm in one look is that of so many errors."""
    before, after = counts(2000, errors=20), 300
    alarm = [errors for errors in range(40) if rises(before, counts(after, errors=errors), looks=10)]
    assert binom.sf(min(alarm) - 1, after, 0.01) < 0.05 / 10


def test_only_predictions_are_counted_and_rejections_are_no_errors():
    text = """# TYPE textlab_requests counter
textlab_requests_total{route="/predict",method="POST",status="200"} 90
textlab_requests_total{route="/predict",method="POST",status="500"} 4
textlab_requests_total{route="/predict",method="POST",status="503"} 3
textlab_requests_total{route="/predict",method="POST",status="429"} 2
textlab_requests_total{route="/metrics",method="GET",status="500"} 7
# TYPE textlab_request_seconds histogram
textlab_request_seconds_bucket{route="/predict",le="0.01"} 98
textlab_request_seconds_bucket{route="/predict",le="+Inf"} 99
textlab_request_seconds_bucket{route="/health",le="+Inf"} 5
"""
    found = read_counts(text)
    assert (found.requests, found.errors, found.rejections) == (99, 4, 5)
    assert found.within == {0.01: 98, float("inf"): 99}
    assert found.p99 == float("inf")
    assert counts(1000, typical=0.01).p99 == pytest.approx(0.00995)
