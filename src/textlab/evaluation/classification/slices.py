"""Scores on slices: subsets of the examples with a length, a content, a missing input or a tag in common."""

import numpy as np
import pandas as pd

from textlab.evaluation.classification.metrics import decision_metrics, score_of
from textlab.evaluation.classification.predictions import input_columns
from textlab.inputs import kind_of, noun_of

LENGTHS = {"1-10 words": (1, 10), "11-20 words": (11, 20), "21-30 words": (21, 30), "31+ words": (31, np.inf)}

# TweetEval and other anonymised datasets replace each link by a bare "http".
CONTENTS = {
    "hashtag": r"(?<!\w)#\w+",
    "mention": r"(?<!\w)@\w+",
    "link": r"(?i)\bhttps?\b|\bwww\.\w",
    "emoji": "[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2b55]",
    "negation": r"(?i)\b(?:no|not|nor|none|never|neither|nobody|nothing|nowhere|cannot|without|\w+n['’]t"
    r"|(?:ai|ca|could|did|do|does|has|have|is|should|was|were|wo|would)nt)\b",
}


def slice_metrics(predictions: pd.DataFrame, metric: str = "macro_recall") -> pd.DataFrame:
    """Score each slice of the examples: by length in words, by content, by missing input and by tag.

    Macro averages are over the classes that occur in the slice. A score on few examples is mostly chance, so read
    `count` first. Slices overlap, and a slice without examples is left out.

    Args:
        predictions: the frame of `predictions.predictions_frame`.
        metric: a metric of `metrics.classification_metrics` to report beside accuracy and macro F1.

    Returns:
        One row per slice, "all" first: `kind` (all, length, contains, missing, tag), `slice`, `count`,
        `accuracy`, `macro_f1` and, if it differs from both, `metric`.

    Raises:
        ValueError: there is no such metric.
    """
    rows = []
    for kind, name, member in slices_of(predictions):
        if member.any():
            part = predictions[member]
            rows.append({"kind": kind, "slice": name, "count": len(part), **_scores(part, metric)})
    return pd.DataFrame(rows)


def _scores(part: pd.DataFrame, metric: str) -> dict[str, float]:
    scores = decision_metrics(part)
    if metric not in scores:
        scores[metric] = score_of(part, metric)
    return {name: scores[name] for name in ("accuracy", "macro_f1", metric)}


def slices_of(predictions: pd.DataFrame) -> list[tuple[str, str, pd.Series]]:
    """List the slices: the kind, the name and which rows belong to it (bool), "all" first. A slice may be empty."""
    slices = [("all", "all", pd.Series(True, predictions.index))]
    if "text" in predictions:
        slices += _slices_of_texts(predictions["text"].astype(str))
    slices += _slices_without_an_input(predictions)
    if "tags" in predictions:
        tags = predictions["tags"].fillna("").astype(str).str.split().map(set)
        for tag in sorted(set().union(*tags)):
            slices.append(("tag", tag, tags.map(lambda tags_of_text, tag=tag: tag in tags_of_text)))
    return slices


def _slices_of_texts(texts: pd.Series) -> list[tuple[str, str, pd.Series]]:
    words = texts.map(lambda text: len(text.split()))
    slices = [("length", name, words.between(*limits)) for name, limits in LENGTHS.items()]
    return slices + [("contains", name, texts.str.contains(rule)) for name, rule in CONTENTS.items()]


def _slices_without_an_input(predictions: pd.DataFrame) -> list[tuple[str, str, pd.Series]]:
    """List a slice for each of several inputs: the examples that lack it."""
    inputs = input_columns(predictions)
    return [
        ("missing", f"no {noun_of(name)}", predictions[name].fillna("").map(kind_of(name).is_blank))
        for name in inputs
        if len(inputs) > 1
    ]
