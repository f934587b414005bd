"""Parameters that take a number or the word "auto"."""

import pytest

from textlab.runner.planning.parameters import declared_parameters

(RATE,) = declared_parameters('rate: float | str = "auto"  # learning rate; auto follows from the data')


@pytest.mark.parametrize(("stated", "read"), [("auto", "auto"), ("1e-3", 1e-3), (0.5, 0.5), (1, 1)])
def test_number_and_word_are_read(stated, read):
    assert RATE.read(stated) == read


def test_equal_numbers_are_one_cell_and_the_word_stays():
    assert isinstance(RATE.canonical(1), float)
    assert RATE.canonical("auto") == RATE.default_value == "auto"


def test_list_is_refused_where_a_number_or_a_word_is_expected():
    with pytest.raises(ValueError, match=r"'rate' is \[1\] \(list\); expected float \| str, such as \"auto\"\.$"):
        RATE.read([1])
