"""The tables of the benchmark: defaults beside the best trial, and BERT beside logistic regression."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from rich import box
from rich.table import Table

from suite.fits import Outcome, Results
from suite.search import Found, Task

NEAR, FAR = 0.01, 0.02  # what the defaults may lose to the best trial: on most datasets, and on any
RESAMPLES = 2000
MISSING = "not measured"


@dataclass(frozen=True)
class Difference:
    """A paired difference of two test scores.

    Attributes:
        observed: the first score minus the second.
        low, high: the ends of the 95 % bootstrap interval.
    """

    observed: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{100 * self.observed:+.1f} ({100 * self.low:+.1f} to {100 * self.high:+.1f})"


def difference(results: Results, task: Task, first: Outcome, second: Outcome) -> Difference:
    """Return the first outcome's test score minus the second's; both were predicted for the same texts."""
    from textlab.evaluation.classification.decisions import Decisions
    from textlab.evaluation.statistics.bootstrap import bootstrap

    predicted = np.stack([results.predicted(outcome) for outcome in (first, second)])
    sample = Decisions(("first", "second"), *_test_labels(task.dataset), predicted)
    paired = bootstrap(sample, [task.metric], RESAMPLES)[task.metric].difference(0, 1)
    observed = float(paired.observed[0])
    low, high = (observed, observed) if (predicted[0] == predicted[1]).all() else paired.interval()
    return Difference(observed, low, high)


@cache
def _test_labels(dataset: str) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the names of the classes and the classes of the test texts, int (n,)."""
    from textlab import data

    loaded = data.load(dataset)
    return loaded.label_names, loaded.test["label"].to_numpy()


def against_best(results: Results, found: Sequence[Found], trials: int) -> tuple[Table, str]:
    """Return a table of defaults beside the best trial, a row for each task with fits, and a text that sums it up."""
    table = Table(
        *(
            "dataset",
            "family",
            "metric",
            "defaults: validation",
            "test",
            "processor time, s",
            "best trial: validation",
            "test",
        ),
        *("defaults minus best, test", "within", "trials"),
        box=box.MARKDOWN,
    )
    losses: dict[str, list[float]] = {}
    for each in found:
        if each.default is None and not each.trials:
            continue
        task, best = each.task, each.best
        cells = [task.name, task.family, task.metric, *_scores(each.default)]
        cells += [f"{each.default.seconds:.0f}" if each.default and not each.default.error else ""]
        cells += _scores(best)
        if each.default is None or each.default.error or best is None:
            cells += ["", ""]
        else:
            lost = difference(results, task, each.default, best)
            losses.setdefault(task.family, []).append(-lost.observed)
            cells += [str(lost), _within(-lost.observed)]
        table.add_row(*cells, f"{len(each.trials)} of {trials}")
    sums = [
        f"{family}: within 1 point of the best trial on {sum(loss <= NEAR for loss in lost)} of {len(lost)} datasets, "
        f"within 2 on {sum(loss <= FAR for loss in lost)}; the largest loss is {100 * max(lost):.1f} points."
        for family, lost in losses.items()
    ]
    earlier = _counted("By earlier code", [(each.task, each.earlier) for each in found])
    missing = _counted("Not measured", [(each.task, each.missing(trials)) for each in found])
    return table, "\n".join([*sums, *earlier, *_failures(found), *missing])


def _scores(outcome: Outcome | None) -> list[str]:
    if outcome is None:
        return [MISSING, MISSING]
    if outcome.error:
        return ["failed", "failed"]
    return [f"{100 * outcome.validation:.1f}", f"{100 * outcome.test:.1f}"]


def _within(loss: float) -> str:
    return "1 point" if loss <= NEAR else "2 points" if loss <= FAR else "**more**"


def _failures(found: Sequence[Found]) -> Iterator[str]:
    for each in found:
        for outcome in ([each.default] if each.default else []) + each.trials:
            if outcome.error:
                yield f"Failed: {each.task.family} on {each.task.name} with {outcome.fit.parameters}: {outcome.error}."


def _counted(title: str, counts: Sequence[tuple[Task, int]]) -> Iterator[str]:
    """Say how many fits of which family and datasets a title is about, a sentence for each family."""
    for family in dict.fromkeys(task.family for task, count in counts if count):
        of_family = [(task.name, count) for task, count in counts if task.family == family and count]
        names = ", ".join(name for name, _ in of_family)
        yield f"{title}: {sum(count for _, count in of_family)} fits of {family} on {names}."


def beside_baseline(results: Results, found: Sequence[Found], family: str, baseline: str) -> Table | None:
    """Return a table of a family's defaults beside a baseline's, or None if no dataset has both.

    "Noise" means that the 95 % interval of the difference holds zero.
    """
    defaults = {
        (each.task.name, each.task.family): each.default for each in found if each.default and not each.default.error
    }
    table = Table("dataset", "metric", baseline, family, "difference, test", "verdict", box=box.MARKDOWN)
    for each in found:
        task, other = each.task, defaults.get((each.task.name, baseline))
        ours = defaults.get((task.name, family)) if task.family == family else None
        if ours is None or other is None:
            continue
        gap = difference(results, task, ours, other)
        verdict = "above" if gap.low > 0 else "**below**" if gap.high < 0 else "noise"
        table.add_row(task.name, task.metric, f"{100 * other.test:.1f}", f"{100 * ours.test:.1f}", str(gap), verdict)
    return table if table.row_count else None
