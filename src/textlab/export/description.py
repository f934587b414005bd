"""A description of the training data without any of its examples, for comparison with later data."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from textlab.data.multilabel_dataset import indicator
from textlab.export.measured import measured_values
from textlab.inputs import kind_of, worded

REMOVED = r"@\w+|https?:\S+"  # mentions and links are private
WORD = r"[^\W\d_]+(?:'[^\W\d_]+)*"
COMMON_WORDS = 200
DECILES = np.linspace(0, 1, 11)
MINIMUM_TEXTS = 5  # a rarer word could identify the author
SIGNS = {"mention": "@[A-Za-z0-9_]", "hashtag": "#[^ ]", "link": "https?:/"}


def describe(train: pd.DataFrame, label_names: Sequence[str], inputs: Sequence[str]) -> dict[str, Any]:
    """Describe the training data: its size, the share of each class or label, and each input.

    Args:
        train: the training split, with `label` or `labels`.
        label_names: the classes or labels, in order.
        inputs: the columns to describe.

    Returns:
        The number of examples under "texts", "class_shares" or "label_shares", and the description of the first input.
        Descriptions of further inputs are under "inputs", by name. Inputs with words come first.
    """
    has = indicator(train["labels"], len(label_names)) if "labels" in train else None
    shares = (
        [(train["label"] == label).mean() for label in range(len(label_names))] if has is None else has.mean(axis=0)
    )
    first, *others = [*worded(inputs), *(name for name in inputs if kind_of(name).traits)]
    reference = {
        "texts": len(train),
        "class_shares" if has is None else "label_shares": dict(zip(label_names, map(float, shares), strict=True)),
        **_describe(first, train[first]),
    }
    return reference | ({"inputs": {name: _describe(name, train[name]) for name in others}} if others else {})


def _describe(name: str, values: pd.Series) -> dict[str, Any]:
    if not kind_of(name).traits:
        return _describe_strings(values)
    measured = measured_values(name, values.tolist())
    deciles = {trait: np.quantile(each, DECILES).tolist() for trait, each in measured.traits.items() if len(each)}
    return {"measured": len(measured), "forms": dict(Counter(measured.forms.tolist())), "traits_deciles": deciles}


def _describe_strings(texts: pd.Series) -> dict[str, Any]:
    """Deciles of length, the share of texts with each sign, and the shares of the most common words."""
    return {
        "characters_deciles": texts.str.len().quantile(DECILES).tolist(),
        "words_deciles": texts.map(lambda words: len(words.split())).quantile(DECILES).tolist(),
        "share_with": {name: float(texts.str.contains(pattern, regex=True).mean()) for name, pattern in SIGNS.items()},
        "words": {"removed": REMOVED, "word": WORD, "shares": word_shares(texts.tolist())},
    }


def word_shares(texts: Sequence[str]) -> dict[str, float]:
    """Return the share of texts that contain each of the most common words, in lower case, most common first."""
    held = (set(re.findall(WORD, re.sub(REMOVED, " ", text.lower()))) for text in texts)
    counts = Counter(word for words in held for word in sorted(words))
    common = [(word, count) for word, count in counts.most_common(COMMON_WORDS) if count >= MINIMUM_TEXTS]
    return {word: count / len(texts) for word, count in common}
