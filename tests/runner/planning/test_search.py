"""A search is planned from a grid file, and every mistake in it is refused before anything starts."""

import pytest

from textlab.runner.planning.grid import Grid
from textlab.runner.planning.plan import plan

SPACES = {"rate": {"low": 0.001, "high": 10, "log": True}, "kind": ["a", "b"]}


def grid(spaces=SPACES, seeds=(0,)):
    run = {"notebook": "10_x", "search": {"trials": 12, "parameters": spaces}}
    return Grid.model_validate({"name": "g", "dataset": "airline", "seeds": list(seeds), "runs": [run]})


@pytest.mark.parametrize(
    ("spaces", "message"),
    [
        ({"rat": [1]}, r"Notebook '10_x' has no parameter 'rat'\. Did you mean 'rate'"),
        ({"rate": {"low": 2, "high": 1}}, r"'rate' is searched from 2 to 1\. Set low below high"),
        ({"rate": {"low": 0, "high": 1, "log": True}}, r"'rate' is searched from 0 to 1\. Set low above 0"),
        ({"rate": {"low": "a", "high": 1}}, "Parameter 'rate' is 'a'"),
        ({"kind": {"low": "a", "high": "b"}}, r"'kind' is not a number\. Search it in a list"),
        ({"kind": []}, "the list for 'kind' is empty"),
        ({"kind": [1]}, "Parameter 'kind' is 1"),
    ],
)
def test_invalid_space_is_refused(notebooks, spaces, message):
    notebooks("10_x")
    with pytest.raises(ValueError, match=message):
        plan(grid(spaces=spaces))


def test_range_that_ends_at_a_word_is_refused_and_a_list_may_contain_it():
    def searched(space):
        run = {"notebook": "20_lstm", "search": {"trials": 2, "parameters": {"epochs": space}}}
        return plan(Grid.model_validate({"name": "g", "dataset": "airline", "runs": [run]}))

    with pytest.raises(ValueError, match=r"'epochs' is searched from auto to 3, and auto is no number\. Set low and"):
        searched({"low": "auto", "high": 3})
    assert searched(["auto", 3]).searches[0].spaces == {"epochs": ["auto", 3]}


def test_searched_parameter_with_a_value_is_refused(notebooks):
    notebooks("10_x")
    with pytest.raises(ValueError, match="'rate' is searched and also has a value"):
        plan(grid(), settings={"rate": 1.0})


def test_each_seed_is_a_search_of_its_own_and_not_a_cell(notebooks):
    notebooks("10_x")
    stated = grid(seeds=(0, 1))
    planned = plan(stated)
    searches = planned.searches
    assert planned.cells == []
    assert [search.base.name for search in searches] == ["x seed=0", "x seed=1"]
    cell = searches[1].cell({"rate": 0.5, "kind": "a"})
    assert cell.name == "x rate=0.5 kind=a seed=1"
    assert (cell.parameters["seed"], cell.parameters["rate"]) == (1, 0.5)
