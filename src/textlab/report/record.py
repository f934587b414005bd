"""The findings in MLflow: names and scores one can search and set side by side, and the grid's own run."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from textlab import tracking
from textlab.evaluation import figures
from textlab.evaluation.behaviour import capability_table
from textlab.report.findings import Findings
from textlab.report.leaderboard import write_table


def record(findings: Findings) -> None:
    """Log the comparison to its runs and to the grid's run, which they are put below.

    Every run is named as on the page. Metrics of a run: test_<metric>_low and _high, group_<metric> (1 cannot be told
    apart from the best), temperature, memory_mb, fails_<phenomenon>_<kind> (shares of the behavioural tests). The
    champion has the tag textlab.champion.
    """
    tags = findings.champion_entry.run.data.tags
    about = {"dataset": tags["textlab.dataset"], "dataset_digest": tags["textlab.dataset_digest"]}
    about |= {"primary_metric": findings.primary, "champion_run": findings.champion_entry.run.info.run_id}
    with tracking.grid_run(findings.experiment_name, **about) as grid_run_id:
        _log_runs(findings, grid_run_id)
        _log_grid(findings, grid_run_id)


def _log_runs(findings: Findings, grid_run_id: str) -> None:
    client, measured = tracking.client(), _metrics(findings)
    for run in findings.runs:
        if tracking.PARENT not in run.data.tags:
            client.set_tag(run.info.run_id, tracking.PARENT, grid_run_id)
    for name, entry in findings.entries.items():
        run_id = entry.run.info.run_id
        if entry.run.info.run_name != name:
            client.update_run(run_id, name=name)
        client.set_tag(run_id, "textlab.champion", str(name == findings.champion.name).lower())
        logged = entry.run.data.metrics
        tracking.log_metrics(run_id, {key: value for key, value in measured[name].items() if logged.get(key) != value})


def _log_grid(findings: Findings, grid_run_id: str) -> None:
    client = tracking.client()
    client.set_tag(grid_run_id, "mlflow.note.content", "\n\n".join(findings.answer))
    row = findings.scores[findings.champion.name]
    scores = (findings.metric, "accuracy", "macro_f1")
    tracking.log_metrics(grid_run_id, {f"champion_test_{name}": row[name] for name in scores})
    _log_files(findings, grid_run_id)


def _metrics(findings: Findings) -> dict[str, dict[str, float]]:
    """What each run is given, by its name."""
    measured: dict[str, dict[str, float]] = {name: {} for name in findings.entries}
    for name, row in findings.scores.items():
        measured[name] |= {f"test_{end}": value for end, value in row.items() if end.endswith(("_low", "_high"))}
        measured[name][f"group_{findings.metric}"] = row["group"]
    for model, temperature in findings.calibration["temperature"].items():
        measured[str(model)]["temperature"] = float(temperature)
    for name, trial in findings.trials.items():
        measured[name]["memory_mb"] = trial.memory_mb
    if findings.behaviour:
        for tested in capability_table(findings.behaviour).to_dict("records"):
            test = f"fails_{tested['phenomenon']}_{tested['kind']}".replace(" ", "_")
            measured[tested["model"]][test] = float(tested["failure_rate"])
    return measured


def _log_files(findings: Findings, grid_run_id: str) -> None:
    client = tracking.client()
    drawn = {"intervals": figures.interval_figure(findings.comparison)}
    if findings.quality_and_latency["latency_ms"].notna().any():
        drawn["pareto"] = figures.pareto_figure(findings.quality_and_latency, findings.metric)
    if findings.behaviour:
        drawn["capabilities"] = figures.capability_figure(capability_table(findings.behaviour))
    for name, figure in drawn.items():
        client.log_figure(grid_run_id, figure, f"figures/{name}.png", save_kwargs={"dpi": 150, "bbox_inches": "tight"})
    with tempfile.TemporaryDirectory() as scratch:
        tables = {"pairs": findings.comparison.pairs, "intervals": findings.comparison.intervals.reset_index()}
        tables["costs"] = findings.costs.rename_axis("model").reset_index()
        for name, content in tables.items():
            write_table(content, Path(scratch) / f"{name}.csv")
            client.log_artifact(grid_run_id, str(Path(scratch) / f"{name}.csv"), "tables")


def log_pages(grid_run_id: str, files: Sequence[Path]) -> None:
    """Add the report's files to the grid's run."""
    for path in files:
        tracking.client().log_artifact(grid_run_id, str(path), "report")
