"""The question, the data and the answer."""

from collections.abc import Sequence

from textlab.evaluation.choice.wording import metric_text
from textlab.report.findings import Findings
from textlab.report.html import Field, Fragment, number, points, render, sentences, table
from textlab.report.sections.run_links import run_link


def question(findings: Findings, asked: str, test: str) -> Fragment:
    """State the question, the data and the runs.

    Args:
        findings: the findings.
        asked: the question.
        test: what the test split holds.
    """
    entry = findings.champion_entry
    run, noun = entry.run, findings.comparison.noun
    shares = sum(run.training_share < 1 for run in findings.runs)
    failed = len(findings.leaderboard) - len(findings.entries) - len(findings.left_out) - shares
    of_shares = f", {shares} on a share of the training split" if shares else ""
    facts = {
        "Question": asked,
        "Data": f"{run.dataset}, version {run.dataset_version or 'unknown'}",
        "Test": test,
        "Validation": f"{len(entry.validation):,} {noun}, on which every choice is made",
        "Primary metric": f"{metric_text(findings.primary)} on validation; test scores are only reported",
        "Runs": f"{len(findings.entries)} compared{of_shares}" + (f", {failed} without a model" if failed else ""),
    }
    return render("facts", facts=list(facts.items()))


def answer(findings: Findings, further: str, details: Sequence[str] = ()) -> Fragment:
    """Recommend the champion or say why none is recommended, give the reasons, and show the champion's numbers.

    Args:
        findings: the findings.
        further: the metric to show beside the compared one.
        details: paragraphs after those of the verdict.
    """
    name, metric = findings.champion.name, findings.metric
    row, metrics = findings.scores[name], findings.champion_entry.run.metrics
    tiles = [
        (name, "champion, not recommended" if findings.refusal else "champion"),
        (points(row[metric]), f"{metric_text(metric)} on test"),
        (points(row[further]), f"{metric_text(further)} on test"),
        (f"{number(findings.latency_ms[name], 1)} ms", "median latency"),
        (f"{number(metrics.get('bundle_mb'), 1)} MB", "exported model"),
    ]
    link = run_link(findings, name)
    fields = [Field(text, link, note=note) for text, note in tiles]
    verdict = findings.verdict
    return render("answer", verdict=verdict, details=[*verdict.details, *details], tiles=fields)


def concerns(findings: Findings) -> Fragment:
    """List every concern: its kind, what was found, and what to do."""
    if not findings.concerns:
        return sentences("No reason to doubt the answer was found.")
    rows = [
        [
            Field(concern.kind.value, note="serious" if concern.is_serious else "note"),
            *(Field(text, is_number=False) for text in (concern.finding, concern.advice)),
        ]
        for concern in findings.concerns
    ]
    return table(["concern", *(Field(heading, is_number=False) for heading in ("what was found", "what to do"))], rows)
