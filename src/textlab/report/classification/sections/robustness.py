"""Behavioural tests: failure rates by phenomenon, and examples of failures."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from textlab.evaluation import figures
from textlab.evaluation.behaviour import capability_table, failure_examples
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Field, Fragment, picture, render, sentences, stacked, table
from textlab.report.sections.run_links import run_link, run_name
from textlab.report.shown_examples import Card, Value

NOT_TESTED = "No exported model could be tested."


def capabilities(findings: ClassificationFindings) -> Fragment:
    """Show the failure rates: one row per test, one column per model."""
    if findings.behaviour.left_out:
        return sentences(findings.behaviour.left_out)
    not_tested = [f"{name} was not tested. {reason}" for name, reason in findings.behaviour.not_tested.items()]
    results = findings.behaviour.results
    if not results:
        return sentences(NOT_TESTED, *not_tested)
    rates: dict[tuple[str, str], dict[str, Any]] = {}
    for row in capability_table(results).to_dict("records"):
        rates.setdefault((row["phenomenon"], row["kind"]), {})[row["model"]] = row
    rows = [
        [Field(phenomenon, note=kind), *(_failure_rate(findings, name, by_model[name]) for name in results)]
        for (phenomenon, kind), by_model in rates.items()
    ]
    shown = table(["phenomenon", *(run_name(findings, name) for name in results)], rows)
    return stacked(shown, sentences(*not_tested, kind="note"))


def _failure_rate(findings: ClassificationFindings, name: str, row: Mapping[str, Any]) -> Field:
    interval = f"{100 * row['low']:.0f} to {100 * row['high']:.0f}"
    text = f"{100 * row['failure_rate']:.0f}%"
    return Field(text, run_link(findings, name), shade=row["failure_rate"], note=interval)


def capability_picture(findings: ClassificationFindings) -> Fragment:
    """Draw the failure rates."""
    if findings.behaviour.left_out:
        return sentences(findings.behaviour.left_out)
    if not findings.behaviour.results:
        return sentences(NOT_TESTED)
    return picture(figures.capability_figure(capability_table(findings.behaviour.results)))


def failures(findings: ClassificationFindings) -> Fragment:
    """Show the champion's clearest failure of each test; another model's if the champion could not be tested."""
    results, champion = findings.behaviour.results, findings.champion.name
    if not results:
        return sentences()
    name = champion if champion in results else next(iter(results))
    examples = failure_examples({name: results[name]}, 1)
    cards = [Card([Value(row["text"])], _caption(row), row["original"]) for row in examples.to_dict("records")]
    return render("cards", parts=[(f"Failures of {name}", cards)])


def _caption(row: Mapping[Any, Any]) -> str:
    expected = f"expected {row['expected']}, " if row["expected"] else ""
    probability = "" if pd.isna(row["before"]) else f"; probability {row['before']:.2f} → {row['after']:.2f}"
    return f"{row['phenomenon']} ({row['kind']}): {expected}predicted {row['predicted']}{probability}"
