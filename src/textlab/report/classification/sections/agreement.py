"""How often two models predict the same class."""

from textlab.evaluation.classification.agreement import agreement_sentence, agreement_table
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Field, Fragment, sentences, stacked, table
from textlab.report.sections.run_links import run_link, run_name


def agreement(findings: ClassificationFindings) -> Fragment:
    """Show the share of test texts for which two models predict the same class."""
    if len(findings.drawn) == 1:
        return sentences("There is only one model, so there is no agreement to measure.")
    names = list(findings.drawn)
    shares = agreement_table(findings.drawn).to_numpy()
    largest_difference = (1 - shares.min()) or 1.0
    rows = []
    for row, first in enumerate(names):
        fields = [
            Field(
                "" if first == second else f"{100 * shares[row, column]:.0f}%",
                run_link(findings, second),
                shade=0.7 * float(1 - shares[row, column]) / largest_difference,
            )
            for column, second in enumerate(names)
        ]
        rows.append([run_name(findings, first), *fields])
    shown = table(["model", *(run_name(findings, name) for name in names)], rows)
    return stacked(sentences(agreement_sentence(findings.drawn)), shown)
