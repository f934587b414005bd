"""A fingerprint covers everything that decides a cell's numbers."""

from types import SimpleNamespace

import pandas as pd
import pytest

from textlab.runner.due import background, fingerprint
from textlab.runner.due.background import fingerprints_in_background
from textlab.runner.due.fingerprint import fingerprints
from textlab.runner.planning.grid import Grid
from textlab.runner.planning.plan import plan


def test_fingerprint_changes_with_notebook_parameters_and_sources(notebooks):
    notebooks("10_x", "1")
    notebooks("20_y", "2")
    runs = [{"notebook": "10_x", "id": "x"}, {"notebook": "20_y", "parameters": {"kind": {"from": "x"}}}]

    def keys(**more):
        cells = plan(Grid.model_validate({"name": "g", "dataset": "airline", "runs": runs} | more)).cells
        return [fingerprints(cells)[cell.key].key for cell in cells]

    first = keys()
    assert keys() == first
    assert not set(keys(seeds=[1])) & set(first)
    notebooks("10_x", "1 + 1")
    changed = keys()
    assert changed[0] != first[0]
    assert changed[1] != first[1], "a student is due with its teacher"


def test_dataset_is_loaded_once_and_only_for_notebooks_that_read_data(notebooks, monkeypatch):
    loaded = []

    def load(name):
        loaded.append(name)
        return SimpleNamespace(digest="d")

    monkeypatch.setattr(fingerprint.textlab.data, "load", load)
    notebooks("10_reads", "import textlab.data")
    notebooks("20_does_not", "1")
    runs = [{"notebook": "10_reads", "parameters": {"kind": ["a", "b"]}}, {"notebook": "20_does_not"}]
    cells = plan(Grid.model_validate({"name": "g", "dataset": "airline", "runs": runs})).cells
    by_key = fingerprints(cells)
    assert loaded == ["airline"]
    assert [by_key[cell.key].data for cell in cells] == ["d", "d", ""]


def test_fork_gives_the_same_fingerprints(notebooks, tmp_path, monkeypatch):
    pd.DataFrame({"text": [f"tweet {number}" for number in range(40)], "label": ["good", "bad"] * 20}).to_csv(
        tmp_path / "tweets.csv", index=False
    )
    notebooks("10_reads", "import textlab.data")
    grid = {"name": "g", "dataset": f"file:{tmp_path}/tweets.csv", "seeds": [0, 1], "runs": [{"notebook": "10_reads"}]}
    cells = plan(Grid.model_validate(grid)).cells
    expected = fingerprints(cells)
    with fingerprints_in_background(cells) as wait, monkeypatch.context() as fork_only:
        fork_only.setattr(background, "fingerprints", None)
        assert wait() == expected


def test_error_in_the_fork_is_raised_by_this_process(notebooks, tmp_path):
    notebooks("10_reads", "import textlab.data")
    grid = {"name": "g", "dataset": f"file:{tmp_path}/none.csv", "runs": [{"notebook": "10_reads"}]}
    cells = plan(Grid.model_validate(grid)).cells
    with pytest.raises(FileNotFoundError, match=r"none\.csv"), fingerprints_in_background(cells) as wait:
        wait()
