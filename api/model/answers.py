"""The check that every row of a classifier's answer holds probabilities."""

import numpy as np

SUM_TOLERANCE = 1e-3
HIGHEST = 1 + 1e-6  # rounding can lift a probability of 1


class InvalidAnswerError(Exception):
    """The model answered numbers that its task does not allow."""

    def __init__(self) -> None:
        super().__init__("The model did not answer one valid row of numbers for each text.")


def invalid_rows(answer: np.ndarray, sums_to_one: bool = True) -> np.ndarray | None:
    """The rows of `answer`, float32 (n, k), whose numbers are not from 0 to 1 or do not add up to 1.

    Args:
        answer: the rows.
        sums_to_one: whether the numbers of a row must add up to 1.

    Returns:
        bool (n,), true for each invalid row; None if all rows are valid.
    """
    if not answer.size:
        return None
    # A comparison with NaN is false, so the comparisons also find NaN.
    if answer.min() >= 0 and answer.max() <= HIGHEST:
        if not sums_to_one:
            return None
        invalid = np.abs(answer.sum(axis=1) - 1) > SUM_TOLERANCE
    else:
        with np.errstate(invalid="ignore"):
            within = ((answer >= 0) & (answer <= HIGHEST)).all(axis=1)
            invalid = ~within
            if sums_to_one:
                invalid |= np.abs(answer.sum(axis=1) - 1) > SUM_TOLERANCE
    return invalid if invalid.any() else None
