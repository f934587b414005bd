"""A grid's runs as one table, ranked on validation, and their names."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.record import Run, Status

TEST_METRICS = ("accuracy", "macro_f1", "macro_recall", "roc_auc", "average_precision", "brier", "ece")
MEASURED = (
    *("fit_seconds", "latency_ms", "latency_p99_ms", "tweets_per_second", "bundle_mb", "memory_mb", "peak_memory_mb"),
)
NOTHING_LOGGED = "nothing logged"  # the notebook ran to its end and called no log_experiment
COMMON = ("dataset", "seed", "primary_metric")


def leaderboard(runs: Sequence[Run], primary: str) -> pd.DataFrame:
    """One row a run, the best on validation first; runs without a model come last, and without a rank.

    Scores on other data cannot be compared: where the runs are on several datasets, each has its own ranks.

    Args:
        runs: from `record.runs` or `record.get_runs`.
        primary: the metric that decides, on validation.

    Returns:
        A frame with the columns rank, name (see `model_names`), status, notebook, model, run_id, dataset, seed,
        parameters (what this run was given beyond dataset, seed and primary metric), the test metrics, <primary
        metric>_low and _high (its interval on test) and group (see `pairwise.groups`), which are there after a
        report, validation_<primary metric>, what `MEASURED` names, and error.

    Raises:
        ValueError: there are no runs.
    """
    if not runs:
        raise ValueError("There are no runs to compare. Run a grid first: python run_experiments.py")
    names = model_names(runs)
    rows = [{"name": names[run.id]} | _row(run, primary) | {"digest": digest_of(run)} for run in runs]
    table = pd.DataFrame(rows)
    table["seed"] = pd.to_numeric(table["seed"]).astype("Int64")  # a notebook without chance in it has none
    order = {digest: position for position, digest in enumerate(digests_by_runs(runs))}
    table["data"] = table["digest"].map(order).fillna(len(order))
    table = table.sort_values(["data", f"validation_{primary}"], ascending=[True, False], kind="stable")
    ranked = table["status"] == "done"
    table.insert(0, "rank", (table[ranked].groupby("data").cumcount() + 1).reindex(table.index).astype("Int64"))
    return table.drop(columns=["data", "digest"]).reset_index(drop=True)


def digest_of(run: Run) -> str | None:
    """The digest of the data that the run's model was made on; None for a run that logged no model."""
    return run.dataset_digest if run.status is Status.DONE and run.model is not None else None


def digests_by_runs(runs: Sequence[Run]) -> list[str]:
    """The digests of the data, that of the most runs first."""
    return [digest for digest, _ in Counter(filter(None, map(digest_of, runs))).most_common()]


def model_names(runs: Sequence[Run]) -> dict[str, str]:
    """Each run in a few words for legends, by its id: the family, and what tells it from the notebook's other runs.

    Runs that differ by their seed alone have one name.
    """
    stated: dict[str, list[dict[str, Any]]] = {}
    for run in runs:
        stated.setdefault(run.notebook, []).append(_varied(run))
    names = {}
    for run in runs:
        siblings = stated[run.notebook]
        family = run.model or (run.notebook or run.name).lstrip("0123456789_")
        settings = [
            # A word such as "glove" says what it is; a number, or what the siblings do not state, does not.
            value if isinstance(value, str) and all(name in other for other in siblings) else f"{name} {value}"
            for name, value in _varied(run).items()
            if any(name not in other or other[name] != value for other in siblings)
        ]
        names[run.id] = family.replace("_", " ") + (f" ({', '.join(settings)})" if settings else "")
    return names


def unique_names(runs: Sequence[Run]) -> dict[str, str]:
    """The names of `model_names` with what else tells two runs of one model apart: the seed, then the run's id."""
    names = model_names(runs)
    for told in (lambda run: f"seed {seed_of(run)}", lambda run: run.id[:6]):
        counts = Counter(names.values())
        names |= {run.id: f"{names[run.id]}, {told(run)}" for run in runs if counts[names[run.id]] > 1}
    return names


def seed_of(run: Run) -> int:
    """The seed that the run was given; 0 where it was given none."""
    return run.seed or 0


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write `table` as CSV; the file appears only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    table.to_csv(partial, index=False)
    partial.replace(path)


def _varied(run: Run) -> dict[str, Any]:
    return {name: value for name, value in run.parameters.items() if name not in COMMON}


def _row(run: Any, primary: str) -> dict[str, Any]:
    metrics = run.metrics
    return {
        "status": NOTHING_LOGGED if run.status is Status.DONE and run.model is None else run.status.value,
        "notebook": run.notebook,
        "model": run.model or "",
        "run_id": run.id,
        "dataset": run.dataset,
        "seed": run.seed,
        "parameters": json.dumps(_varied(run)),
        **{metric: metrics.get(f"test_{metric}") for metric in TEST_METRICS},
        **{f"{primary}_{end}": metrics.get(f"test_{primary}_{end}") for end in ("low", "high")},
        "group": metrics.get(f"group_{primary}"),
        f"validation_{primary}": metrics.get(f"validation_{primary}"),
        **{name: metrics.get(name) for name in MEASURED},
        "error": run.error,
    }
