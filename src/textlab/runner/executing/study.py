"""A study: Optuna chooses the parameters of each trial of a search; a trial is a cell like any other.

The study lives in a SQL database, so that an interrupted search continues with the trials it has. Each choice is a
function of the search's seed, the trial's number and the results of earlier trials. If several trials run at once, the
latest results are not known yet. Trial i is therefore chosen when all trials up to i - jobs have ended, from exactly
their results and from the parameters alone of the trials in between. The same seed and number of jobs give the same
trials, however long each of them takes. With more jobs each choice knows less.
"""

import hashlib
import json
import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

from filelock import FileLock

from textlab import paths, record
from textlab.record import Run
from textlab.runner.due.fingerprint import Fingerprint
from textlab.runner.due.outcome import CellStatus, Outcome
from textlab.runner.planning.cell import Cell
from textlab.runner.planning.search import Search

# After these the other trials would not start either.
NOT_STARTED = (CellStatus.BLOCKED, CellStatus.LEFT_OUT)
# After these a trial would end the same way again.
FINAL = (CellStatus.FAILED, CellStatus.TIMED_OUT, CellStatus.FAILED_BEFORE)


def study_store() -> str:
    """The database of the studies: TEXTLAB_STUDIES if it is set, else SQLite at mlruns/studies.db."""
    return os.environ.get("TEXTLAB_STUDIES") or f"sqlite:///{paths.MLRUNS / 'studies.db'}"


