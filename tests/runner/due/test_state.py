"""What is due, and why, is read from the fingerprints and the record."""

from dataclasses import asdict, replace
from types import SimpleNamespace

import pandas as pd
import pytest

from textlab.record import Run, Status
from textlab.runner.due import fingerprint as fingerprint_module
from textlab.runner.due.fingerprint import Fingerprint, changes, fingerprints, fingerprints_beside
from textlab.runner.due.state import states
from textlab.runner.planning.grid import Grid
from textlab.runner.planning.plan import plan

PRINT = Fingerprint("n1", {"kind": "a"}, "d1", {"textlab.models.lstm": "m1"}, {"keras": "3.15.1"}, {"teacher": "t1"})


@pytest.fixture
def cell(notebooks):
    notebooks("10_x")
    (cell,) = plan(Grid.model_validate({"name": "g", "dataset": "airline", "runs": [{"notebook": "10_x"}]}))
    return cell


def run_of(cell, status, fingerprint=PRINT, run_id="r", error="", seconds=5.0):
    """A run of the cell, as the record gives it."""
    made_from = {} if fingerprint is None else {"key": fingerprint.key, "fingerprint": asdict(fingerprint)}
    return Run(run_id, cell=cell.key, status=Status(status), error=error, seconds=seconds, **made_from)


def state_of(cell, *runs, fingerprint=PRINT, **options):
    return states([cell], {cell.key: fingerprint}, runs, **options)[cell.key]


def test_cell_without_a_run_is_new(cell):
    assert (state_of(cell).kind, state_of(cell).why) == ("due", "new")


def test_finished_run_of_the_same_fingerprint_is_done_whatever_came_after(cell):
    later = run_of(cell, "interrupted", run_id="later")
    state = state_of(cell, later, run_of(cell, "done", run_id="first"))
    assert (state.kind, state.run_id, state.seconds) == ("done", "first", 5.0)


def test_seconds_are_the_cells_own_and_memory_is_the_most_of_any_run_of_the_notebook(cell):
    run = replace(run_of(cell, "done", seconds=7.5), memory=1000, notebook="10_x")
    other = replace(run_of(cell, "done"), cell="another", memory=2000, notebook="10_x")
    state = state_of(cell, run, other)
    assert (state.seconds, state.memory) == (7.5, 2000)


def test_force_makes_what_is_done_due(cell):
    assert state_of(cell, run_of(cell, "done"), force={cell.key}).kind == "due"


@pytest.mark.parametrize("status", ["failed", "timed out"])
def test_failure_is_not_repeated_unless_it_is_asked_for(cell, status):
    failed = run_of(cell, status, error="KeyError: 'x'")
    state = state_of(cell, failed)
    assert (state.kind, state.why) == ("failed before", f"{status}: KeyError: 'x'")
    assert state_of(cell, failed, retry_failed=True).kind == "due"


@pytest.mark.parametrize("status", ["died", "interrupted", "blocked", "running"])
def test_what_was_cut_off_is_due_again(cell, status):
    state = state_of(cell, run_of(cell, status))
    assert (state.kind, state.why) == ("due", f"{status} before")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"notebook": "n2"}, "the notebook changed"),
        ({"data": "d2"}, "the data changed"),
        ({"modules": {"textlab.models.lstm": "m2"}}, "changed: textlab.models.lstm"),
        ({"libraries": {"keras": "3.15.2"}}, "keras 3.15.1 -> 3.15.2"),
        ({"libraries": {"keras": "3.15.1", "torch": "2"}}, "torch absent -> 2"),
        ({"sources": {"teacher": "t2"}}, "what 'teacher' builds on changed"),
    ],
)
def test_change_makes_a_cell_due_and_is_named(cell, change, why):
    changed = replace(PRINT, **change)
    assert changed.key != PRINT.key
    assert changes(PRINT.__dict__, changed) == [why]
    assert state_of(cell, run_of(cell, "done"), fingerprint=changed).why == why


def test_failure_of_what_has_changed_since_is_due(cell):
    assert state_of(cell, run_of(cell, "failed"), fingerprint=replace(PRINT, data="d2")).kind == "due"


def test_run_that_does_not_say_what_it_was_made_from_is_due(cell):
    assert "does not say" in state_of(cell, run_of(cell, "done", fingerprint=None)).why


def test_fingerprint_changes_with_notebook_parameters_and_source(notebooks):
    notebooks("10_x", "1")
    notebooks("20_y", "2")
    runs = [{"notebook": "10_x", "id": "x"}, {"notebook": "20_y", "parameters": {"kind": {"from": "x"}}}]

    def keys(**more):
        cells = plan(Grid.model_validate({"name": "g", "dataset": "airline", "runs": runs} | more))
        return [fingerprints(cells)[cell.key].key for cell in cells]

    first = keys()
    assert keys() == first
    assert not set(keys(seeds=[1])) & set(first)
    notebooks("10_x", "1 + 1")
    changed = keys()
    assert changed[0] != first[0]
    assert changed[1] != first[1], "a student is due with its teacher"


def test_data_are_loaded_once_and_only_where_they_are_read(notebooks, monkeypatch):
    loaded = []

    def load(name):
        loaded.append(name)
        return SimpleNamespace(digest="d")

    monkeypatch.setattr(fingerprint_module.textlab.data, "load", load)
    notebooks("10_reads", "import textlab.data")
    notebooks("20_does_not", "1")
    runs = [{"notebook": "10_reads", "parameters": {"kind": ["a", "b"]}}, {"notebook": "20_does_not"}]
    cells = plan(Grid.model_validate({"name": "g", "dataset": "airline", "runs": runs}))
    prints = fingerprints(cells)
    assert loaded == ["airline"]
    assert [prints[cell.key].data for cell in cells] == ["d", "d", ""]


def test_fork_gives_the_same_fingerprints(notebooks, tmp_path, monkeypatch):
    pd.DataFrame({"text": [f"tweet {number}" for number in range(40)], "label": ["good", "bad"] * 20}).to_csv(
        tmp_path / "tweets.csv", index=False
    )
    notebooks("10_reads", "import textlab.data")
    grid = {"name": "g", "dataset": f"file:{tmp_path}/tweets.csv", "seeds": [0, 1], "runs": [{"notebook": "10_reads"}]}
    cells = plan(Grid.model_validate(grid))
    expected = fingerprints(cells)
    with fingerprints_beside(cells) as wait, monkeypatch.context() as only_the_fork:
        only_the_fork.setattr(fingerprint_module, "fingerprints", None)
        assert wait() == expected


def test_what_fails_in_the_fork_is_told_by_this_process(notebooks, tmp_path):
    notebooks("10_reads", "import textlab.data")
    grid = {"name": "g", "dataset": f"file:{tmp_path}/none.csv", "runs": [{"notebook": "10_reads"}]}
    cells = plan(Grid.model_validate(grid))
    with pytest.raises(FileNotFoundError, match=r"none\.csv"), fingerprints_beside(cells) as wait:
        wait()
