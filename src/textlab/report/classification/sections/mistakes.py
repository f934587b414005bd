"""The most confident mistakes."""

import pandas as pd

from textlab.evaluation.classification.class_scores import confused_pairs
from textlab.evaluation.classification.predictions import most_confident_mistakes
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Fragment, render

MAXIMUM_SHOWN = 5  # texts per kind of mistake for two classes
MAXIMUM_PER_CLASS = 3  # for more classes
MOST_CLASSES = 12  # with more classes, the most confused pairs are shown in place of every class
MAXIMUM_PAIRS = 10

Part = tuple[str, list[dict[str, str]]]  # a heading and its texts


def mistakes(findings: ClassificationFindings) -> Fragment:
    """Show the champion's most confident false positives and false negatives, and what every model gets wrong."""
    frame, names, champion = findings.champion_entry.test, findings.label_names, findings.champion.name
    wrong = most_confident_mistakes(frame, len(frame))
    if len(names) > MOST_CLASSES:
        return render("tweets", parts=[*_confused_pairs(frame, wrong), *_common_mistakes(findings, wrong)])
    is_binary = len(names) == 2
    count = MAXIMUM_SHOWN if is_binary else MAXIMUM_PER_CLASS
    parts: list[Part] = []
    for label in names[-1:] if is_binary else names:
        false_positives, false_negatives = wrong[wrong["predicted"] == label], wrong[wrong["label"] == label]
        parts.append((f"False positives of {champion}: wrongly predicted {label}", _tweets(false_positives, count)))
        parts.append((f"False negatives of {champion}: {label} texts missed", _tweets(false_negatives, count)))
    return render("tweets", parts=[*parts, *_common_mistakes(findings, wrong)])


def _confused_pairs(frame: pd.DataFrame, wrong: pd.DataFrame) -> list[Part]:
    """Return the most confident mistakes of the most confused pairs of classes."""
    return [
        (
            f"{pair['label']} texts predicted as {pair['predicted']} ({pair['count']:,} of {pair['texts']:,})",
            _tweets(wrong[(wrong["label"] == pair["label"]) & (wrong["predicted"] == pair["predicted"])], 3),
        )
        for pair in confused_pairs(frame).head(MAXIMUM_PAIRS).to_dict("records")
    ]


def _common_mistakes(findings: ClassificationFindings, wrong: pd.DataFrame) -> list[Part]:
    """Return the champion's mistakes that all models make; nothing for a single model."""
    if len(findings.drawn) == 1:
        return []
    common = _wrong_in_all(findings, wrong)
    heading = f"Wrong in all {len(findings.drawn)} models ({len(common):,} texts)"
    return [(heading, _tweets(common, MAXIMUM_SHOWN))]


def _wrong_in_all(findings: ClassificationFindings, wrong: pd.DataFrame) -> pd.DataFrame:
    """Return the champion's mistakes that every other model in figures makes as well."""
    ids = set(wrong.index)
    for other in findings.drawn.values():
        ids &= set(other.loc[other["label"] != other["predicted"], "id"])
    return wrong[[row in ids for row in wrong.index]]


def _tweets(rows: pd.DataFrame, count: int) -> list[dict[str, str]]:
    return [
        {
            "original": "",
            "text": row["text"],
            "caption": f"labelled {row['label']}, predicted {row['predicted']} (probability {row['probability']:.2f})",
        }
        for row in rows.head(count).to_dict("records")
    ]
