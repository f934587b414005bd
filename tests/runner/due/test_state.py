"""Whether a cell is due, and why, follows from its fingerprint and the record."""

from dataclasses import asdict, replace

import pytest

from textlab.record import Run, Status
from textlab.runner.due.fingerprint import Fingerprint, changes
from textlab.runner.due.state import cell_states
from textlab.runner.planning.grid import Grid
from textlab.runner.planning.plan import plan

MODULES = {"textlab.models.lstm": "m1"}
FINGERPRINT = Fingerprint(
    "n1", {"kind": "a"}, "d1", {"textlab.models.lstm": "m1"}, {"keras": "3.15.1"}, {"teacher": "t1"}
)


@pytest.fixture
def cell(notebooks):
    notebooks("10_x")
    (cell,) = plan(Grid.model_validate({"name": "g", "dataset": "airline", "runs": [{"notebook": "10_x"}]})).cells
    return cell


def run_of(cell, status, fingerprint=FINGERPRINT, run_id="r", error="", seconds=5.0):
    """A run of the cell as the record returns it."""
    content = {} if fingerprint is None else {"key": fingerprint.key, "fingerprint": asdict(fingerprint)}
    return Run(run_id, cell=cell.key, status=Status(status), error=error, seconds=seconds, **content)


def state_of(cell, *runs, fingerprint=FINGERPRINT, **options):
    return cell_states([cell], {cell.key: fingerprint}, runs, **options)[cell.key]


def test_cell_without_a_run_is_new(cell):
    assert (state_of(cell).status, state_of(cell).reason) == ("due", "new")


def test_cell_with_a_finished_run_of_the_same_fingerprint_is_done_despite_later_runs(cell):
    later = run_of(cell, "interrupted", run_id="later")
    state = state_of(cell, later, run_of(cell, "done", run_id="first"))
    assert (state.status, state.run.id, state.expected_seconds) == ("done before", "first", 5.0)


def test_expected_seconds_are_the_cells_own_and_expected_memory_is_the_largest_of_its_notebook(cell):
    run = replace(run_of(cell, "done", seconds=7.5), memory=1000, notebook="10_x")
    other = replace(run_of(cell, "done"), cell="another", memory=2000, notebook="10_x")
    state = state_of(cell, run, other)
    assert (state.expected_seconds, state.expected_memory) == (7.5, 2000)


def test_force_makes_a_done_cell_due(cell):
    assert state_of(cell, run_of(cell, "done"), force={cell.key}).status == "due"


@pytest.mark.parametrize("status", ["failed", "timed out"])
def test_failed_cell_is_due_only_if_retries_are_requested(cell, status):
    failed = run_of(cell, status, error="KeyError: 'x'")
    state = state_of(cell, failed)
    assert (state.status, state.reason) == ("failed before", f"{status}: KeyError: 'x'")
    assert state_of(cell, failed, retry_failed=True).status == "due"


@pytest.mark.parametrize("status", ["died", "interrupted", "blocked", "running"])
def test_cell_whose_run_did_not_finish_is_due_again(cell, status):
    state = state_of(cell, run_of(cell, status))
    assert (state.status, state.reason) == ("due", f"{status} before")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"notebook": "n2"}, "the notebook changed"),
        ({"data": "d2"}, "the data changed"),
        ({"parameters": {"kind": "b"}}, "default of kind a -> b"),
        ({"parameters": {"kind": "a", "depth": 3}}, "the notebook's parameters changed"),
        ({"modules": {"textlab.models.lstm": "m2"}}, "changed: textlab.models.lstm"),
        ({"libraries": {"keras": "3.15.2"}}, "keras 3.15.1 -> 3.15.2"),
        ({"libraries": {"keras": "3.15.1", "torch": "2"}}, "torch absent -> 2"),
        ({"sources": {"teacher": "t2"}}, "the run that 'teacher' builds on changed"),
    ],
)
def test_change_makes_a_cell_due_and_is_described(cell, change, why):
    changed = replace(FINGERPRINT, **change)
    assert changed.key != FINGERPRINT.key
    assert changes(FINGERPRINT.__dict__, changed) == [why]
    assert state_of(cell, run_of(cell, "done"), fingerprint=changed).reason == why


def test_failed_cell_that_has_changed_is_due(cell):
    assert state_of(cell, run_of(cell, "failed"), fingerprint=replace(FINGERPRINT, data="d2")).status == "due"


def test_cell_whose_run_has_no_fingerprint_is_due(cell):
    assert "no fingerprint" in state_of(cell, run_of(cell, "done", fingerprint=None)).reason
