"""The stated power of a look is the share of simulated looks that find the change."""

import numpy as np
import pytest
from monitoring.example_look import BEFORE, LABELS, answers, validation

from textlab.monitoring.outputs import mean_probabilities_p
from textlab.monitoring.power import power_of_look, shifted


@pytest.mark.parametrize("predictions", [300, 2_000])
def test_a_rise_that_is_said_to_be_found_four_times_in_five_is(predictions):
    alpha, label, found = 0.02, 0, []
    labels, probabilities = validation(2_000)
    power = power_of_look(LABELS, labels, probabilities, predictions, predictions, alpha)
    after = shifted(np.array(BEFORE), label, power.changes["negative"])
    for seed in range(150):
        labels, probabilities = validation(2_000, seed * 3 + 1)
        traffic = answers(np.random.default_rng(seed).choice(3, predictions, p=after), seed * 3 + 2)
        p = mean_probabilities_p(probabilities.astype(float), traffic.astype(float), np.ones(3))
        found.append(p <= alpha)
    assert np.mean(found) == pytest.approx(0.8, abs=0.1)  # three standard errors of 150 looks


def test_more_predictions_find_smaller_changes():
    labels, probabilities = validation()
    few, many = (power_of_look(LABELS, labels, probabilities, n, n, 0.02).changes for n in (200, 5_000))
    assert all(many[name] < few[name] for name in LABELS)


def test_dependent_predictions_find_less_than_independent_ones():
    labels, probabilities = validation()
    independent, dependent = (power_of_look(LABELS, labels, probabilities, 1_000, n, 0.02) for n in (1_000, 300))
    assert all(independent.changes[name] < dependent.changes[name] for name in LABELS)


def test_the_sentence_names_the_number_of_predictions_and_the_largest_change():
    labels, probabilities = validation()
    power = power_of_look(LABELS, labels, probabilities, 1_000, 1_000, 0.02)
    largest = 100 * max(power.changes.values())
    assert power.sentence == (
        f"With 1,000 predictions, a rise of {largest:.0f} points in the true share of any class is found four times in "
        "five."
    )


def test_a_model_that_answers_every_text_alike_finds_nothing():
    labels, _ = validation()
    rng = np.random.default_rng(0)
    alike = np.array(BEFORE) + 0.001 * rng.normal(size=(len(labels), 3))
    power = power_of_look(LABELS, labels, alike, 60, 60, 0.02)
    assert None in power.changes.values()
    assert "this look is blind to a rise of" in power.sentence


def test_shares_after_a_rise_sum_to_one():
    after = shifted(np.array([0.2, 0.3, 0.5]), 0, 0.1)
    assert after.tolist() == pytest.approx([0.3, 0.2625, 0.4375])
