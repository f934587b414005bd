"""A grid's runs as one table, ranked on validation, and their names."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

TEST_METRICS = ("accuracy", "macro_f1", "macro_recall", "roc_auc", "average_precision", "brier", "ece")
MEASURED = (
    *("fit_seconds", "latency_ms", "latency_p99_ms", "tweets_per_second", "bundle_mb", "memory_mb", "peak_memory_mb"),
)
NOTHING_LOGGED = "nothing logged"  # the notebook ran to its end and called no log_experiment
COMMON = ("dataset", "seed", "primary_metric")


def leaderboard(runs: Sequence[Any], primary: str) -> pd.DataFrame:
    """One row a run, the best on validation first; runs without a model come last, and without a rank.

    Scores on other data cannot be compared: where the runs are on several datasets, each has its own ranks.

    Args:
        runs: MLflow runs, as `tracking.newest_runs` or `tracking.get_runs` give them.
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
    rows = [{"name": names[run.info.run_id]} | _row(run, primary) | {"digest": digest_of(run)} for run in runs]
    table = pd.DataFrame(rows)
    table["seed"] = pd.to_numeric(table["seed"]).astype("Int64")  # a notebook without chance in it has none
    order = {digest: position for position, digest in enumerate(digests_by_runs(runs))}
    table["data"] = table["digest"].map(order).fillna(len(order))
    table = table.sort_values(["data", f"validation_{primary}"], ascending=[True, False], kind="stable")
    ranked = table["status"] == "done"
    table.insert(0, "rank", (table[ranked].groupby("data").cumcount() + 1).reindex(table.index).astype("Int64"))
    return table.drop(columns=["data", "digest"]).reset_index(drop=True)


def digest_of(run: Any) -> str | None:
    """The digest of the data that the run's model was made on; None for a run that logged no model."""
    if run.data.tags.get("textlab.status") != "done" or "textlab.model" not in run.data.tags:
        return None
    return str(run.data.tags["textlab.dataset_digest"])


def digests_by_runs(runs: Sequence[Any]) -> list[str]:
    """The digests of the data, that of the most runs first."""
    return [digest for digest, _ in Counter(filter(None, map(digest_of, runs))).most_common()]


def model_names(runs: Sequence[Any]) -> dict[str, str]:
    """Each run in a few words for legends, by its id: the family, and what tells it from the notebook's other runs.

    Runs that differ by their seed alone have one name.
    """
    stated: dict[str, list[dict[str, Any]]] = {}
    for run in runs:
        stated.setdefault(run.data.tags.get("textlab.notebook", ""), []).append(_varied(run))
    names = {}
    for run in runs:
        siblings = stated[run.data.tags.get("textlab.notebook", "")]
        notebook = run.data.tags.get("textlab.notebook", run.info.run_name)
        family = run.data.tags.get("textlab.model", notebook.lstrip("0123456789_"))
        settings = [
            # A word such as "glove" says what it is; a number, or what the siblings do not state, does not.
            value if isinstance(value, str) and all(name in other for other in siblings) else f"{name} {value}"
            for name, value in _varied(run).items()
            if any(name not in other or other[name] != value for other in siblings)
        ]
        names[run.info.run_id] = family.replace("_", " ") + (f" ({', '.join(settings)})" if settings else "")
    return names


def unique_names(runs: Sequence[Any]) -> dict[str, str]:
    """The names of `model_names` with what else tells two runs of one model apart: the seed, then the run's id."""
    names = model_names(runs)
    for told in (lambda run: f"seed {seed_of(run)}", lambda run: run.info.run_id[:6]):
        counts = Counter(names.values())
        names |= {
            run.info.run_id: f"{names[run.info.run_id]}, {told(run)}"
            for run in runs
            if counts[names[run.info.run_id]] > 1
        }
    return names


def seed_of(run: Any) -> int:
    """The seed that the run was given; 0 where it was given none."""
    return int(parameters_of(run).get("seed", run.data.tags.get("textlab.seed", 0)))


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write `table` as CSV; the file appears only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    table.to_csv(partial, index=False)
    partial.replace(path)


def parameters_of(run: Any) -> dict[str, Any]:
    """What the grid gave to the run's notebook."""
    return dict(json.loads(run.data.tags.get("textlab.parameters", "{}")))


def _varied(run: Any) -> dict[str, Any]:
    return {name: value for name, value in parameters_of(run).items() if name not in COMMON}


def _row(run: Any, primary: str) -> dict[str, Any]:
    tags, metrics = run.data.tags, run.data.metrics
    parameters = parameters_of(run)
    status = tags.get("textlab.status", "unknown")
    return {
        "status": NOTHING_LOGGED if status == "done" and "textlab.model" not in tags else status,
        "notebook": tags.get("textlab.notebook", ""),
        "model": tags.get("textlab.model", ""),
        "run_id": run.info.run_id,
        "dataset": tags.get("textlab.dataset", parameters.get("dataset", "")),
        "seed": parameters.get("seed", tags.get("textlab.seed")),
        "parameters": json.dumps(_varied(run)),
        **{metric: metrics.get(f"test_{metric}") for metric in TEST_METRICS},
        **{f"{primary}_{end}": metrics.get(f"test_{primary}_{end}") for end in ("low", "high")},
        "group": metrics.get(f"group_{primary}"),
        f"validation_{primary}": metrics.get(f"validation_{primary}"),
        **{name: metrics.get(name) for name in MEASURED},
        "error": tags.get("textlab.error", ""),
    }
