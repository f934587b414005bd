"""Small samples of made-up texts and probabilities, of which the parts differ by chance alone."""

import numpy as np

from textlab.evaluation.shift.text_table import text_table
from textlab.export.reference import describe_reference
from textlab.monitoring.traffic import Traffic

LABELS = ("negative", "neutral", "positive")
VOCABULARY = np.array([first + second + third for first in "btkmrs" for second in "aeiou" for third in "bdglnst"])
FREQUENCIES = 1 / np.arange(3, 3 + len(VOCABULARY))


def make_texts(count, random, words=(5, 15)):
    """Texts of frequent and rare words, without meaning."""
    chosen = random.choice(VOCABULARY, (count, words[1]), p=FREQUENCIES / FREQUENCIES.sum())
    return [" ".join(row[: random.integers(*words)]) for row in chosen]


def make_outputs(count, random, shares=(0.3, 0.4, 0.3), sharpness=2.0):
    """True classes, and the probabilities of a model that knows them a little."""
    labels = random.choice(len(shares), count, p=np.array(shares) / sum(shares))
    evidence = random.normal(size=(count, len(shares))) + sharpness * np.eye(len(shares))[labels]
    odds = np.exp(evidence)
    return labels, (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)


def make_reference(seed=0, texts=2_000, training=None):
    """A reference of made-up texts, or of the given training texts."""
    random = np.random.default_rng(seed)
    training = make_texts(texts, random) if training is None else training
    validation = make_texts(texts, random)
    labels, probabilities = make_outputs(texts, random)
    return describe_reference(
        LABELS,
        labels[: len(training)],
        text_table(training),
        np.array([len(text) for text in training], dtype=np.int32),
        text_table(validation),
        labels,
        probabilities,
        random,
    )


def make_traffic(texts, probabilities, callers=None):
    """The traffic in which these texts came, each from a caller of its own unless callers are given."""
    numbers = np.arange(len(probabilities))
    known = texts if isinstance(texts, list) else []
    characters = [len(text) for text in known] if known else texts
    return Traffic(
        name="sentiment",
        label_names=LABELS,
        ids=numbers.astype(str),
        times=numbers.astype(float),
        versions=np.ones(len(numbers), dtype=np.int32),
        probabilities=probabilities,
        callers=numbers.astype(str) if callers is None else np.asarray(callers),
        characters=np.asarray(characters, dtype=np.int32),
        text_rows=numbers if known else numbers[:0],
        texts=known,
        skipped={},
    )
