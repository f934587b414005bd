"""Calibration: reliability diagram, and what calibration has changed."""

import pandas as pd

from textlab.evaluation import figures
from textlab.models.calibration import NONE, VECTOR, Calibration
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Field, Fragment, number, picture, table
from textlab.report.sections.run_links import run_link, run_name

WHEN = ("before", "after")
HEADINGS = {"ece": "expected calibration error", "brier": "Brier score", "log_loss": "log loss"}


def reliability(findings: ClassificationFindings) -> Fragment:
    """Draw the reliability diagram."""
    return picture(figures.reliability_figure(findings.drawn))


def calibration(findings: ClassificationFindings) -> Fragment:
    """Show the errors of the probabilities on test, without and with the calibration that the models serve."""
    rows = []
    for name, row in findings.calibration.iterrows():
        link = run_link(findings, str(name))
        fields = [
            Field(_method(findings.calibrations[str(name)]), link),
            *(_change(row, each, link) for each in HEADINGS),
        ]
        rows.append([run_name(findings, str(name)), *fields, Field(number(row["ece_by_chance"]), link)])
    headings = ["model", "calibration", *HEADINGS.values(), "error by chance"]
    return table(headings, rows)


def _method(calibration: Calibration) -> str:
    if calibration.method in (NONE, VECTOR):
        return calibration.method
    return f"temperature {number(calibration.temperature, 2)}"


def _change(row: pd.Series, measure: str, link: str) -> Field:
    """Return a field with the value before and after, and their intervals below, each in a line."""
    before, after = (row[f"{measure}_{when}"] for when in ("before", "after"))
    intervals = [f"[{number(row[f'{measure}_{when}_low'])}, {number(row[f'{measure}_{when}_high'])}]" for when in WHEN]
    if before == after:
        return Field(number(after), link, note=intervals[1])
    return Field(f"{number(before)} → {number(after)}", link, note=" →\n".join(intervals))
