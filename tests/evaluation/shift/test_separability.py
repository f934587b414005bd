"""The AUC of the domain classifier, its interval and its p value."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.metrics import roc_auc_score

from textlab.evaluation.shift.separability import sequential_separability, stratified_auc


def drawn(count=300, effect=0.5, seed=0):
    random = np.random.default_rng(seed)
    is_current = np.arange(count) % 3 == 0
    return random.normal(size=count) + effect * is_current, is_current


def test_without_strata_the_auc_is_the_usual_one():
    scores, is_current = drawn()
    result = stratified_auc(scores.round(1), is_current, np.zeros(300, dtype=int), np.arange(300))
    assert result.auc == pytest.approx(roc_auc_score(is_current, scores.round(1)))
    assert result.low < result.auc < result.high


def test_a_class_that_scores_high_and_is_frequent_in_one_sample_does_not_change_the_auc():
    random = np.random.default_rng(0)
    classes = np.repeat([0, 1, 0, 1], [300, 100, 100, 300])
    is_current = np.repeat([False, True], 400)
    scores = random.normal(size=800) + 3 * classes
    groups = np.arange(800)
    assert stratified_auc(scores, is_current, np.zeros(800, dtype=int), groups).auc > 0.65
    within = stratified_auc(scores, is_current, classes, groups)
    assert within.low < 0.5 < within.high


def test_the_interval_covers_the_true_auc_and_p_values_of_no_difference_are_uniform():
    results = [stratified_auc(*drawn(effect=0.0, seed=seed), np.arange(300) % 2, np.arange(300)) for seed in range(400)]
    covered = np.mean([result.low < 0.5 < result.high for result in results])
    assert 0.92 <= covered <= 0.98
    assert 0.02 <= np.mean([result.p < 0.05 for result in results]) <= 0.08


def test_copies_of_a_text_make_the_auc_no_surer():
    scores, is_current = drawn()
    once = stratified_auc(scores, is_current, np.zeros(300, dtype=int), np.arange(300))
    rows = np.repeat(np.arange(300), 4)
    copied = stratified_auc(scores[rows], is_current[rows], np.zeros(1200, dtype=int), rows)
    assert copied.auc == pytest.approx(once.auc)
    assert copied.high - copied.low == pytest.approx(once.high - once.low)
    assert copied.p == pytest.approx(once.p, rel=0.5)


def test_classes_of_one_sample_alone_are_not_compared():
    result = stratified_auc(np.arange(4.0), np.array([True, True, False, False]), np.array([0, 0, 1, 1]), np.arange(4))
    assert np.isnan(result.auc)
    assert result.p == 1


def samples(count=300, foreign=0, seed=0):
    """Sparse features of `count` texts; of the current third, `foreign` texts have features of their own."""
    random = np.random.default_rng(seed)
    features = (random.random((count, 40)) < 0.1).astype(np.float32)
    is_current = np.arange(count) % 3 == 0
    features[np.flatnonzero(is_current)[:foreign], :5] = 1
    return csr_matrix(features), is_current


def test_p_values_in_sequence_are_uniform_without_a_difference():
    p_values = [sequential_separability(*samples(seed=seed), np.arange(300), seed).p for seed in range(40)]
    assert sum(p < 0.05 for p in p_values) <= 6  # 2 expected
    assert sum(p < 0.5 for p in p_values) <= 29


def test_a_difference_is_found_in_sequence():
    result = sequential_separability(*samples(foreign=40), np.arange(300))
    assert result.p < 1e-3
    assert result.auc > 0.6


def test_texts_of_one_group_are_ranked_by_no_classifier_that_has_seen_the_group():
    features, is_current = samples(count=90)
    rows = np.repeat(np.arange(90), 5)
    groups = rows.copy()
    result = sequential_separability(features[rows], is_current[rows], groups)
    assert result.p > 0.01
