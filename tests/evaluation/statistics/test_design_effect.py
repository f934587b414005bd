"""Dependence within groups: the design effect, and the p value of a squared length."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.stats import chi2

from textlab.evaluation.statistics.design_effect import design_effect, design_effect_of_shares, effective_groups
from textlab.evaluation.statistics.quadratic_form import squared_length_p


def test_copies_of_a_row_count_once():
    values = np.random.default_rng(0).normal(size=(50, 2))
    copies, groups = np.repeat(values, 4, axis=0), np.repeat(np.arange(50), 4)
    assert design_effect(copies, groups) == pytest.approx([4, 4], rel=0.03)
    assert effective_groups(groups) == 50


def test_independent_rows_have_no_design_effect():
    random = np.random.default_rng(1)
    values = random.normal(size=(2_000, 3))
    assert design_effect(values, np.arange(2_000)).tolist() == [1, 1, 1]
    assert design_effect(values, random.permutation(2_000) // 2) == pytest.approx([1, 1, 1], abs=0.1)


def test_shares_of_a_sparse_matrix_have_the_design_effect_of_the_full_one():
    random = np.random.default_rng(3)
    groups = random.integers(0, 20, 300)
    holds = (random.random((300, 4)) < random.random((20, 4))[groups]) * 1.0
    holds[:, 3] = 0
    assert design_effect_of_shares(csr_matrix(holds), groups) == pytest.approx(design_effect(holds, groups))
    assert design_effect_of_shares(csr_matrix(holds), np.arange(300)).tolist() == [1, 1, 1, 1]


def test_one_large_group_counts_little():
    assert effective_groups(np.array([0] * 90 + list(range(1, 11)))) == pytest.approx(100**2 / (90**2 + 10))


def test_constant_values_have_no_design_effect():
    assert design_effect(np.ones((6, 1)), np.array([0, 0, 0, 1, 1, 1])).tolist() == [1]


def test_equal_variances_give_the_chi_squared_distribution():
    assert squared_length_p(np.array([2.0, 1.0, 2.0]), np.eye(3)) == pytest.approx(chi2.sf(9, 3))


def test_unequal_variances_give_the_simulated_share():
    variances = np.array([4.0, 1.0, 0.2])
    drawn = (np.random.default_rng(2).normal(size=(200_000, 3)) ** 2 * variances).sum(axis=1)
    for length in (6.0, 15.0, 30.0):
        expected = (drawn > length).mean()
        found = squared_length_p(np.array([np.sqrt(length), 0, 0]), np.diag(variances))
        assert found == pytest.approx(expected, rel=0.15)


def test_nothing_that_varies_has_not_moved():
    assert squared_length_p(np.zeros(2), np.zeros((2, 2))) == 1
