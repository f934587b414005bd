"""A grid's runs as one table, ranked on validation."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from textlab import tracking

TEST_METRICS = ("accuracy", "macro_f1", "macro_recall", "roc_auc", "average_precision", "brier", "ece")
MEASURED = ("fit_seconds", "latency_ms", "tweets_per_second", "bundle_mb")
COMMON = ("dataset", "seed", "primary_metric")


def leaderboard(runs: Sequence[Any]) -> pd.DataFrame:
    """One row a run, the best on validation first; runs that are not done come last, without a rank.

    Args:
        runs: MLflow runs, as `tracking.newest_runs` or `tracking.get_runs` give them.

    Returns:
        A frame with the columns rank, status, notebook, model, run_id, dataset, seed, parameters (what this run was
        given beyond dataset, seed and primary metric), the test metrics, validation_<primary metric>,
        fit_seconds, latency_ms, tweets_per_second, bundle_mb and error.
    """
    primary = primary_metric(runs)
    table = pd.DataFrame([_row(run, primary) for run in runs])
    table = table.sort_values(f"validation_{primary}", ascending=False, kind="stable", na_position="last")
    done = table["status"] == "done"
    table = pd.concat([table[done], table[~done]], ignore_index=True)
    rank = pd.Series(range(1, len(table) + 1), dtype="Int64").where(table["status"] == "done")
    table.insert(0, "rank", rank)
    return table


def primary_metric(runs: Sequence[Any]) -> str:
    """The metric that the runs were asked to be judged by.

    Raises:
        ValueError: there are no runs, or they were asked to be judged by different metrics.
    """
    if not runs:
        raise ValueError("There are no runs to compare. Run a grid first: python run_experiments.py")
    metrics = {_parameters(run).get("primary_metric", "macro_recall") for run in runs}
    if len(metrics) > 1:
        raise ValueError(f"The runs were judged by different metrics: {', '.join(sorted(metrics))}. Compare one grid.")
    return str(metrics.pop())


def model_name(run: Any) -> str:
    """A run in a word or two for legends: the family and what it was given, whatever its seed."""
    family = run.data.tags.get("textlab.model", run.data.tags.get("textlab.notebook", run.info.run_name))
    settings = ", ".join(str(value) for value in _varied(run).values())
    return family.replace("_", " ") + (f" ({settings})" if settings else "")


def best_predictions(runs: Sequence[Any], count: int) -> dict[str, pd.DataFrame]:
    """The test predictions of the `count` best models, best first, by a name for legends.

    Of a model that was run with several seeds the best stands for all. Runs on other test texts than the best run's
    are left out: their scores cannot be compared.

    Raises:
        ValueError: no run is done.
    """
    by_id = {run.info.run_id: run for run in runs}
    table = leaderboard(runs)
    ranked = [by_id[run_id] for run_id in table.loc[table["status"] == "done", "run_id"]]
    if not ranked:
        raise ValueError("No run is done, so there is nothing to compare. Look at the failures in the leaderboard.")
    digest = ranked[0].data.tags["textlab.dataset_digest"]
    best: dict[str, pd.DataFrame] = {}
    for run in ranked:
        name = model_name(run)
        if len(best) < count and name not in best and run.data.tags["textlab.dataset_digest"] == digest:
            best[name] = tracking.load_predictions(run.info.run_id)
    return best


def asked(runs: Sequence[Any]) -> pd.DataFrame:
    """What was compared, on what, and how it is judged: a row a fact."""
    seeds = sorted({_parameters(run).get("seed", 0) for run in runs})
    facts = {
        "runs": f"{len(runs)}, of which {sum(run.data.tags.get('textlab.status') == 'done' for run in runs)} are done",
        "data": ", ".join(sorted({_row(run, "")["dataset"] for run in runs})),
        "digest of the data": ", ".join(
            sorted({run.data.tags.get("textlab.dataset_digest", "") for run in runs} - {""})
        ),
        "judged by": f"{primary_metric(runs)} on validation; test is only reported",
        "seeds": ", ".join(map(str, seeds)),
    }
    return pd.DataFrame({"": facts})


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """The leaderboard for people: fewer columns, rounded, parameters in words, failures with their error."""
    shown = table.copy()
    shown["parameters"] = [
        ", ".join(f"{name}={value}" for name, value in json.loads(text).items()) for text in shown["parameters"]
    ]
    dropped = ["run_id", "notebook"]
    dropped += [name for name in ("status", "dataset", "seed", "error") if shown[name].nunique() == 1]  # says nothing
    return shown.drop(columns=dropped).round(4).set_index("rank")


def slices(predictions: Mapping[str, pd.DataFrame], metric: str) -> pd.DataFrame:
    """`metric` of each model on parts of the test texts: a row a slice, a column a model, and how many texts."""
    from textlab.evaluation.slices import slice_metrics

    tables = {name: slice_metrics(frame, metric).set_index(["kind", "slice"]) for name, frame in predictions.items()}
    counts = next(iter(tables.values()))["count"]
    return pd.DataFrame({"count": counts, **{name: table[metric] for name, table in tables.items()}})


def common_mistakes(predictions: Mapping[str, pd.DataFrame], count: int) -> pd.DataFrame:
    """The texts that every model gets wrong, those first that the best model is surest of."""
    from textlab.evaluation.predictions import most_confident_mistakes

    wrong = {name: most_confident_mistakes(frame, len(frame)) for name, frame in predictions.items()}
    first = next(iter(wrong.values()))
    everywhere = [row for row in first.index if all(row in table.index for table in wrong.values())]
    return first.loc[everywhere[:count], ["text", "label", "predicted", "probability"]].round(3)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write `table` as CSV; the file appears only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    table.to_csv(partial, index=False)
    partial.replace(path)


def _parameters(run: Any) -> dict[str, Any]:
    return dict(json.loads(run.data.tags.get("textlab.parameters", "{}")))


def _varied(run: Any) -> dict[str, Any]:
    return {name: value for name, value in _parameters(run).items() if name not in COMMON}


def _row(run: Any, primary: str) -> dict[str, Any]:
    tags, metrics = run.data.tags, run.data.metrics
    parameters = _parameters(run)
    return {
        "status": tags.get("textlab.status", "unknown"),
        "notebook": tags.get("textlab.notebook", ""),
        "model": tags.get("textlab.model", ""),
        "run_id": run.info.run_id,
        "dataset": tags.get("textlab.dataset", parameters.get("dataset", "")),
        "seed": parameters.get("seed", tags.get("textlab.seed")),
        "parameters": json.dumps(_varied(run)),
        **{metric: metrics.get(f"test_{metric}") for metric in TEST_METRICS},
        f"validation_{primary}": metrics.get(f"validation_{primary}"),
        **{name: metrics.get(name) for name in MEASURED},
        "error": tags.get("textlab.error", ""),
    }
