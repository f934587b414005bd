"""Calibration: reliability diagram, and temperature scaling."""

from textlab.evaluation import figures
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Field, Fragment, number, picture, table
from textlab.report.sections.run_links import run_link, run_name

HEADINGS = {"ece": "expected calibration error", "brier": "Brier score", "log_loss": "log loss"}


def reliability(findings: ClassificationFindings) -> Fragment:
    """Draw the reliability diagram."""
    return picture(figures.reliability_figure(findings.drawn))


def calibration(findings: ClassificationFindings) -> Fragment:
    """Show calibration before and after temperature scaling."""
    rows = []
    for name, row in findings.calibration.iterrows():
        texts = [number(row["temperature"], 2)]
        texts += [f"{row[f'{metric}_before']:.3f} → {row[f'{metric}_after']:.3f}" for metric in HEADINGS]
        link = run_link(findings, str(name))
        rows.append([run_name(findings, str(name)), *(Field(text, link) for text in texts)])
    return table(["model", "temperature", *HEADINGS.values()], rows)
