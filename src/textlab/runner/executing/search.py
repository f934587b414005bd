"""A search: Optuna chooses the parameters of each trial, and a trial is a cell like any other.

The study lives in a SQL database, so that a search that was cut off goes on with the trials that it has. Each choice is
a function of the search's seed, the trial's number and the results of the trials before it. Where several run at once,
the last of those are not known yet: trial i is chosen when all up to i - jobs have ended, from exactly these and from
the parameters alone of those in between. So the same seed gives the same trials for the same number of jobs, however
long each of them takes; more jobs mean that each choice knows less.
"""

import hashlib
import json
import logging
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from textlab import paths, record
from textlab.record import Run, Status
from textlab.runner.due.fingerprint import Fingerprint
from textlab.runner.due.state import FINAL
from textlab.runner.planning.plan import Cell, Search

if TYPE_CHECKING:
    from textlab.runner.executing.execution import Outcome

NOT_BEGUN = (Status.BLOCKED, "left out")  # statuses after which no other trial would go better


def study_store() -> str:
    """The database of the studies: TEXTLAB_STUDIES where it is set, else SQLite at mlruns/studies.db."""
    return os.environ.get("TEXTLAB_STUDIES") or f"sqlite:///{paths.MLRUNS / 'studies.db'}"


def study_name(experiment: str, search: Search, fingerprint: Fingerprint) -> str:
    """By which a study is found again: another one begins where anything has changed that decides its numbers.

    Args:
        experiment: the grid's name.
        fingerprint: of the search's `base`.
    """
    stated = json.dumps([fingerprint.key, search.ranges, search.seed, search.metric], sort_keys=True)
    digest = hashlib.sha256(stated.encode()).hexdigest()
    return f"{experiment}/{search.base.notebook.stem}-{digest[:10]}"


def recorded_trials(study: str, runs: Sequence[Run]) -> list[Run]:
    """Return those of a grid's runs that are trials of a study, in their order."""
    return [run for run in runs if run.study == study]


class Study:
    """The trials of one search, in order.

    Args:
        name: from `study_name`.
        experiment_id: of the grid, from `record.prepare_store`.
        jobs: how many trials run at once, at most.

    Attributes:
        run_id: the MLflow run that stands above those of the trials.
    """

    def __init__(self, name: str, experiment_id: str, search: Search, jobs: int) -> None:
        import optuna

        optuna.logging.set_verbosity(logging.WARNING)
        self.name, self.search, self._jobs = name, search, jobs
        paths.MLRUNS.mkdir(parents=True, exist_ok=True)
        self._turn = FileLock(paths.MLRUNS / "studies.lock")  # by turns, two runners agree on each next trial
        with self._turn:
            self._study = optuna.create_study(
                storage=study_store(), study_name=name, direction="maximize", load_if_exists=True
            )
            self.run_id = record.open_search(experiment_id, f"search {search.base.name}", name)
        self._distributions = {name: _distribution(given) for name, given in search.ranges.items()}
        self._parameters: list[dict[str, Any]] = []
        self._cells: list[Cell] = []
        self._values: dict[str, float | None] = {}  # of the trials that have ended, by the cell's key
        self._final: set[str] = set()  # those of them that would end so again
        self._best: tuple[float, Cell] | None = None
        self._is_stopped = False

    @property
    def is_over(self) -> bool:
        """Whether every trial has ended, or none will be begun any more."""
        through = all(cell.key in self._values for cell in self._cells)
        return through and (self._is_stopped or len(self._cells) == self.search.trials)

    def next_cells(self) -> list[Cell]:
        """The cells of the trials that can begin now; none twice, also where two trials have the same parameters."""
        new: dict[str, Cell] = {}
        with self._turn:
            chosen = [dict(trial.params) for trial in self._study.get_trials(deepcopy=False)]
            while len(self._cells) < self.search.trials and not self._is_stopped:
                number = len(self._cells)
                if number == len(chosen):
                    if not all(cell.key in self._values for cell in self._cells[: self._known(number)]):
                        break
                    chosen.append(self._suggested(number))
                    self._study.add_trial(self._trial(chosen[number]))
                cell = self.search.cell(chosen[number])
                if cell.key not in {earlier.key for earlier in self._cells}:
                    new[cell.key] = cell
                self._parameters.append(chosen[number])
                self._cells.append(cell)
        return list(new.values())

    def told(self, outcome: "Outcome") -> None:
        """A cell has ended; one that is no trial of this study is passed over."""
        if outcome.cell.key not in {cell.key for cell in self._cells}:
            return
        value = None
        if outcome.is_success and outcome.run_id:
            value = record.get_run(outcome.run_id).metrics.get(f"validation_{self.search.metric}")
        self._values[outcome.cell.key] = value
        self._is_stopped |= outcome.status in NOT_BEGUN
        if value is not None and (self._best is None or value > self._best[0]):
            self._best = value, outcome.cell
        if outcome.is_success or outcome.status in (*FINAL, "failed before"):
            self._final.add(outcome.cell.key)
            self._write_values()

    def _write_values(self) -> None:
        """Finish, in the database, the trials that have ended for good."""
        from optuna.trial import TrialState

        with self._turn:
            trials = self._study.get_trials(deepcopy=False)
            for cell, trial in zip(self._cells, trials, strict=False):
                if cell.key in self._final and not trial.state.is_finished():
                    value = self._values[cell.key]
                    state = TrialState.FAIL if value is None else TrialState.COMPLETE
                    self._study.tell(trial.number, value, state=state)

    def close(self) -> None:
        """Write into the record which trial is the best, if all have ended."""
        self._write_values()  # of the last ones that had the parameters of earlier ones
        if self._best is not None and self.is_over and len(self._cells) == self.search.trials:
            value, cell = self._best
            record.close_search(self.run_id, cell.name, {f"validation_{self.search.metric}": value})

    def _known(self, number: int) -> int:
        """How many of the first trials must have ended before trial `number` is chosen."""
        return max(0, number - self._jobs + 1)

    def _suggested(self, number: int) -> dict[str, Any]:
        """The parameters of trial `number`: a function of the trials before it, as said above."""
        import numpy as np
        import optuna

        seed = int(np.random.SeedSequence([self.search.seed, number]).generate_state(1)[0])
        study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
        for earlier, (parameters, cell) in enumerate(zip(self._parameters, self._cells, strict=True)):
            study.add_trial(self._trial(parameters, earlier < self._known(number), self._values.get(cell.key)))
        chosen = study.ask(self._distributions).params
        return {name: _rounded(value, self.search.ranges[name]) for name, value in chosen.items()}

    def _trial(self, parameters: Mapping[str, Any], is_known: bool = False, value: float | None = None) -> Any:
        from optuna.trial import TrialState, create_trial

        state = TrialState.RUNNING
        if is_known:
            state = TrialState.FAIL if value is None else TrialState.COMPLETE
        result = value if is_known else None
        return create_trial(state=state, value=result, params=dict(parameters), distributions=self._distributions)


def _distribution(given: Any) -> Any:
    """Optuna's word for a list of values or a range as `plan_searches` has read it."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(given, list):
        return CategoricalDistribution(given)
    if isinstance(given["low"], int):
        return IntDistribution(given["low"], given["high"], log=given["log"])
    return FloatDistribution(given["low"], given["high"], log=given["log"])


def _rounded(value: Any, given: Any) -> Any:
    """Six digits are enough to state a number, and it can be typed again; it stays in its range."""
    if not isinstance(value, float) or isinstance(given, list):
        return value
    return min(max(float(f"{value:.6g}"), given["low"]), given["high"])
