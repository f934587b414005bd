"""Macro F1 of text alone, picture alone and both, over several seeds."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from statistics import mean, stdev
from typing import Any

from rich import box
from rich.table import Table
from suite.fits import Fit, Outcome, Results, run
from suite.search import Task
from suite.tables import difference
from tqdm.auto import tqdm

METRIC = "macro_f1"
LONGEST_FIT = 6 * 3600  # seconds
TEXT, IMAGE, BOTH = "text", "image", "both"


@dataclass(frozen=True)
class Candidate:
    """A family with parameters.

    Attributes:
        reads: the inputs that it reads: text, image or both.
        family: name of the family.
        parameters: hyperparameters that differ from the defaults.
    """

    reads: str
    family: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


CANDIDATES = {
    "text: linear": Candidate(TEXT, "logistic_regression"),
    "text: bert": Candidate(TEXT, "bert"),
    "image": Candidate(IMAGE, "image"),
    "image, tuned": Candidate(IMAGE, "image", {"fine_tune": True}),
    "both: early": Candidate(BOTH, "text_image", {"fusion": "early"}),
    "both: late": Candidate(BOTH, "text_image", {"fusion": "late"}),
    "both: late, bert": Candidate(BOTH, "text_image", {"fusion": "late", "text_family": "bert"}),
    "both: late, bert, tuned": Candidate(
        BOTH, "text_image", {"fusion": "late", "text_family": "bert", "fine_tune": True}
    ),
    "both: early and late, bert": Candidate(BOTH, "text_image", {"fusion": "early_and_late", "text_family": "bert"}),
}


def measure(
    dataset: str, names: Sequence[str], seeds: int, results: Results, minutes: float
) -> dict[str, list[Outcome]]:
    """Return the outcomes of the candidates by name, one a seed; fits that are among the results are not repeated.

    Args:
        dataset: name of the dataset.
        names: names of candidates.
        seeds: number of seeds.
        results: the fits so far, to which new ones are added.
        minutes: minutes after which no fit is started.
    """
    deadline = time.monotonic() + 60 * minutes
    wanted = [(name, _fit(dataset, CANDIDATES[name], seed)) for seed in range(seeds) for name in names]
    outcomes: dict[str, list[Outcome]] = {}
    for name, fit in tqdm(wanted, desc=dataset, unit="fit"):
        outcome = results.find(fit)
        if outcome is None and (left := deadline - time.monotonic()) > 0:
            outcome, predicted = run(fit, min(left, LONGEST_FIT))
            results.add(outcome, predicted)
        if outcome is not None:
            outcomes.setdefault(name, []).append(outcome)
    return outcomes


def _fit(dataset: str, candidate: Candidate, seed: int) -> Fit:
    from textlab.models import family
    from textlab.reach import code_digest

    code = code_digest(family(candidate.family).__module__, without=("textlab.data",))[:16]
    parameters = dict(candidate.parameters) | {"primary_metric": METRIC}
    return Fit(dataset, _digest(dataset), candidate.family, parameters, seed, code)


@cache
def _digest(dataset: str) -> str:
    from textlab import data

    return data.load(dataset).digest


def table(
    dataset: str, outcomes: Mapping[str, Sequence[Outcome]], results: Results, best: Mapping[str, float]
) -> Table:
    """Return the scores in points, and how far each is above the better of text and picture alone.

    Args:
        dataset: name of the dataset.
        outcomes: the outcomes of each candidate.
        results: where the predictions are kept.
        best: the best possible macro F1 for text, image and both; {} if it is not known.
    """
    columns = ["validation", "test", "over seeds", "above the better single input", "interval, first seed"]
    shown = Table("candidate", *columns, *(["best possible"] if best else []), "processor s", box=box.MARKDOWN)
    finished = {name: [each for each in found if not each.error] for name, found in outcomes.items()}
    singles = [name for name, found in finished.items() if found and CANDIDATES[name].reads != BOTH]
    single = max(singles, key=lambda name: mean(each.validation for each in finished[name]), default="")
    for name, found in outcomes.items():
        if not finished[name]:
            shown.add_row(name, "failed", found[0].error[:80])
            continue
        kept = finished[name]
        tests = [100 * each.test for each in kept]
        cells = [f"{100 * mean(each.validation for each in kept):.1f}", f"{mean(tests):.1f}"]
        cells.append(f"{stdev(tests):.1f} ({len(tests)})" if len(tests) > 1 else "(1)")
        cells += _above(dataset, kept, finished[single], results) if single and name != single else ["", ""]
        if best:
            cells.append(f"{100 * best[CANDIDATES[name].reads]:.1f}")
        shown.add_row(name, *cells, f"{mean(each.seconds for each in kept):.0f}")
    shown.title = f"{dataset}, macro F1 in points; the better single input on validation: {single or 'none'}"
    return shown


def _above(dataset: str, ours: Sequence[Outcome], theirs: Sequence[Outcome], results: Results) -> list[str]:
    """Return the difference of means over seeds, and the first seeds' paired difference with its interval of 95 %."""
    observed = 100 * (mean(each.test for each in ours) - mean(each.test for each in theirs))
    paired = difference(results, Task(dataset, dataset, METRIC, ""), ours[0], theirs[0])
    return [f"{observed:+.1f}", str(paired)]
