"""Run what a finished run of a grid ran, once more, and compare every number."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from textlab import record
from textlab.evaluation.classification.predictions import probabilities_of
from textlab.paths import REPORTS, shown
from textlab.record import Run, Status
from textlab.runner.due.fingerprint import Fingerprint, changes, fingerprints
from textlab.runner.due.state import State
from textlab.runner.executing.execution import Conditions, Execution, Listener
from textlab.runner.executing.placement import available_cores, visible_gpus
from textlab.runner.planning.notebook import notebook_path
from textlab.runner.planning.plan import Cell

EXPERIMENT = "reproductions"  # apart from the grids, so that a run that was repeated does not count twice


@dataclass(frozen=True)
class Reproduction:
    """How a repeated run compares with the first.

    Attributes:
        run_id: of the repeated run in MLflow.
        changed: what it was made from is not as it was: notebook, data, modules, versions of libraries, threads.
        differences: numbers that are not the same to the last digit.
    """

    run_id: str
    changed: list[str]
    differences: list[str]


def reproduce(run_id: str, listen: Listener = lambda *_: None) -> Reproduction:
    """Run the notebook of a finished run with the same parameters, seed and number of threads, and compare.

    Compared are the metrics on validation and test and every probability; how long things take is not.

    Args:
        run_id: of MLflow, of a run of a grid.
        listen: told how far the notebook is, see `Execution`.

    Raises:
        ValueError: there is no such run, it is not done or not of a grid, what it builds on is gone, or the notebook
            fails. FileNotFoundError: its predictions are missing.
    """
    run = record.finished_run(run_id)
    before = _made_from(run)
    first = _probabilities(run_id)
    cell = _cell(run, before)
    prints = fingerprints([cell])
    threads = run.threads or 1
    # As many jobs as leave each the threads that the run had: a network's last digits depend on them.
    jobs = max(1, available_cores() // threads)
    changed = changes(before, _comparable(prints[cell.key], before))
    if available_cores() // jobs != threads:
        changed.append(f"threads {threads} -> {available_cores() // jobs}")
    states = {cell.key: State("due", f"reproduces {run_id}", None, None)}
    conditions = Conditions(jobs, visible_gpus(), force=True, warm=False)
    execution = Execution(EXPERIMENT, REPORTS / EXPERIMENT, prints, states, conditions, listen)
    (outcome,) = execution.outcomes([cell])
    if not outcome.is_success or outcome.run_id is None:
        raise ValueError(f"The notebook {outcome.status}: {outcome.error} - see {shown(outcome.notebook)}")
    differences = _metric_differences(run.metrics, record.get_run(outcome.run_id).metrics)
    differences += _probability_differences(first, _probabilities(outcome.run_id))
    return Reproduction(outcome.run_id, changed, differences)


def _made_from(run: Run) -> Mapping[str, Any]:
    """The fingerprint in the record.

    Raises:
        ValueError: there is none.
    """
    if run.fingerprint is None:
        raise ValueError(
            f"Run {run.id} does not say what it was made from: it was run by hand or by an older textlab. "
            "Run a grid and name one of its runs."
        )
    return run.fingerprint


def _cell(run: Run, before: Mapping[str, Any]) -> Cell:
    """The notebook with its parameters, among them the very runs that it built on."""
    sources = {}
    for name, key in before["sources"].items():
        found = record.all_runs(record.grid_of(run), key=key, status=Status.DONE)
        if not found:
            raise ValueError(f"The run that '{name}' of run {run.id} builds on is gone. Run its grid again.")
        sources[name] = found[0].id
    parameters = {**before["parameters"], **sources}
    return Cell(notebook_path(run.notebook), parameters, before["parameters"], gpus=run.gpus)


def _comparable(now: Fingerprint, before: Mapping[str, Any]) -> Fingerprint:
    """The runs that it builds on are named, so what their code has become since does not matter."""
    return replace(now, sources=before["sources"])


def _probabilities(run_id: str) -> dict[str, np.ndarray]:
    return {split: probabilities_of(record.load_predictions(run_id, split)) for split in ("validation", "test")}


def _metric_differences(first: Mapping[str, float], again: Mapping[str, float]) -> list[str]:
    """Of what the notebook logged: the ends of intervals are added by the report."""
    scores = {name for name in {*first, *again} if name.startswith(("validation_", "test_"))}
    names = sorted(name for name in scores if not name.endswith(("_low", "_high")))
    return [f"{name}: {first.get(name)} -> {again.get(name)}" for name in names if first.get(name) != again.get(name)]


def _probability_differences(first: Mapping[str, np.ndarray], again: Mapping[str, np.ndarray]) -> list[str]:
    told = []
    for split, old in first.items():
        new = again[split]
        if old.shape != new.shape:
            told.append(f"{split}: {old.shape[0]} texts of {old.shape[1]} classes -> {new.shape[0]} of {new.shape[1]}")
        elif not np.array_equal(old, new):
            rows = int((old != new).any(axis=1).sum())
            decisions = int((old.argmax(axis=1) != new.argmax(axis=1)).sum())
            told.append(
                f"{split}: the probabilities of {rows} of {len(old)} texts, by at most {np.abs(old - new).max():.2g}; "
                f"{decisions} are classified otherwise"
            )
    return told
