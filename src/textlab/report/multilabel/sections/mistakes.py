"""The examples whose labels are most wrong."""

import pandas as pd

from textlab.evaluation.multilabel.label_scores import worst_examples
from textlab.evaluation.multilabel.predictions import input_columns, predicted_of, truth_of
from textlab.report.html import Fragment, render, sentences, stacked
from textlab.report.multilabel.findings import MultilabelFindings
from textlab.report.shown_examples import Card, ShownExamples

SHOWN = 10  # number of shown examples of the champion
COMMON = 5  # number of shown examples that all models get wrong


def mistakes(findings: MultilabelFindings) -> Fragment:
    """Show the champion's worst examples, and those that every model gets wrong."""
    frame, champion, noun = findings.champion_entry.test, findings.champion.name, findings.comparison.noun
    wrong, shown = worst_examples(frame, len(frame)), ShownExamples(input_columns(frame))
    parts = [(f"Worst {noun} of {champion} ({len(wrong):,} have a wrong label)", _cards(wrong.head(SHOWN), shown))]
    if len(findings.drawn) > 1:
        ids = set.intersection(*(_wrong_ids(each) for each in findings.drawn.values()))
        common = wrong[[row in ids for row in wrong.index]]
        heading = f"Wrong in all {len(findings.drawn)} models ({len(common):,} {noun})"
        parts.append((heading, _cards(common.head(COMMON), shown)))
    return stacked(render("cards", parts=parts), sentences(*filter(None, [shown.note]), kind="note"))


def _wrong_ids(frame: pd.DataFrame) -> set[str]:
    return set(frame.loc[(truth_of(frame) != predicted_of(frame)).any(axis=1), "id"])


def _cards(rows: pd.DataFrame, shown: ShownExamples) -> list[Card]:
    cards = []
    for row in rows.reset_index().to_dict("records"):
        labels = f"labelled {row['labels']}; predicted {row['predicted']}"
        cards.append(Card(shown.values(row, f"Example {row['id']}, {labels}"), labels))
    return cards
