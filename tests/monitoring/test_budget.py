"""One false-alarm budget over the tests of a look."""

import numpy as np
import pytest

from textlab.monitoring.budget import decide, false_alarms_a_year
from textlab.monitoring.findings import Finding, Kind


def finding(name, p, weight=1.0):
    return Finding(Kind.INPUTS, name, p, 0.0, "It moved.", weight)


def names(findings, alpha=0.05):
    return [one.name for one in decide(findings, alpha).alarms]


def test_a_test_with_more_weight_may_err_more_often():
    findings = [finding("outputs", 0.03, 8), finding("words", 0.03), finding("length", 0.03)]
    assert names(findings) == ["outputs"]
    assert names([finding("outputs", 0.03), *findings[1:]]) == []


def test_a_sure_alarm_leaves_its_share_to_the_others():
    findings = [finding("words", 1e-9), finding("length", 0.03)]
    assert names(findings) == ["words", "length"]
    assert names([finding("words", 0.5), finding("length", 0.03)]) == []


def test_adjusted_p_values_are_ordered_and_at_most_one():
    decision = decide([finding("a", 0.9), finding("b", 0.001, 3), finding("c", 0.6)], 0.05)
    assert [one.name for one in decision.findings] == ["b", "a", "c"]
    assert decision.adjusted == pytest.approx((0.001 * 5 / 3, 1, 1))


def test_looks_without_a_shift_stay_within_the_budget():
    random = np.random.default_rng(0)
    looks = [[finding(str(n), p, w) for n, (p, w) in enumerate(zip(random.random(5), (8, 2, 1, 1, 1), strict=True))]]
    looks += [
        [finding(str(number), p, weight) for number, (p, weight) in enumerate(zip(row, (8, 2, 1, 1, 1), strict=True))]
        for row in random.random((1_000, 5))
    ]
    assert 25 <= sum(bool(names(look)) for look in looks) <= 72  # 50 expected


def test_a_look_that_may_spend_nothing_raises_no_alarm():
    assert names([finding("words", 0.0)], alpha=0.0) == []
    assert names([]) == []


def test_a_budget_that_is_no_share_is_refused():
    with pytest.raises(ValueError, match=r"The false-alarm budget is 5\. Choose a share from 0 to below 1"):
        decide([], 5)


@pytest.mark.parametrize(("p", "weight"), [(-0.1, 1), (float("nan"), 1), (0.5, 0)])
def test_a_finding_without_a_valid_p_value_or_weight_is_refused(p, weight):
    with pytest.raises(ValueError, match="A p value lies between 0 and 1, and a weight is positive"):
        finding("words", p, weight)


def test_weekly_and_daily_looks_at_a_week_cost_the_same_in_a_year():
    assert false_alarms_a_year(0.05, window_days=7) == pytest.approx(2.6, abs=0.01)
    assert false_alarms_a_year(0.05, window_days=1) == pytest.approx(18.3, abs=0.1)
