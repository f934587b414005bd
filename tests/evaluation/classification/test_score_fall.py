"""The fall of scores from validation to test, beside what sampling and selection explain."""

import numpy as np
import pytest

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.choice.score_fall import fall_concern
from textlab.evaluation.classification.comparison import compare_classifiers
from textlab.evaluation.classification.score_fall import mean_fall


@pytest.fixture
def models(predict):
    """Make predictions of runs that are right for given shares of the texts."""

    def make(texts, shares, seed):
        frames = {}
        labels = np.random.default_rng(seed).integers(2, size=texts)
        for number, share in enumerate(shares):
            right = np.random.default_rng([seed, number]).random(texts) < share
            predicted = np.where(right, labels, 1 - labels)
            frames[f"m{number}"] = predict(labels, np.where(predicted[:, None] == [0, 1], 0.8, 0.2))
        return frames

    return make


def concern_about(before, after, shifts=()):
    validation, test = (compare_classifiers(frames, "macro_f1", "m0", resamples=300) for frames in (before, after))
    mean = mean_fall(validation, test, [before["m0"], after["m0"]])
    return fall_concern("m0", validation, test, mean, shifts)


def test_fall_of_all_runs_is_serious_and_stated_with_both_scores(models):
    concern = concern_about(models(500, [0.8, 0.78, 0.75], 1), models(800, [0.6, 0.58, 0.55], 2))
    assert concern is not None
    assert concern.is_serious
    assert concern.finding.startswith("From validation to test, the macro F1 of m0 falls from 80.4 to 58.9. ")
    assert "The mean over all 3 runs falls by " in concern.finding
    assert ", p < 0.001). Sampling explains at most " in concern.finding


def test_cause_is_named_if_the_splits_differ(models):
    shift = Concern(ConcernKind.SPLIT_SHIFT, "The splits differ.", "Mix them.")
    concern = concern_about(models(500, [0.8], 1), models(500, [0.6], 2), [shift])
    assert concern is not None
    assert concern.advice.startswith("This report names a likely cause: splits from different sources. ")
    assert ", by " in concern.finding


def test_labels_that_disagree_are_a_likelier_cause_than_class_shares(models):
    shares = Concern(ConcernKind.CLASS_SHIFT, "The shares differ.", "Balance them.")
    labels = Concern(ConcernKind.LABEL_CONFLICT, "The labels disagree.", "Correct them.")
    concern = concern_about(models(500, [0.8], 1), models(500, [0.6], 2), [shares, labels])
    assert concern is not None
    assert concern.advice == (
        "This report names a likely cause: labels disagree between splits. Trust neither score for new texts until all "
        "splits are labelled by the same rules."
    )


def test_fall_that_sampling_explains_is_no_concern(models):
    assert concern_about(models(60, [0.8, 0.8], 1), models(60, [0.72, 0.72], 2)) is None


def test_rise_is_no_concern(models):
    assert concern_about(models(800, [0.6], 1), models(800, [0.8], 2)) is None


def test_fall_of_the_chosen_run_alone_is_luck_and_no_concern(models):
    before = models(200, [0.75] * 12, 1)
    best = max(before, key=lambda name: (before[name]["label"] == before[name]["predicted"]).mean())
    before["m0"], before[best] = before[best], before["m0"]
    assert concern_about(before, models(2_000, [0.70, *[0.75] * 11], 2)) is None


def test_perfect_validation_of_ten_texts_does_not_make_a_fall_certain(models):
    assert concern_about(models(10, [1.0], 1), models(1_000, [0.9], 2)) is None
    assert concern_about(models(1_000, [1.0], 1), models(1_000, [0.9], 2)) is not None


def test_small_certain_fall_is_not_serious(models):
    concern = concern_about(models(8_000, [0.95], 1), models(8_000, [0.92], 2))
    assert concern is not None
    assert not concern.is_serious
