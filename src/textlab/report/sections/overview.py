"""The question, the data and the answer."""

from collections.abc import Sequence

import pandas as pd

from textlab.evaluation.choice.wording import metric_text
from textlab.report.findings import Findings
from textlab.report.html import Field, Fragment, number, points, render, sentences, table
from textlab.report.sections.run_links import run_link
from textlab.wording import listed

MOST_CLASSES = 12  # with more classes, they are not named one by one


def question(findings: Findings) -> Fragment:
    """State the question, the data and the runs."""
    entry = findings.champion_entry
    run, shares = entry.run, entry.test["label"].value_counts(normalize=True)
    failed = len(findings.leaderboard) - len(findings.entries) - len(findings.left_out)
    facts = {
        "Question": _question(findings),
        "Data": f"{run.dataset}, version {run.dataset_version or 'unknown'}",
        "Test": f"{len(entry.test):,} texts: " + _class_shares(shares, findings.label_names),
        "Validation": f"{len(entry.validation):,} texts, on which every choice is made",
        "Primary metric": f"{metric_text(findings.primary)} on validation; test scores are only reported",
        "Runs": f"{len(findings.entries)} compared" + (f", {failed} without a model" if failed else ""),
    }
    return render("facts", facts=list(facts.items()))


def _question(findings: Findings) -> str:
    models, classes = list(findings.representatives), _named(findings.label_names)
    if len(models) == 1:
        return f"How well does {findings.champion_entry.model} separate {classes}?"
    return f"Which of {len(models)} models best separates {classes}?"


def _named(classes: Sequence[str]) -> str:
    if len(classes) <= MOST_CLASSES:
        return listed(classes)
    return f"{len(classes):,} classes, such as {classes[0]} and {classes[1]}"


def _class_shares(shares: pd.Series, classes: Sequence[str]) -> str:
    """Return the share of each class; of many classes, that of the largest and the smallest."""
    if len(classes) <= MOST_CLASSES:
        return ", ".join(f"{100 * shares.get(label, 0):.0f}% {label}" for label in classes)
    known = shares.reindex(list(classes), fill_value=0).sort_values(ascending=False, kind="stable")
    largest, smallest = (f"{100 * known.iloc[place]:.2g}% {known.index[place]}" for place in (0, -1))
    return f"{len(classes):,} classes, from {largest} to {smallest}"


def answer(findings: Findings) -> Fragment:
    """Recommend the champion or say why none is recommended, give the reasons, and show the champion's numbers."""
    name, metric = findings.champion.name, findings.metric
    row, metrics = findings.scores[name], findings.champion_entry.run.metrics
    tiles = [
        (name, "champion, not recommended" if findings.refusal else "champion"),
        (points(row[metric]), f"{metric_text(metric)} on test"),
        (points(row["accuracy"]), "accuracy on test"),
        (f"{number(findings.latency_ms[name], 1)} ms", "median latency"),
        (f"{number(metrics.get('bundle_mb'), 1)} MB", "exported model"),
    ]
    verdict, details = findings.verdict, list(findings.verdict.details)
    if metric != findings.primary:
        details.append(
            f"The primary metric, {metric_text(findings.primary)}, depends on more than the predicted classes, so it "
            f"has no interval. Intervals and tests refer to {metric_text(metric)}."
        )
    link = run_link(findings, name)
    fields = [Field(text, link, note=note) for text, note in tiles]
    return render("answer", verdict=verdict, details=details, tiles=fields)


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
