import json

import pytest
from typer.testing import CliRunner

from textlab.models import parameters_cell
from textlab.models.__main__ import app
from textlab.models.discovery import families
from textlab.models.hyperparameters import Hyperparameter
from textlab.models.parameters_cell import LINE_LENGTH, outdated_notebooks, parameter_line, synchronised_cell

RATE = Hyperparameter("learning rate", above=0, name="rate", type=float, default=1e-3)
KIND = Hyperparameter("kind of words", choices=("short", "long"), name="kind", type=str, default="short")


def test_line_states_type_default_meaning_and_choices():
    assert parameter_line(RATE) == "rate: float = 0.001  # learning rate"
    assert parameter_line(KIND) == 'kind: str = "short"  # kind of words (short, long)'


def test_choices_are_left_out_where_the_line_would_be_too_long():
    many = Hyperparameter("kind", choices=tuple(f"choice {n}" for n in range(20)), name="kind", default="choice 0")
    assert parameter_line(many) == 'kind: str = "choice 0"  # kind'


def test_only_lines_of_hyperparameters_are_rewritten():
    source = "dataset: str = 'mine'  # my own\nrate: int = 7  # old\n\nseed: int = 0  # random seed"
    expected = "dataset: str = 'mine'  # my own\nrate: float = 0.001  # learning rate\n\nseed: int = 0  # random seed"
    assert synchronised_cell(source, {"rate": RATE}) == expected


def test_notebooks_of_textlab_agree_with_their_families():
    assert outdated_notebooks(write=False) == []


@pytest.fixture
def outdated(tmp_path, monkeypatch):
    monkeypatch.setattr(parameters_cell, "NOTEBOOKS", tmp_path)
    cell = {
        "cell_type": "code",
        "id": "a",
        "metadata": {"tags": ["parameters"]},
        "outputs": [],
        "execution_count": None,
    }
    cell["source"] = ["C: int = 1  # old\n", "seed: int = 0  # random seed"]
    document = {"cells": [cell], "metadata": {"textlab": {"model": "logistic_regression"}}, "nbformat": 4}
    path = tmp_path / "10_x.ipynb"
    path.write_text(json.dumps(document))
    return path


def test_command_rewrites_a_notebook_that_differs(outdated):
    assert CliRunner().invoke(app, ["sync", "--check"]).exit_code == 1
    assert "C: int = 1" in outdated.read_text()
    result = CliRunner().invoke(app, ["sync"])
    assert (result.exit_code, "10_x.ipynb was rewritten" in result.output) == (0, True)
    first, second = json.loads(outdated.read_text())["cells"][0]["source"]
    assert first.startswith("C: float = 0.0  # inverse regularisation strength")
    assert len(first) <= LINE_LENGTH
    assert second == "seed: int = 0  # random seed"
    assert CliRunner().invoke(app, ["sync", "--check"]).exit_code == 0


def test_command_without_a_name_lists_every_family():
    listed = CliRunner().invoke(app, ["show"])
    assert listed.exit_code == 0
    assert [line.partition(": ")[0] for line in listed.output.splitlines()] == list(families())
    assert "lstm: An LSTM" in listed.output or "lstm: A" in listed.output


def test_command_shows_a_family_and_refuses_an_unknown_one():
    assert (
        "| `units` | int | `64` | at least 1 | LSTM units per direction |"
        in CliRunner().invoke(app, ["show", "lstm"]).output
    )
    unknown = CliRunner().invoke(app, ["show", "lstn"])
    assert unknown.exit_code == 1
    assert unknown.stderr.startswith("Error: Unknown model family 'lstn'.")


def test_line_of_an_automatic_hyperparameter_says_that_its_value_follows_from_the_data():
    size = Hyperparameter("texts at once", minimum=1, name="size", type=int, default="auto", is_automatic=True)
    assert parameter_line(size) == 'size: int | str = "auto"  # texts at once; auto follows from the data'
