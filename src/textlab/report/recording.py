"""Write the findings to the record, where people can search and compare them."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from textlab.record import annotate, get_run, grid_run, log_figure, log_files
from textlab.report.findings import Findings
from textlab.report.input_gains import gain_table
from textlab.report.label_curves import curve_table
from textlab.report.leaderboard import write_table


def record_findings(findings: Findings) -> None:
    """Log the findings to the compared runs and to the grid's run.

    Runs get the names that they have in the report, and are nested under the grid's run. Metrics of a run:
    test_<metric>_low and test_<metric>_high, group_<metric> (1 ties with the best), and those that the task adds in
    `Findings.measured`. The champion is marked. The grid's run has a tag for each kind of concern.
    """
    champion = findings.champion_entry.run
    with grid_run(
        findings.experiment_name,
        dataset=champion.dataset,
        dataset_digest=champion.dataset_digest,
        primary_metric=findings.primary,
        champion_run=champion.id,
    ) as grid_run_id:
        _log_runs(findings, grid_run_id)
        _log_grid(findings, grid_run_id)


def _log_runs(findings: Findings, grid_run_id: str) -> None:
    measured = findings.measured()
    for run in findings.runs:
        annotate(run, parent=grid_run_id)
    for name, entry in findings.entries.items():
        annotate(entry.run, name=name, is_champion=name == findings.champion.name, metrics=measured[name])


def _log_grid(findings: Findings, grid_run_id: str) -> None:
    row = findings.scores[findings.champion.name]
    scores = {f"champion_test_{name}": row[name] for name in (findings.metric, *findings.task.secondary_metrics)}
    kinds = {concern.kind.name.lower(): concern.is_serious for concern in reversed(findings.concerns)}
    annotate(get_run(grid_run_id), note="\n\n".join(findings.answer), metrics=scores, concerns=kinds)
    _log_files(findings, grid_run_id)


def _log_files(findings: Findings, grid_run_id: str) -> None:
    for name, figure in findings.figures().items():
        log_figure(grid_run_id, figure, name)
    with tempfile.TemporaryDirectory() as scratch:
        tables = {"pairs": findings.comparison.pairs, "intervals": findings.comparison.intervals.reset_index()}
        floors = findings.floor_table.rename_axis("name").reset_index()
        tables["floors"] = floors.assign(dataset=findings.champion_entry.run.dataset)
        tables["answer"] = _answer_table(findings)
        tables["costs"] = findings.costs.rename_axis("model").reset_index()
        if findings.input_gains:
            tables["input_gains"] = gain_table(findings.input_gains)
        if findings.label_curves.curves:
            tables["label_curves"] = curve_table(findings.label_curves.curves)
        for name, content in tables.items():
            write_table(content, Path(scratch) / f"{name}.csv")
        files = [Path(scratch) / f"{name}.csv" for name in tables]
        log_files(grid_run_id, [*files, *findings.write_files(Path(scratch))], "tables")


def _answer_table(findings: Findings) -> pd.DataFrame:
    """Return the first paragraph of the answer, and a row for each serious concern, as `kind` and `text`."""
    rows = [("answer", findings.verdict.headline)]
    rows += [(str(concern.kind), concern.text) for concern in findings.concerns if concern.is_serious]
    return pd.DataFrame(rows, columns=["kind", "text"])


def record_pages(grid_run_id: str, files: Sequence[Path]) -> None:
    """Add the report's files to the grid's run."""
    log_files(grid_run_id, files, "report")
