"""All runs of a grid in one table, ranked on validation, and the names of runs."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.evaluation.tasks import Task, task
from textlab.paths import replacing
from textlab.record import Run, Status

MEASURED = (
    *("fit_seconds", "latency_ms", "latency_p99_ms", "tweets_per_second", "bundle_mb", "memory_mb", "peak_memory_mb"),
)
FLOOR = "floor"  # the status of a row that is no run
NOTHING_LOGGED = "nothing logged"  # the notebook finished without calling log_experiment
COMMON = ("dataset", "seed", "primary_metric")


def leaderboard(runs: Sequence[Run], primary: str) -> pd.DataFrame:
    """Tabulate runs, the best on validation first; runs that are no candidates come last and have no rank.

    Scores on different data cannot be compared, so each dataset has its own ranks.

    Args:
        runs: from `record.runs` or `record.get_runs`.
        primary: the primary metric, which decides on validation.

    Returns:
        One row per run. Columns: rank, name (see `model_names`), status, notebook, model, run_id, dataset, seed,
        inputs (only if the models read different ones), parameters (without dataset, seed and primary metric), the
        task's metrics on test, <primary>_low and
        <primary>_high (the interval on test), group (see `pairwise.groups`), validation_<primary>, the columns of
        `MEASURED`, training_notes and error. Interval and group are empty until a report has been written.

    Raises:
        ValueError: there are no runs.
    """
    if not runs:
        raise ValueError("There are no runs to compare. Run a grid first: python -m textlab run")
    names, of_grid = model_names(runs), task_of(runs)
    rows = [{"name": names[run.id]} | _row(run, primary, of_grid) | {"digest": digest_of(run)} for run in runs]
    table = pd.DataFrame(rows)
    table["seed"] = pd.to_numeric(table["seed"]).astype("Int64")  # a deterministic notebook has no seed
    table["group"] = pd.to_numeric(table["group"]).astype("Int64")
    order = {digest: position for position, digest in enumerate(digests_by_runs(runs))}
    table["data"] = table["digest"].map(order).fillna(len(order))
    table = table.sort_values(["data", f"validation_{primary}"], ascending=[True, False], kind="stable")
    ranked = table["digest"].notna()
    table.insert(0, "rank", (table[ranked].groupby("data").cumcount() + 1).reindex(table.index).astype("Int64"))
    same = table.loc[table["model"] != "", "inputs"].nunique() < 2
    return table.drop(columns=["data", "digest", *(["inputs"] if same else [])]).reset_index(drop=True)


def with_floors(table: pd.DataFrame, floors: Path) -> pd.DataFrame:
    """Add a row for each floor below the runs. It has no rank.

    Args:
        table: the leaderboard.
        floors: the file floors.csv that `recording.record_findings` logs.
    """
    rows = pd.read_csv(floors)
    known = rows[[column for column in rows if column in table]].assign(status=FLOOR)
    blank = dict.fromkeys(("notebook", "model", "run_id", "inputs", "parameters", "training_notes", "error"), "")
    added = known.assign(**blank).reindex(columns=table.columns).astype(object)
    return pd.concat([table.astype(object), added], ignore_index=True).astype(table.dtypes.to_dict())


def digest_of(run: Run) -> str | None:
    """Return the digest of the run's data; None for a run that is no candidate, see `Run.is_candidate`."""
    return run.dataset_digest if run.is_candidate else None


def digests_by_runs(runs: Sequence[Run]) -> list[str]:
    """List the digests of the runs' data, the most frequent first."""
    return [digest for digest, _ in Counter(filter(None, map(digest_of, runs))).most_common()]


def model_names(runs: Sequence[Run]) -> dict[str, str]:
    """Name each run by its model family and the parameters that differ from the notebook's other runs.

    The names, by the runs' ids, are short enough for legends. Runs that differ only in the seed have the same name.
    """
    varied: dict[str, list[dict[str, Any]]] = {}
    for run in runs:
        varied.setdefault(run.notebook, []).append(_varied(run))
    names = {}
    for run in runs:
        siblings = varied[run.notebook]
        family = run.model or (run.notebook or run.name).lstrip("0123456789_")
        settings = [
            # A word such as "glove" needs no parameter name. Numbers need one, and so do parameters that siblings lack
            # and a word among numbers, such as "auto".
            value if all(isinstance(other.get(name), str) for other in siblings) else f"{name} {value}"
            for name, value in _varied(run).items()
            if any(name not in other or other[name] != value for other in siblings)
        ]
        names[run.id] = family.replace("_", " ") + (f" ({', '.join(settings)})" if settings else "")
    return names


def unique_names(runs: Sequence[Run]) -> dict[str, str]:
    """Add the seed to the names of `model_names` if two runs share one, then the run's id if that does not suffice."""
    names = model_names(runs)
    for suffix in (lambda run: f"seed {seed_of(run)}", lambda run: run.id[:6]):
        counts = Counter(names.values())
        names |= {run.id: f"{names[run.id]}, {suffix(run)}" for run in runs if counts[names[run.id]] > 1}
    return names


def task_of(runs: Sequence[Run]) -> Task:
    """Return the task of a grid's runs: that of the runs with a model, because a failure may state none."""
    return task(next((run.task for run in runs if run.model is not None), runs[0].task))


def seed_of(run: Run) -> int:
    """Return the run's seed; 0 if it has none."""
    return run.seed or 0


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write `table` as CSV; the file appears only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        table.to_csv(partial, index=False)


def _varied(run: Run) -> dict[str, Any]:
    share = {"training share": run.training_share} if run.training_share < 1 else {}
    return {name: value for name, value in run.parameters.items() if name not in COMMON} | share


def _row(run: Run, primary: str, of_grid: Task) -> dict[str, Any]:
    metrics = run.metrics
    return {
        "status": NOTHING_LOGGED if run.status is Status.DONE and run.model is None else run.status.value,
        "notebook": run.notebook,
        "model": run.model or "",
        "run_id": run.id,
        "dataset": run.dataset,
        "seed": run.seed,
        "inputs": ",".join(run.inputs) if run.model else "",
        "parameters": json.dumps(_varied(run)),
        **{metric: metrics.get(f"test_{metric}") for metric in of_grid.leaderboard_metrics},
        **{f"{primary}_{end}": metrics.get(f"test_{primary}_{end}") for end in ("low", "high")},
        "group": metrics.get(f"group_{primary}"),
        f"validation_{primary}": metrics.get(f"validation_{primary}"),
        **{name: metrics.get(name) for name in MEASURED},
        "training_notes": " ".join(run.training_notes),
        "error": run.error,
    }
