"""The link from a number to the MLflow run that it comes from."""

from textlab.record.pages import run_page
from textlab.report.findings import Findings
from textlab.report.html import Field
from textlab.report.input_gains import plurals


def run_link(findings: Findings, name: str) -> str:
    """Return the address of a run's page, by the run's name in the report."""
    return run_page(findings.entries[name].run)


def run_name(findings: Findings, name: str) -> Field:
    """Make a field with a run's name, linked to its page."""
    return Field(name, run_link(findings, name))


def model_heading(findings: Findings, name: str) -> Field:
    """Make a heading with a run's name, linked to its page, and what its model reads."""
    return Field(name, run_link(findings, name), note=reads(findings, name))


def reads(findings: Findings, name: str) -> str:
    """Return what the model of a run reads, if the runs read different inputs: "reads texts and pictures"."""
    if len(findings.best_by_inputs) < 2:
        return ""
    return f"reads {plurals(findings.entries[name].run.inputs)}"
