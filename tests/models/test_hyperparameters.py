from typing import Annotated

import pytest

from textlab.models.hyperparameters import (
    AUTO,
    Auto,
    Hyperparameter,
    argument_list,
    hyperparameters_of,
    markdown_table,
)
from textlab.models.logistic_regression import LogisticRegression


def constructor(
    self,
    share: Annotated[float, Hyperparameter("share of words", minimum=0, below=1)] = 0.5,
    rate: Annotated[float, Hyperparameter("learning rate", above=0)] = 1e-3,
    epochs: Annotated[int, Hyperparameter("passes", minimum=1, maximum=9)] = 3,
    kind: Annotated[str, Hyperparameter("kind of words", choices=("short", "long"))] = "short",
    quick: Annotated[bool, Hyperparameter("whether it hurries")] = False,
    shift: Annotated[float, Hyperparameter("any number")] = 0.0,
): ...


STATED = hyperparameters_of(constructor)


def test_name_type_and_default_come_from_the_signature():
    share = STATED["share"]
    assert (share.name, share.type, share.default, share.meaning) == ("share", float, 0.5, "share of words")
    assert list(STATED) == ["share", "rate", "epochs", "kind", "quick", "shift"]


def test_bounds_are_stated_in_words():
    allowed = [each.allowed for each in STATED.values()]
    assert allowed == ["at least 0 and below 1", "above 0", "at least 1 and at most 9", "short, long", "", ""]


@pytest.mark.parametrize(
    ("name", "value"), [("share", 0), ("share", 0.99), ("rate", 1), ("epochs", 9), ("kind", "long"), ("quick", True)]
)
def test_value_within_bounds_passes(name, value):
    STATED[name].check(value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("share", 1.0, r"^share is 1\.0\. It must be at least 0 and below 1\.$"),
        ("share", float("nan"), r"^share is nan\. It must be at least 0 and below 1\.$"),
        ("rate", 0, r"^rate is 0\. It must be above 0\.$"),
        ("epochs", 10, r"^epochs is 10\. It must be at least 1 and at most 9\.$"),
        ("epochs", "3", r"^epochs is '3' \(str\)\. Give a value of type int, such as 3\.$"),
        ("epochs", 3.0, r"^epochs is 3\.0 \(float\)\. Give a value of type int, such as 3\.$"),
        ("epochs", True, r"^epochs is True \(bool\)\. Give a value of type int, such as 3\.$"),
        ("quick", 1, r"^quick is 1 \(int\)\. Give a value of type bool, such as False\.$"),
        ("shift", float("nan"), r"^shift is nan\. Give a finite number, such as 0\.0\.$"),
        ("shift", float("-inf"), r"^shift is -inf\. Give a finite number"),
        ("rate", float("inf"), r"^rate is inf\. Give a finite number"),
        ("rate", 10**400, r"^rate is 10+\. Give a finite number"),
        ("kind", "shrt", r"^Unknown kind 'shrt'\. Did you mean 'short'\? Available: short, long\.$"),
    ],
)
def test_value_of_another_type_or_out_of_bounds_is_refused(name, value, message):
    with pytest.raises(ValueError, match=message):
        STATED[name].check(value)


def without_meaning(self, depth: int = 3): ...


def without_default(self, depth: Annotated[int, Hyperparameter("depth of a tree")]): ...


def of_another_type(self, depth: Annotated[list, Hyperparameter("depths of the trees")] = ()): ...


@pytest.mark.parametrize("wrong", [without_meaning, without_default, of_another_type])
def test_constructor_that_does_not_state_its_parameters_is_refused(wrong):
    with pytest.raises(TypeError, match=r"parameter depth does not state .* Write it as depth: Annotated\[int, Hyper"):
        hyperparameters_of(wrong)


def test_class_without_a_constructor_has_no_hyperparameters():
    assert hyperparameters_of(object.__init__) == {}


def test_argument_list_reads_as_in_a_docstring():
    lines = argument_list(STATED).splitlines()
    assert lines[0] == "Args:"
    assert lines[1] == "    share: share of words (float, at least 0 and below 1; default 0.5)."
    assert lines[-2] == "    quick: whether it hurries (bool; default False)."


def test_table_has_a_row_per_hyperparameter():
    header, _, *rows = markdown_table(LogisticRegression.hyperparameters()).splitlines()
    assert header == "| name | type | default | allowed | meaning |"
    assert [row.split("`")[1] for row in rows] == list(LogisticRegression.hyperparameters())
    assert "| `C` | float | `0.0` | at least 0 | inverse regularisation strength" in "\n".join(rows)


def constructor_with_automatic_values(
    self,
    batch: Annotated[int | Auto, Hyperparameter("texts per step", minimum=1)] = AUTO,
    loss: Annotated[float | Auto, Hyperparameter("share lost", minimum=0)] = 0.5,
    kind: Annotated[str | Auto, Hyperparameter("kind of words", choices=("short", "long"))] = AUTO,
): ...


AUTOMATIC = hyperparameters_of(constructor_with_automatic_values)


def test_automatic_hyperparameter_has_the_type_of_its_values():
    assert [(each.type, each.type_name, each.is_automatic) for each in AUTOMATIC.values()] == [
        (int, "int | str", True),
        (float, "float | str", True),
        (str, "str", True),
    ]
    assert AUTOMATIC["batch"].allowed == "at least 1 or auto"
    assert AUTOMATIC["kind"].allowed == "short, long or auto"
    assert [each.default_literal for each in AUTOMATIC.values()] == ['"auto"', "0.5", '"auto"']


def test_automatic_hyperparameter_takes_auto_or_a_value_within_bounds():
    AUTOMATIC["batch"].check(AUTO)
    AUTOMATIC["batch"].check(8)
    AUTOMATIC["kind"].check(AUTO)
    with pytest.raises(ValueError, match="Unknown kind 'atuo'"):
        AUTOMATIC["kind"].check("atuo")
    with pytest.raises(ValueError, match=r"^batch is 0\. It must be at least 1 or auto\.$"):
        AUTOMATIC["batch"].check(0)
    with pytest.raises(ValueError, match=r"^batch is 'big' \(str\)\. Give a value of type int, or \"auto\"\.$"):
        AUTOMATIC["batch"].check("big")


def test_auto_is_refused_where_nothing_follows_from_the_data():
    with pytest.raises(ValueError, match="Give a value of type int, such as 3"):
        STATED["epochs"].check(AUTO)
