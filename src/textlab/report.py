"""A grid's runs as one table, ranked on validation."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from textlab import tracking

TEST_METRICS = ("accuracy", "macro_f1", "macro_recall", "roc_auc", "average_precision", "brier", "ece")
MEASURED = ("fit_seconds", "latency_ms", "tweets_per_second", "bundle_mb")
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
        parameters (what this run was given beyond dataset, seed and primary metric), the test metrics,
        validation_<primary metric>, fit_seconds, latency_ms, tweets_per_second, bundle_mb and error.

    Raises:
        ValueError: there are no runs.
    """
    if not runs:
        raise ValueError("There are no runs to compare. Run a grid first: python run_experiments.py")
    names = model_names(runs)
    rows = [{"name": names[run.info.run_id]} | _row(run, primary) | {"digest": _digest(run)} for run in runs]
    table = pd.DataFrame(rows)
    order = {digest: position for position, digest in enumerate(_digests_by_runs(runs))}
    table["group"] = table["digest"].map(order).fillna(len(order))
    table = table.sort_values(["group", f"validation_{primary}"], ascending=[True, False], kind="stable")
    ranked = table["status"] == "done"
    table.insert(0, "rank", (table[ranked].groupby("group").cumcount() + 1).reindex(table.index).astype("Int64"))
    return table.drop(columns=["group", "digest"]).reset_index(drop=True)


def _digest(run: Any) -> str | None:
    """The digest of the data that the run's model was made on; None for a run that logged no model."""
    if run.data.tags.get("textlab.status") != "done" or "textlab.model" not in run.data.tags:
        return None
    return str(run.data.tags["textlab.dataset_digest"])


def _digests_by_runs(runs: Sequence[Any]) -> list[str]:
    """The digests of the data, that of the most runs first."""
    return [digest for digest, _ in Counter(filter(None, map(_digest, runs))).most_common()]


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
            str(value)
            for name, value in _varied(run).items()
            if any(name not in other or other[name] != value for other in siblings)
        ]
        names[run.info.run_id] = family.replace("_", " ") + (f" ({', '.join(settings)})" if settings else "")
    return names


def best_predictions(runs: Sequence[Any], primary: str, count: int) -> dict[str, pd.DataFrame]:
    """The test predictions of the `count` best models, best first, by a name for legends.

    Of a model that was run with several seeds the best stands for all. Of several datasets the one with the most runs
    is taken: scores on other texts cannot be compared.

    Raises:
        ValueError: no run is done.
    """
    comparable = {run.info.run_id for run in _comparable(runs)}
    best: dict[str, pd.DataFrame] = {}
    table = leaderboard(runs, primary)
    for run_id, name in zip(table["run_id"], table["name"], strict=True):
        if run_id in comparable and len(best) < count and name not in best:
            best[name] = tracking.load_predictions(run_id)
    return best


def over_seeds(runs: Sequence[Any], primary: str) -> pd.DataFrame:
    """Each model's `primary` metric over its seeds: a row a model, the best mean on validation first.

    Of several datasets the one with the most runs is taken.

    Returns:
        Columns seeds (how many), validation (mean), test (mean), spread (standard deviation of test, NaN for one seed),
        lowest and highest (on test).

    Raises:
        ValueError: no run is done.
    """
    names = model_names(runs)
    rows = [
        {
            "model": names[run.info.run_id],
            "validation": run.data.metrics.get(f"validation_{primary}"),
            "test": run.data.metrics.get(f"test_{primary}"),
        }
        for run in _comparable(runs)
    ]
    table = (
        pd.DataFrame(rows)
        .groupby("model")
        .agg(
            seeds=("test", "size"),
            validation=("validation", "mean"),
            test=("test", "mean"),
            spread=("test", "std"),
            lowest=("test", "min"),
            highest=("test", "max"),
        )
    )
    return table.sort_values("validation", ascending=False, kind="stable")


def _comparable(runs: Sequence[Any]) -> list[Any]:
    """The runs that are done, on the one dataset with the most of them.

    Raises:
        ValueError: no run is done.
    """
    digests = _digests_by_runs(runs)
    if not digests:
        raise ValueError("No run is done, so there is nothing to compare. Look at the failures in the leaderboard.")
    return [run for run in runs if _digest(run) == digests[0]]


def asked(runs: Sequence[Any], primary: str) -> pd.DataFrame:
    """What was compared, on what, and how it is judged: a row a fact."""
    seeds = sorted({_parameters(run).get("seed", 0) for run in runs})
    facts = {
        "runs": f"{len(runs)}, of which {sum(_digest(run) is not None for run in runs)} are done",
        "data": ", ".join(sorted({_row(run, "")["dataset"] for run in runs})),
        "digest of the data": ", ".join(
            sorted({run.data.tags.get("textlab.dataset_digest", "") for run in runs} - {""})
        ),
        "judged by": f"{primary} on validation; test is only reported",
        "seeds": ", ".join(map(str, seeds)),
    }
    return pd.DataFrame({"": facts})


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """The leaderboard for people: fewer columns, rounded, each run by its name, failures with their error."""
    shown = table.copy()
    dropped = ["run_id", "notebook", "model", "parameters"]
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
        f"validation_{primary}": metrics.get(f"validation_{primary}"),
        **{name: metrics.get(name) for name in MEASURED},
        "error": tags.get("textlab.error", ""),
    }
