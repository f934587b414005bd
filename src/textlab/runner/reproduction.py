"""Execute a finished run of a grid once more, and compare every number."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from textlab import record
from textlab.evaluation.tasks import task
from textlab.paths import REPORTS, shown
from textlab.record import Run, Status
from textlab.runner.due.fingerprint import Fingerprint, changes, fingerprints
from textlab.runner.due.outcome import CellStatus
from textlab.runner.due.state import CellState
from textlab.runner.executing.cell_execution import Listener
from textlab.runner.executing.execution import Execution
from textlab.runner.executing.options import ExecutionOptions
from textlab.runner.executing.placement import available_cores, visible_gpus
from textlab.runner.planning.cell import Cell
from textlab.runner.planning.notebook import find_notebook

EXPERIMENT = "reproductions"  # not the grid's own experiment, so that a reproduced run does not count twice


@dataclass(frozen=True)
class Reproduction:
    """The comparison of a reproduced run with the original.

    Attributes:
        run_id: the id of the reproduced run.
        changed: the changes since the original: notebook, data, modules, library versions, threads.
        differences: the numbers that differ in any digit.
    """

    run_id: str
    changed: list[str]
    differences: list[str]


def reproduce(run_id: str, listen: Listener = lambda *_: None) -> Reproduction:
    """Execute the notebook of a finished run with the same parameters, seed and number of threads, and compare.

    The metrics on validation and test and every probability are compared; durations are not.

    Args:
        run_id: the id of a run of a grid.
        listen: see `CellExecution.listen`.

    Raises:
        ValueError: there is no such run, it is not finished or belongs to no grid, a run that it builds on is missing,
            or the notebook fails.
        FileNotFoundError: the run has no predictions.
    """
    run = record.finished_run(run_id)
    before = _recorded_fingerprint(run)
    first = _predictions(run_id)
    cell = _recorded_cell(run, before)
    fingerprint = fingerprints([cell])[cell.key]
    threads = run.threads or 1
    # The last digits of a network depend on its threads, so choose as many jobs as leave each the same number.
    jobs = max(1, available_cores() // threads)
    changed = changes(before, _comparable(fingerprint, before))
    if available_cores() // jobs != threads:
        changed.append(f"threads {threads} -> {available_cores() // jobs}")
    states = {cell.key: CellState(cell, fingerprint, CellStatus.DUE, f"reproduces {run_id}")}
    options = ExecutionOptions(jobs, visible_gpus(), force=True, warm=False)
    execution = Execution(EXPERIMENT, REPORTS / EXPERIMENT, states, options, listen)
    (outcome,) = execution.outcomes([cell])
    if not outcome.is_success or outcome.run_id is None:
        raise ValueError(f"The notebook {outcome.status}: {outcome.error} See {shown(outcome.notebook)}.")
    differences = _metric_differences(run.metrics, record.get_run(outcome.run_id).metrics)
    again, of_task = _predictions(outcome.run_id), task(run.task)
    phrases = {split: of_task.difference(first[split], again[split]) for split in first}
    differences += [f"{split}: {phrase}" for split, phrase in phrases.items() if phrase]
    return Reproduction(outcome.run_id, changed, differences)


def _recorded_fingerprint(run: Run) -> Mapping[str, Any]:
    """Return the fingerprint of a run from the record.

    Raises:
        ValueError: the run has none.
    """
    if run.fingerprint is None:
        raise ValueError(
            f"Run {run.id} has no fingerprint: it was executed by hand or by an older textlab. Run a grid and name one "
            "of its runs."
        )
    return run.fingerprint


def _recorded_cell(run: Run, fingerprint: Mapping[str, Any]) -> Cell:
    """Return the run's notebook with its parameters, which include the same runs that it built on."""
    sources = {}
    for name, key in fingerprint["sources"].items():
        matches = record.all_runs(record.grid_of(run), key=key, status=Status.DONE)
        if not matches:
            raise ValueError(f"The run that '{name}' of run {run.id} builds on is gone. Run its grid again.")
        sources[name] = matches[0].id
    parameters = {**fingerprint["parameters"], **sources}
    stated = {name: value for name, value in fingerprint["parameters"].items() if name in run.parameters}
    return Cell(find_notebook(run.notebook), parameters, stated, gpus=run.gpus)


def _comparable(now: Fingerprint, before: Mapping[str, Any]) -> Fingerprint:
    """Return the fingerprint with the original sources, because the cell receives the same runs that it built on."""
    parameters = {name: value for name, value in now.parameters.items() if name not in before["sources"]}
    return replace(now, parameters=parameters, sources=before["sources"])


def _predictions(run_id: str) -> dict[str, pd.DataFrame]:
    return {split: record.load_predictions(run_id, split) for split in ("validation", "test")}


def _metric_differences(first: Mapping[str, float], again: Mapping[str, float]) -> list[str]:
    """List the differences between logged metrics, without the ends of intervals, which the report adds."""
    scores = {name for name in {*first, *again} if name.startswith(("validation_", "test_"))}
    names = sorted(name for name in scores if not name.endswith(("_low", "_high")))
    return [f"{name}: {first.get(name)} -> {again.get(name)}" for name in names if first.get(name) != again.get(name)]
