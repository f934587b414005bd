"""The most confident mistakes."""

import pandas as pd

from textlab.evaluation.classification.class_scores import confused_pairs
from textlab.evaluation.classification.predictions import input_columns, most_confident_mistakes, nouns_of
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Fragment, render, sentences, stacked
from textlab.report.shown_examples import Card, ShownExamples

MAXIMUM_SHOWN = 5  # examples per kind of mistake for two classes
MAXIMUM_PER_CLASS = 3  # for more classes
MOST_CLASSES = 12  # with more classes, the most confused pairs are shown in place of every class
MAXIMUM_PAIRS = 10

Part = tuple[str, list[Card]]  # a heading and its examples


def mistakes(findings: ClassificationFindings) -> Fragment:
    """Show the champion's most confident false positives and false negatives, and what every model gets wrong."""
    frame = findings.champion_entry.test
    wrong, shown = most_confident_mistakes(frame, len(frame)), ShownExamples(input_columns(frame))
    is_many = len(findings.label_names) > MOST_CLASSES
    parts = _confused_pairs(frame, wrong, shown) if is_many else _by_class(findings, wrong, shown)
    parts += _common_mistakes(findings, wrong, shown)
    return stacked(render("cards", parts=parts), sentences(*filter(None, [shown.note]), kind="note"))


def _by_class(findings: ClassificationFindings, wrong: pd.DataFrame, shown: ShownExamples) -> list[Part]:
    names, champion, noun = findings.label_names, findings.champion.name, findings.comparison.noun
    is_binary = len(names) == 2
    count = MAXIMUM_SHOWN if is_binary else MAXIMUM_PER_CLASS
    parts: list[Part] = []
    for label in names[-1:] if is_binary else names:
        false_positives, false_negatives = wrong[wrong["predicted"] == label], wrong[wrong["label"] == label]
        parts.append(
            (f"False positives of {champion}: wrongly predicted {label}", _cards(false_positives, count, shown))
        )
        parts.append((f"False negatives of {champion}: {label} {noun} missed", _cards(false_negatives, count, shown)))
    return parts


def _confused_pairs(frame: pd.DataFrame, wrong: pd.DataFrame, shown: ShownExamples) -> list[Part]:
    """Return the most confident mistakes of the most confused pairs of classes."""
    _, noun = nouns_of(frame)
    return [
        (
            f"{pair['label']} {noun} predicted as {pair['predicted']} ({pair['count']:,} of {pair['texts']:,})",
            _cards(wrong[(wrong["label"] == pair["label"]) & (wrong["predicted"] == pair["predicted"])], 3, shown),
        )
        for pair in confused_pairs(frame).head(MAXIMUM_PAIRS).to_dict("records")
    ]


def _common_mistakes(findings: ClassificationFindings, wrong: pd.DataFrame, shown: ShownExamples) -> list[Part]:
    """Return the champion's mistakes that all models make; nothing for a single model."""
    if len(findings.drawn) == 1:
        return []
    common = _wrong_in_all(findings, wrong)
    heading = f"Wrong in all {len(findings.drawn)} models ({len(common):,} {findings.comparison.noun})"
    return [(heading, _cards(common, MAXIMUM_SHOWN, shown))]


def _wrong_in_all(findings: ClassificationFindings, wrong: pd.DataFrame) -> pd.DataFrame:
    """Return the champion's mistakes that every other model in figures makes as well."""
    ids = set(wrong.index)
    for other in findings.drawn.values():
        ids &= set(other.loc[other["label"] != other["predicted"], "id"])
    return wrong[[row in ids for row in wrong.index]]


def _cards(rows: pd.DataFrame, count: int, shown: ShownExamples) -> list[Card]:
    cards = []
    for row in rows.head(count).reset_index().to_dict("records"):
        classes = f"labelled {row['label']}, predicted {row['predicted']}"
        values = shown.values(row, f"Example {row['id']}, {classes}")
        cards.append(Card(values, f"{classes} (probability {row['probability']:.2f})"))
    return cards
