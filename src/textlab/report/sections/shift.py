"""Whether the splits come from the same source."""

from textlab.report.findings import Findings
from textlab.report.html import Fragment, sentences


def splits(findings: Findings) -> Fragment:
    """Show the section."""
    return sentences(findings.dataset_problem or "Nothing to show.")
