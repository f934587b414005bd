import numpy as np
import pytest

from textlab.evaluation.classification.calibration import brier_score, expected_calibration_error, reliability_bins


def test_expected_calibration_error_by_hand():
    # Bin (0.5, 1]: mean 0.8, two of four right, gap 0.3. Bin (0, 0.5]: mean 0.4, the one right, gap 0.6.
    confidence = np.array([0.7, 0.8, 0.8, 0.9, 0.4])
    correct = np.array([True, False, False, True, True])
    assert expected_calibration_error(confidence, correct, bins=2) == pytest.approx(0.8 * 0.3 + 0.2 * 0.6)


def test_gaps_of_opposite_sign_do_not_cancel_between_bins():
    confidence, correct = np.array([0.9, 0.9, 0.6, 0.6]), np.array([True, False, True, True])
    assert expected_calibration_error(confidence, correct) == pytest.approx((0.4 + 0.4) / 2)


def test_fair_coin_has_no_calibration_error():
    assert expected_calibration_error(np.full(10, 0.5), np.arange(10) % 2 == 0) == pytest.approx(0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probability_on_an_edge_belongs_to_the_bin_below(dtype):
    probability = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], dtype=dtype)
    bins = reliability_bins(probability, np.ones(6, dtype=bool), bins=5)
    assert bins.index.tolist() == [0, 1, 2, 3, 4]
    assert bins["count"].tolist() == [2, 1, 1, 1, 1]


def test_bins_hold_means_and_counts():
    bins = reliability_bins(np.array([0.91, 0.93, 0.1]), np.array([True, False, False]), bins=10)
    assert bins.loc[9].tolist() == pytest.approx([0.92, 0.5, 2])
    assert bins.loc[0].tolist() == pytest.approx([0.1, 0.0, 1])


def test_brier_score_by_hand_for_three_classes():
    # (0.5 - 1)^2 + 0.3^2 + 0.2^2 = 0.38, and for a certain mistake 1 + 1.
    probabilities = np.array([[0.5, 0.3, 0.2], [0.0, 1.0, 0.0]])
    assert brier_score(probabilities, np.array([0, 2])) == pytest.approx((0.38 + 2) / 2)


def test_brier_score_of_two_classes_is_halved():
    assert brier_score(np.array([[0.3, 0.7]]), np.array([1])) == pytest.approx(0.09)
