"""A power law through the scores of runs on shares of the data, with an honest interval, or a reason for none."""

import numpy as np
import pytest

from textlab.evaluation.statistics.bootstrap import Bootstrap
from textlab.evaluation.statistics.learning_curve import fit, learning_curve, power_law

SIZES = np.array([100, 200, 500, 1000])
TRUE = np.array([0.9, 1.5, 0.4])  # a, b and c


def scored(scores, chance=0.0, resamples=400):
    """The bootstrap of runs with these scores; all runs share the chance of the test examples."""
    noise = chance * np.random.default_rng(7).standard_normal(resamples)
    observed = np.asarray(scores, float)
    return Bootstrap(observed, observed[:, None] + noise, np.zeros((len(observed), 1)), np.ones(1, int))


def test_power_law_without_noise_is_found():
    fitted = fit(SIZES, power_law(TRUE, SIZES)[None], np.ones(4))[0]
    assert power_law(fitted, SIZES) == pytest.approx(power_law(TRUE, SIZES), abs=1e-3)
    assert power_law(fitted, 2000.0) == pytest.approx(power_law(TRUE, 2000.0), abs=2e-3)


def test_gain_is_the_rise_of_the_curve_beyond_the_largest_size():
    curve = learning_curve(SIZES, scored(power_law(TRUE, SIZES)))
    gain, low, high = curve.gain(1000)
    assert gain == pytest.approx(float(power_law(TRUE, 2000.0) - power_law(TRUE, 1000.0)), abs=2e-3)
    assert low <= gain <= high
    assert curve.score(2000)[0] == pytest.approx(curve.score(1000)[0] + gain)


def test_no_score_is_extrapolated_above_one():
    curve = learning_curve([100, 200, 400], scored([0.5, 0.8, 0.99]))
    assert curve.score(800)[2] <= 1


def test_seeds_that_disagree_widen_the_interval():
    sizes, scores = np.repeat(SIZES, 3), np.repeat(power_law(TRUE, SIZES), 3)
    calm = learning_curve(sizes, scored(scores, 0.01))
    rough = learning_curve(sizes, scored(scores + np.tile([-0.03, 0.0, 0.03], 4), 0.01))
    widths = [high - low for _, low, high in (calm.gain(1000), rough.gain(1000))]
    assert widths[1] > 3 * widths[0]
    assert calm.runs.tolist() == [3, 3, 3, 3]


def test_one_seed_on_three_sizes_says_nothing_about_seeds():
    assert not learning_curve([100, 200, 400], scored([0.6, 0.7, 0.75], 0.01)).knows_seeds
    assert learning_curve([100, 200, 400, 800], scored([0.6, 0.7, 0.75, 0.77], 0.01)).knows_seeds


def test_two_sizes_are_not_extrapolated():
    curve = learning_curve([100, 200, 200], scored([0.6, 0.7, 0.72], 0.01))
    assert curve.refusal.startswith("The curve has 2 sizes, and an extrapolation needs at least 3. Add shares")
    with pytest.raises(ValueError, match="needs at least 3"):
        curve.gain(100)


def test_falling_score_is_not_extrapolated():
    curve = learning_curve(np.repeat(SIZES, 2), scored(np.repeat([0.6, 0.7, 0.65, 0.66], 2), 0.001))
    assert curve.falls == ((200, 500),)
    assert curve.refusal.startswith("From 200 to 500 training examples, the score falls by more than chance.")
    with pytest.raises(ValueError, match="is not extrapolated"):
        curve.score(1200)


def test_fall_within_chance_is_no_fall():
    wide = np.array([-0.05, 0.0, 0.05])
    curve = learning_curve(np.repeat(SIZES, 3), scored((np.array([0.6, 0.7, 0.69, 0.71])[:, None] + wide).ravel()))
    assert curve.falls == ()


def test_flat_curve_is_called_flat_and_promises_little():
    noise = np.tile([-0.01, 0.0, 0.01], 4)
    curve = learning_curve(np.repeat(SIZES, 3), scored(0.8 + noise))
    assert curve.is_flat
    assert curve.gain(1000)[0] == pytest.approx(0, abs=1e-3)
    assert not learning_curve(np.repeat(SIZES, 3), scored(np.repeat(power_law(TRUE, SIZES), 3) + noise)).is_flat


def test_curve_is_extrapolated_to_twice_the_data_at_most():
    curve = learning_curve(SIZES, scored(power_law(TRUE, SIZES)))
    with pytest.raises(ValueError, match=r"1,001 more training examples are too many .* Ask for at most 1,000\."):
        curve.gain(1001)


def test_no_run_is_refused():
    with pytest.raises(ValueError, match=r"There are no runs\. Pass at least one"):
        learning_curve([], scored([]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("true", "seeds"), [(TRUE, 3), (np.array([0.8, 0.8, 0.2]), 3), (np.array([0.85, 2.0, 0.6]), 1)]
)
def test_interval_of_the_gain_covers_the_truth_of_known_curves(true, seeds):
    """1,000 test examples, and runs whose noise falls as 1 / n: the stated 95% are reached, within chance."""
    sizes, covered, rounds = np.repeat([100, 200, 300, 500, 1000], seeds), 0, 300
    truth = float(power_law(true, 2000.0) - power_law(true, 1000.0))
    for number in range(rounds):
        random = np.random.default_rng(number)
        expected = power_law(true, sizes) + 0.01 * random.standard_normal(len(sizes)) * np.sqrt(1000 / sizes)
        # A text that one run gets right, the others mostly do, too: each text has a difficulty.
        right = (expected[:, None] > random.random(1000)).astype(float)
        weights = random.multinomial(1000, np.full(1000, 0.001), 400) / 1000
        bootstrap = Bootstrap(right.mean(axis=1), right @ weights.T, np.zeros((len(sizes), 1)), np.ones(1, int))
        curve = learning_curve(sizes, bootstrap, seed=number)
        if not curve.refusal:
            _, low, high = curve.gain(1000)
            covered += low <= truth <= high
    assert covered / rounds > 0.92
