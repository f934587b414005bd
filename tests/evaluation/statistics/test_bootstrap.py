"""Bootstrap intervals agree with those of scipy."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import f1_score, recall_score

from textlab.evaluation.classification.decisions import decisions_of
from textlab.evaluation.statistics.bootstrap import Bootstrap, bca_interval, bootstrap


def scipy_interval(
    statistic: Callable[..., float], columns: tuple[np.ndarray, ...], resampled: np.ndarray
) -> tuple[float, float]:
    """Compute scipy's BCa interval on our resamples, so that the result does not depend on chance."""
    drawn = SimpleNamespace(bootstrap_distribution=resampled)
    result = stats.bootstrap(
        columns, statistic, paired=True, vectorized=False, n_resamples=0, method="BCa", bootstrap_result=drawn
    )
    return result.confidence_interval


def by_hand(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    names = [column.removeprefix("p_") for column in frame if column.startswith("p_")]
    return tuple(pd.Categorical(frame[column], names).codes for column in ("label", "predicted"))


METRICS = {
    "macro_recall": lambda labels, predicted: recall_score(labels, predicted, average="macro"),
    "macro_f1": lambda labels, predicted: f1_score(labels, predicted, average="macro"),
    "accuracy": lambda labels, predicted: np.mean(labels == predicted),
}


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("texts", [40, 400])
def test_interval_equals_that_of_scipy_on_the_same_resamples(random_predictions, metric, texts):
    frame = random_predictions(3)[:texts]
    ours = bootstrap(decisions_of({"bert": frame}), [metric], 2000)[metric]
    assert ours.interval() == pytest.approx(scipy_interval(METRICS[metric], by_hand(frame), ours.resampled[0]))


def test_interval_of_a_paired_difference_equals_that_of_scipy_on_the_same_resamples(random_predictions):
    frames = {"bert": random_predictions(3, skill=2)[:60], "lstm": random_predictions(3, seed=1)[:60]}
    difference = bootstrap(decisions_of(frames), ["macro_f1"], 2000)["macro_f1"].difference(0, 1)

    def statistic(labels, first, second):
        return METRICS["macro_f1"](labels, first) - METRICS["macro_f1"](labels, second)

    labels, first = by_hand(frames["bert"])
    columns = (labels, first, by_hand(frames["lstm"])[1])
    assert difference.observed[0] == pytest.approx(statistic(*columns))
    assert difference.interval() == pytest.approx(scipy_interval(statistic, columns, difference.resampled[0]))


def test_resamples_have_the_standard_error_of_scipy(random_predictions):
    frame = random_predictions(3)
    labels, predicted = by_hand(frame)
    theirs = stats.bootstrap(
        (labels, predicted), METRICS["accuracy"], paired=True, vectorized=False, n_resamples=4000, rng=1
    )
    ours = bootstrap(decisions_of({"bert": frame}), ["accuracy"], 4000)["accuracy"]
    assert ours.resampled.std() == pytest.approx(theirs.standard_error, rel=0.05)
    assert ours.resampled.mean() == pytest.approx(theirs.bootstrap_distribution.mean(), abs=0.002)


def test_all_models_are_scored_on_the_same_resamples(random_predictions):
    frame = random_predictions(2)
    alone = bootstrap(decisions_of({"bert": frame}), ["macro_recall"], 200)["macro_recall"]
    twice = bootstrap(decisions_of({"bert": frame, "again": frame}), ["macro_recall"], 200)["macro_recall"]
    assert (twice.resampled[0] == twice.resampled[1]).all()
    assert twice.observed.tolist() == [alone.observed[0]] * 2


def test_resamples_depend_on_the_seed_alone(random_predictions):
    decisions = decisions_of({"bert": random_predictions(3)})
    one, again, other = (bootstrap(decisions, ["macro_f1"], 100, seed)["macro_f1"].resampled for seed in (0, 0, 1))
    assert (one == again).all()
    assert not (one == other).any()


def test_size_of_the_blocks_does_not_change_a_number(random_predictions, monkeypatch):
    decisions = decisions_of({"bert": random_predictions(3)})
    whole = bootstrap(decisions, ["macro_f1"], 100)["macro_f1"].resampled
    monkeypatch.setattr("textlab.evaluation.statistics.bootstrap.NUMBERS_AT_ONCE", 50)
    assert (bootstrap(decisions, ["macro_f1"], 100)["macro_f1"].resampled == whole).all()


def test_perfect_model_has_no_interval_because_all_resamples_score_alike(predict):
    scored = bootstrap(decisions_of({"bert": predict([0, 1, 1], np.eye(2)[[0, 1, 1]])}), ["accuracy"], 100)
    assert np.isnan(scored["accuracy"].interval()).all()


def test_single_text_has_no_interval(predict):
    scored = bootstrap(decisions_of({"bert": predict([0], [[0.9, 0.1]])}), ["accuracy", "macro_f1"], 100)
    assert np.isnan(scored["macro_f1"].interval()).all()


def test_resamples_without_the_class_are_left_out_of_its_interval(predict):
    labels = [1] + [0] * 30 + [1]
    frame = predict(labels, np.eye(2)[[1] + [0] * 25 + [1] * 5 + [0]])
    scored = bootstrap(decisions_of({"bert": frame}), ["recall_positive"], 500)["recall_positive"]
    assert np.isnan(scored.resampled).any()
    assert np.isfinite(scored.interval()).all()


def test_higher_confidence_gives_a_wider_interval():
    resampled = np.random.default_rng(0).normal(0.7, 0.01, 5000)
    influence, sizes = np.linspace(0.69, 0.71, 11), np.ones(11, dtype=int)
    narrow, wide = (bca_interval(0.7, resampled, influence, sizes, confidence) for confidence in (0.9, 0.99))
    assert wide[0] < narrow[0] < 0.7 < narrow[1] < wide[1]
    assert narrow == pytest.approx(stats.norm(0.7, 0.01).interval(0.9), abs=0.001)


def test_difference_of_models_is_the_difference_of_their_scores():
    scored = Bootstrap(np.array([0.7, 0.6]), np.array([[0.7, 0.8], [0.5, 0.7]]), np.zeros((2, 1)), np.array([3]))
    difference = scored.difference(1, 0)
    assert difference.observed == pytest.approx([-0.1])
    assert difference.resampled[0] == pytest.approx([-0.2, -0.1])


def test_sparse_counts_of_many_classes_give_the_numbers_of_dense_counts(random_predictions, monkeypatch):
    frames = {"bert": random_predictions(4, skill=2), "lstm": random_predictions(4, seed=1)}
    dense = bootstrap(decisions_of(frames), ["macro_f1", "matthews"], 300)
    monkeypatch.setattr("textlab.evaluation.classification.decisions.MOST_DENSE_CLASSES", 3)
    monkeypatch.setattr("textlab.evaluation.statistics.bootstrap.NUMBERS_AT_ONCE", 1000)  # many small blocks
    sparse = bootstrap(decisions_of(frames), ["macro_f1", "matthews"], 300)
    for metric, scored in dense.items():
        for part in ("observed", "resampled", "left_out"):
            np.testing.assert_array_equal(getattr(sparse[metric], part), getattr(scored, part))
