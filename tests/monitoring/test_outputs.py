"""Have the outputs moved? What must be found, and what must not."""

import numpy as np
import pytest
from simulated import make_outputs, make_reference, make_traffic

from textlab.monitoring.budget import decide
from textlab.monitoring.outputs import mean_probabilities_p, output_findings

LOOKS = 200


@pytest.fixture(scope="module")
def reference():
    return make_reference()


def traffic_of(probabilities, callers=None, seed=0):
    lengths = np.random.default_rng(seed).integers(10, 280, len(probabilities))
    return make_traffic(lengths, probabilities, callers)


def p_values(reference, probabilities, callers=None):
    shift = output_findings(reference, traffic_of(probabilities, callers))
    return {finding.name: finding.p for finding in shift.findings}


@pytest.mark.parametrize("size", [60, 500])
def test_p_values_without_a_shift_are_uniform(size):
    random = np.random.default_rng(size)
    found = []
    for _ in range(LOOKS):
        (_, first), (_, second) = make_outputs(1_000, random), make_outputs(size, random)
        found.append(mean_probabilities_p(first.astype(float), second.astype(float), np.ones(3)))
    assert 0.4 < np.mean(found) < 0.6
    assert (np.array(found) < 0.05).sum() <= 20  # 10 expected
    assert (np.array(found) < 0.5).sum() >= 70


def test_class_shares_that_moved_are_found_and_named(reference):
    _, probabilities = make_outputs(500, np.random.default_rng(1), shares=(0.5, 0.3, 0.2))
    shift = output_findings(reference, traffic_of(probabilities))
    assert [finding.name for finding in decide(shift.findings, 0.05).alarms] == ["class shares"]
    finding = shift.findings[0]
    assert finding.sentence.startswith('The mean probability of "negative" is 4')
    assert finding.sentence.endswith("% in validation, the largest difference of a class.")
    changed = shift.classes[0]
    assert (changed.name, changed.low < changed.predicted_current < changed.high) == ("negative", True)
    assert changed.low > changed.predicted_reference
    assert shift.effective == pytest.approx(500)


def test_a_model_that_has_become_unsure_is_found(reference):
    _, probabilities = make_outputs(500, np.random.default_rng(2), sharpness=0.5)
    shift = output_findings(reference, traffic_of(probabilities))
    assert "confidence" in [finding.name for finding in decide(shift.findings, 0.05).alarms]
    assert shift.confidence.high < shift.confidence.reference


def test_one_prediction_repeated_300_times_is_no_alarm(reference):
    _, probabilities = make_outputs(400, np.random.default_rng(3))
    traffic = traffic_of(probabilities)
    repeated = np.concatenate([np.arange(400), np.full(300, 7)])
    bot = make_traffic(traffic.characters[repeated], probabilities[repeated])
    shift = output_findings(reference, bot)
    assert decide(shift.findings, 0.05).alarms == ()
    assert min(finding.p for finding in shift.findings) > 0.01
    assert shift.effective < 100
    assert shift.classes[0].high - shift.classes[0].low > 0.2


def test_texts_of_one_caller_count_as_dependent(reference):
    random = np.random.default_rng(4)
    _, usual = make_outputs(300, random)
    _, complaints = make_outputs(100, random, shares=(1, 0, 0))
    probabilities = np.concatenate([usual, complaints])
    callers = np.array([*range(300), *[300] * 50, *[301] * 50]).astype(str)
    assert p_values(reference, probabilities)["class shares"] < 1e-4
    assert p_values(reference, probabilities, callers)["class shares"] > 0.01


def test_a_model_that_is_certain_of_everything_is_judged(reference):
    random = np.random.default_rng(5)
    certain = np.eye(3, dtype=np.float32)
    sure = make_reference()
    object.__setattr__(sure, "validation_probabilities", certain[random.choice(3, 2_000, p=[0.3, 0.4, 0.3])])
    quiet = p_values(sure, certain[random.choice(3, 500, p=[0.3, 0.4, 0.3])])
    moved = p_values(sure, certain[random.choice(3, 500, p=[0.5, 0.3, 0.2])])
    assert (quiet["confidence"], moved["confidence"]) == (1, 1)
    assert quiet["class shares"] > 0.02
    assert moved["class shares"] < 1e-6
    assert p_values(sure, np.repeat(certain[:1], 200, axis=0))["class shares"] < 1e-10


def test_probabilities_of_another_precision_are_the_same_confidence(reference):
    sure = make_reference()
    near = np.random.default_rng(6).uniform(0, 4e-6, (2_000, 1)).astype(np.float64)
    exact = np.concatenate([1 - near, near / 2, near / 2], axis=1)
    object.__setattr__(sure, "validation_probabilities", exact.round(4).astype(np.float32))
    assert p_values(sure, exact[:500].round(6).astype(np.float32))["confidence"] == 1


def test_many_classes_with_few_texts_each_are_judged():
    random = np.random.default_rng(7)
    shares = np.full(400, 1 / 400)
    found = []
    for _ in range(20):
        first, second = (np.eye(400)[random.choice(400, size, p=shares)] for size in (1_000, 200))
        found.append(mean_probabilities_p(first, second, np.ones(400)))
    assert min(found) > 0.002
    assert max(found) > 0.5
    shares[:10] *= 10
    moved = np.eye(400)[random.choice(400, 200, p=shares / shares.sum())]
    assert mean_probabilities_p(first, moved, np.ones(400)) < 1e-6


def test_a_class_that_nobody_predicts_breaks_nothing():
    first, second = np.tile([0.5, 0.5, 0.0], (50, 1)), np.tile([0.5, 0.5, 0.0], (60, 1))
    assert mean_probabilities_p(first, second, np.ones(3)) == 1