def study_name(grid: str, search: Search, fingerprint: Fingerprint) -> str:
    """The study's name in the database; it changes with everything that decides the study's numbers.

    Args:
        grid: the grid's name.
        fingerprint: the fingerprint of the search's `base`.
    """
    content = json.dumps([fingerprint.key, search.spaces, search.seed, search.metric], sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()
    return f"{grid}/{search.base.notebook.name}-{digest[:10]}"


def recorded_trials(study: str, runs: Sequence[Run]) -> list[Run]:
    """Those of a grid's runs that are trials of a study, in the order of `runs`."""
    return [run for run in runs if run.study == study]


class Study:
    """The trials of one search, in order.

    Args:
        name: from `study_name`.
        experiment_id: the grid's MLflow experiment, from `record.prepare_store`.
        jobs: number of trials that may run at once.

    Attributes:
        run_id: id of the MLflow run that the trials' runs are nested under.
    """

    def __init__(self, name: str, experiment_id: str, search: Search, jobs: int) -> None:
        import optuna

        optuna.logging.set_verbosity(logging.WARNING)
        self.name, self.search, self._jobs = name, search, jobs
        paths.MLRUNS.mkdir(parents=True, exist_ok=True)
        # Two runners take turns with this lock, so that they agree on each next trial.
        self._lock = FileLock(paths.MLRUNS / "studies.lock")
        with self._lock:
            self._study = optuna.create_study(
                storage=study_store(), study_name=name, direction="maximize", load_if_exists=True
            )
            self.run_id = record.open_search(experiment_id, f"search {search.base.name}", name)
        self._distributions = {name: _distribution(space) for name, space in search.spaces.items()}
        self._parameters: list[dict[str, Any]] = []
        self._cells: list[Cell] = []
        self._scores: dict[str, float | None] = {}  # of the trials that have ended, by the cell's key
        self._final: set[str] = set()  # keys of the cells that would end the same way again
        self._best: tuple[float, Cell] | None = None
        self._is_stopped = False

    @property
    def is_over(self) -> bool:
        """Whether every trial has ended, or no further trial will start."""
        have_ended = all(cell.key in self._scores for cell in self._cells)
        return have_ended and (self._is_stopped or len(self._cells) == self.search.trials)

    def next_cells(self) -> list[Cell]:
        """The cells of the trials that can start now; trials with the same parameters share one cell."""
        new: dict[str, Cell] = {}
        with self._lock:
            chosen = [dict(trial.params) for trial in self._study.get_trials(deepcopy=False)]
            while len(self._cells) < self.search.trials and not self._is_stopped:
                number = len(self._cells)
                if number == len(chosen):
                    if not all(cell.key in self._scores for cell in self._cells[: self._known(number)]):
                        break
                    chosen.append(self._suggestion(number))
                    self._study.add_trial(self._trial(chosen[number]))
                cell = self.search.cell(chosen[number])
                if cell.key not in {earlier.key for earlier in self._cells}:
                    new[cell.key] = cell
                self._parameters.append(chosen[number])
                self._cells.append(cell)
        return list(new.values())

    def add(self, outcome: Outcome) -> None:
        """Add the outcome of a cell; cells that are no trial of this study are ignored."""
        if outcome.cell.key not in {cell.key for cell in self._cells}:
            return
        score = outcome.metrics.get(f"validation_{self.search.metric}") if outcome.is_success else None
        self._scores[outcome.cell.key] = score
        self._is_stopped |= outcome.status in NOT_STARTED
        if score is not None and (self._best is None or score > self._best[0]):
            self._best = score, outcome.cell
        if outcome.is_success or outcome.status in FINAL:
            self._final.add(outcome.cell.key)
            self._write_scores()

    def _write_scores(self) -> None:
        """Finish the trials in the database whose outcomes are final."""
        from optuna.trial import TrialState

        with self._lock:
            trials = self._study.get_trials(deepcopy=False)
            for cell, trial in zip(self._cells, trials, strict=False):
                if cell.key in self._final and not trial.state.is_finished():
                    score = self._scores[cell.key]
                    state = TrialState.FAIL if score is None else TrialState.COMPLETE
                    self._study.tell(trial.number, score, state=state)

    def close(self) -> None:
        """Record which trial is the best, if all trials have ended."""
        self._write_scores()  # of the last trials, which may share the parameters of earlier ones
        if self._best is not None and self.is_over and len(self._cells) == self.search.trials:
            score, cell = self._best
            record.close_search(self.run_id, cell.name, {f"validation_{self.search.metric}": score})

    def _known(self, number: int) -> int:
        """How many of the first trials must have ended before trial `number` is chosen."""
        return max(0, number - self._jobs + 1)

    def _suggestion(self, number: int) -> dict[str, Any]:
        """The parameters of trial `number`, as a function of the trials before it (see the module's docstring)."""
        import numpy as np
        import optuna

        seed = int(np.random.SeedSequence([self.search.seed, number]).generate_state(1)[0])
        study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
        for earlier, (parameters, cell) in enumerate(zip(self._parameters, self._cells, strict=True)):
            study.add_trial(self._trial(parameters, earlier < self._known(number), self._scores.get(cell.key)))
        chosen = study.ask(self._distributions).params
        return {name: _rounded(value, self.search.spaces[name]) for name, value in chosen.items()}

    def _trial(self, parameters: Mapping[str, Any], is_known: bool = False, score: float | None = None) -> Any:
        from optuna.trial import TrialState, create_trial

        state = TrialState.RUNNING
        if is_known:
            state = TrialState.FAIL if score is None else TrialState.COMPLETE
        value = score if is_known else None
        return create_trial(state=state, value=value, params=dict(parameters), distributions=self._distributions)


def _distribution(space: Any) -> Any:
    """Optuna's distribution for a list of choices or a range of `Search.spaces`."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(space, list):
        return CategoricalDistribution(space)
    if isinstance(space["low"], int):
        return IntDistribution(space["low"], space["high"], log=space["log"])
    return FloatDistribution(space["low"], space["high"], log=space["log"])


def _rounded(value: Any, space: Any) -> Any:
    """Round a float to six digits, so that people can type it, and keep it in its range."""
    if not isinstance(value, float) or isinstance(space, list):
        return value
    return min(max(float(f"{value:.6g}"), space["low"]), space["high"])
