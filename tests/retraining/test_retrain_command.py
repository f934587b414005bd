"""The command `retrain`: its exit codes, its line of JSON, and mistakes that it refuses. The grid is a stand-in."""

import json

import pytest
from rolled_out import catalog
from typer.testing import CliRunner

from textlab.__main__ import app


@pytest.fixture
def command(laboratory, grids):
    def run(*options):
        arguments = ["retrain", "--name", "sentiment", "--grid", str(laboratory / "tiny.yaml")]
        arguments += [*([] if "--labelled" in options else ["--labelled", str(laboratory / "new.csv")]), *options]
        result = CliRunner().invoke(app, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout, result.output

    return run


def test_command_ends_with_a_line_of_json_and_a_code(command, grids):
    code, stdout, _ = command("--id", "one", "--until", "snapshot", "--json")
    assert (code, json.loads(stdout)["step"]) == (0, "snapshot")
    grids.challenger = "no"
    code, stdout, _ = command("--id", "one", "--until", "gate", "--json")
    answer = json.loads(stdout.splitlines()[-1])
    assert (code, answer["verdict"], answer["promoted"]) == (4, "keep", None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--until", "end"], "--until end is no step. Choose one of snapshot, grid, gate, promote."),
        (["--id", "../x"], "--id '../x' is not valid."),
        (["--margin", "50"], "--margin is 50. State points from 0 to 20, such as 1."),
        (["--floor", "101"], "--floor is 101. State points from 0 to 100, such as 65."),
        (["--watch-minutes", "nan"], "--watch-minutes is nan. State a positive number of minutes."),
        (["--swap", "http://a.b"], "--swap http://a.b was given without --promote."),
        (["--labelled", "missing.csv", "--until", "snapshot"], "missing.csv"),
        (["--name", "other"], "No model is promoted as 'other'"),
        (["--grid", "missing.yaml"], "There is no grid file missing.yaml."),
    ],
)
def test_mistake_is_a_sentence_and_nothing_is_done(command, grids, laboratory, options, message):
    code, _, output = command(*options)
    assert code == 2
    assert message in output
    assert "Traceback" not in output
    assert grids == []
    assert catalog(laboratory / "models") == (1, ["1"])


def test_grid_whose_entry_has_a_dataset_of_its_own_is_refused(command, laboratory):
    grid = laboratory / "tiny.yaml"
    grid.write_text(grid.read_text().replace("minimum_count: 1", "minimum_count: 1, dataset: air_paradis"))
    code, _, output = command()
    assert code == 2
    assert "an entry of 'runs' states a dataset of its own. Remove it" in output
