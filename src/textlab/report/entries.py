"""The runs that a report compares, with their predictions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from textlab import record
from textlab.evaluation.tasks import task
from textlab.record import Run
from textlab.report.leaderboard import digest_of, digests_by_runs, model_names, unique_names

NEVER_COMPARED = "Runs on different test sets are never compared."


@dataclass(frozen=True, eq=False)  # frames have no truth value
class Entry:
    """One run of the comparison.

    Attributes:
        name: the run's name in the report, see `leaderboard.unique_names`.
        model: the name without the seed.
        run: the run in the record.
        validation, test: the run's predictions.
    """

    name: str
    model: str
    run: Run
    validation: pd.DataFrame
    test: pd.DataFrame


def comparable_entries(runs: Sequence[Run]) -> tuple[list[Entry], list[str]]:
    """Read the predictions of runs on the same data.

    Returns:
        The runs that can be compared, and for each other finished run a sentence that says why it cannot.

    Raises:
        ValueError: no run can be compared.
    """
    if not digests_by_runs(runs):
        raise ValueError("No run is done, so there is nothing to compare. See the failures in the leaderboard.")
    digest = digests_by_runs(runs)[0]
    names, models = unique_names(runs), model_names(runs)
    entries: list[Entry] = []
    left_out: list[str] = []
    for run in runs:
        if digest_of(run) is None:
            continue
        if digest_of(run) != digest:
            left_out.append(f"{names[run.id]} was trained on other data, {run.dataset}. {NEVER_COMPARED}")
            continue
        try:
            entries.append(_entry(names[run.id], models[run.id], run))
        except (FileNotFoundError, ValueError) as error:
            left_out.append(f"{names[run.id]} is left out. {error}")
    same, others = _on_one_test_set(entries)
    left_out += [f"{entry.name} was tested on other examples. {NEVER_COMPARED}" for entry in others]
    if not same:
        raise ValueError("No run can be compared. " + " ".join(left_out))
    return same, left_out


def _entry(name: str, model: str, run: Run) -> Entry:
    frames = {split: record.load_predictions(run.id, split) for split in ("validation", "test")}
    for frame in frames.values():
        task(run.task).check(name, frame)
    return Entry(name, model, run, **frames)


def _on_one_test_set(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Separate the entries with the most common test set from the others."""
    keys = [task(entry.run.task).test_set(entry.test) for entry in entries]
    most_common = [key for key, _ in Counter(keys).most_common(1)]
    same = [entry for entry, key in zip(entries, keys, strict=True) if key in most_common]
    return same, [entry for entry, key in zip(entries, keys, strict=True) if key not in most_common]
