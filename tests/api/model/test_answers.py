import numpy as np
import pytest

from api.model.answers import invalid_rows

VALID = [[0.25, 0.75], [1.0, 0.0]]


@pytest.mark.parametrize(
    "row",
    [
        [np.nan, np.nan],
        [0.5, np.nan],
        [np.inf, 0.0],
        [np.inf, -np.inf],
        [-1.0, 2.0],
        [-0.001, 1.001],
        [0.0, 0.0],
        [0.4, 0.5],
        [0.7, 0.7],
    ],
)
def test_only_the_row_without_probabilities_is_invalid(row):
    answer = np.array([VALID[0], row, VALID[1]], np.float32)
    assert invalid_rows(answer).tolist() == [False, True, False]


def test_probabilities_are_valid_with_the_rounding_of_float32():
    answer = np.random.default_rng(1).dirichlet([0.1] * 5, 1000).astype(np.float32)
    for rows in (answer, answer[:1], np.array(VALID, np.float32), np.zeros((0, 2), np.float32)):
        assert invalid_rows(rows) is None
