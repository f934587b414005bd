"""The fits that the benchmark wants: the defaults, and the trials of a search, each chosen by those before it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from suite.fits import STOPPED, Fit, Outcome, Results, run
from suite.spaces import SPACES

STARTUP_TRIALS = 8  # random trials before the sampler models the scores


@dataclass(frozen=True)
class Task:
    """A dataset of the suite and a family.

    Attributes:
        name: name of the grid file, such as "irony".
        dataset: name of the dataset.
        metric: the primary metric.
        family: name of the family.
    """

    name: str
    dataset: str
    metric: str
    family: str


def tasks(folder: Path, families: list[str], names: list[str]) -> list[Task]:
    """Return every family with every dataset in the grids of `folder`, or those that are named, in the order given.

    Raises:
        ValueError: there is no such dataset or family.
    """
    grids = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yaml"))}
    for given, known in ((names, grids), (families, SPACES)):
        if unknown := [name for name in given if name not in known]:
            raise ValueError(f"The suite has no {', '.join(unknown)}. Choose from {', '.join(known)}.")
    return [
        Task(name, grid["dataset"], grid["primary_metric"], family)
        for family in families or SPACES
        for name, grid in ((name, grids[name]) for name in names or grids)
    ]


@dataclass(frozen=True)
class Found:
    """The outcomes of a task so far.

    Attributes:
        task: the dataset and the family.
        default: the outcome of the defaults; None if they were not fitted.
        trials: the outcomes of the trials so far.
        code: digest of today's code of the family.
    """

    task: Task
    default: Outcome | None
    trials: list[Outcome]
    code: str

    @property
    def earlier(self) -> int:
        """The number of fits that were made by earlier code."""
        return sum(outcome.fit.code != self.code for outcome in (self.default, *self.trials) if outcome)

    def missing(self, trials: int) -> int:
        """Return how many fits are missing from the defaults and `trials` trials."""
        return (self.default is None) + trials - len(self.trials)

    @property
    def best(self) -> Outcome | None:
        """The trial with the best validation score, the first of equals."""
        return max(
            (trial for trial in self.trials if not trial.error), key=lambda trial: trial.validation, default=None
        )


class Search:
    """Makes the fits of tasks that are not among the results yet.

    Args:
        results: the fits so far, to which new ones are added.
        trials: number of trials for each task.
        seed: random seed of the fits and of the sampler.
        limit: seconds after which a fit is stopped.
        deadline: time on `time.monotonic` after which no fit is started.
        report: called with each task and the number of its fits so far.
    """

    def __init__(
        self,
        results: Results,
        trials: int,
        seed: int,
        limit: float,
        deadline: float,
        report: Callable[[Task, int], None] = lambda task, fits: None,
    ) -> None:
        self.results, self.trials, self.seed = results, trials, seed
        self.limit, self.deadline, self.report = limit, deadline, report

    def default(self, task: Task) -> Outcome | None:
        """Return the outcome of a family's defaults, fitted now if there is time; None if there is none."""
        return self._outcome(self._fit(task, {}))

    def explore(self, task: Task) -> Found:
        """Make as many fits of a task as there is time for, and return the outcomes so far.

        The sampler is a tree-structured Parzen estimator with a seed. It is told the earlier outcomes in their order,
        so that an interrupted search goes on as it would have.
        """
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        found = Found(task, self.default(task), [], _code(task.family))
        self.report(task, int(found.default is not None))
        sampler = optuna.samplers.TPESampler(seed=self.seed, n_startup_trials=STARTUP_TRIALS)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        for number in range(self.trials):
            trial = study.ask(fixed_distributions=SPACES[task.family])
            outcome = self._outcome(self._fit(task, trial.params))
            if outcome is None:
                break
            found.trials.append(outcome)
            state = optuna.trial.TrialState.FAIL if outcome.error else None
            study.tell(trial, None if outcome.error else outcome.validation, state=state)
            self.report(task, number + 2)
        return found

    def _fit(self, task: Task, parameters: dict[str, object]) -> Fit:
        chosen = {**parameters, "primary_metric": task.metric}
        return Fit(task.dataset, _digest(task.dataset), task.family, chosen, self.seed, _code(task.family))

    def _outcome(self, fit: Fit) -> Outcome | None:
        known = self.results.find(fit)
        if known is not None and not (known.error == STOPPED and known.seconds < self.limit):
            return known
        if time.monotonic() >= self.deadline:
            return known
        outcome, predicted = run(fit, self.limit)
        self.results.add(outcome, predicted)
        return outcome


@cache
def _digest(dataset: str) -> str:
    from textlab import data

    return data.load(dataset).digest


@cache
def _code(family: str) -> str:
    from textlab.models import family as find
    from textlab.reach import code_digest

    return code_digest(find(family).__module__, without=("textlab.data",))[:16]
