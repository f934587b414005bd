"""What was done to the data."""

from textlab.report.findings import Findings
from textlab.report.html import Fragment, sentences


def preparation(findings: Findings) -> Fragment:
    """Show the section."""
    return sentences(findings.dataset_problem or "Nothing to show.")
