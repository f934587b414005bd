"""The reference of a bundle: numbers about the data that its model was trained and validated on.

It holds no text and no picture. Words that fewer than MINIMUM_TEXTS training texts hold are left out, and so are
mentions. The tokens of a text are kept as numbers of buckets that many words share. `reference_file` writes and reads
it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from textlab.data.dataset import Dataset
from textlab.evaluation.classification.predictions import class_indices, probabilities_of
from textlab.evaluation.shift.sample import texts_of
from textlab.evaluation.shift.text_table import TextTable, hashed, text_table
from textlab.evaluation.shift.tokens import FEATURES, is_word
from textlab.export.description import MINIMUM_TEXTS
from textlab.export.measured import Measured, measured_values, missing_shares
from textlab.inputs import kind_of, worded

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MOST_TEXTS = 20_000  # more would make the file larger and hardly any test stronger
MOST_CELLS = 4_000_000  # probabilities kept: 20,000 rows of 200 classes
MOST_TOKENS = 1_000_000  # buckets kept: 20,000 texts of 50 tokens


@dataclass(frozen=True, eq=False)
class Reference:
    """The data that a model was trained and validated on, without a text.

    The texts, lengths, languages, features and words are those of r random training texts, at most MOST_TEXTS. For a
    model that reads no text, r is 0.

    Attributes:
        label_names: the k classes.
        training_texts: the number of all training examples.
        class_shares: float64 (k,), the share of each class among them.
        validation_labels: int32 (v,), the true class of at most MOST_TEXTS random validation examples.
        validation_probabilities: float32 (v, k), the model's probabilities for them.
        validation_words: int32 (u,), the number of distinct words in at most MOST_TEXTS random validation texts.
        validation_unknown: int32 (u,), how many of them are unknown, that is, not in `word_shares`.
        buckets: (b, BUCKETS) sparse, the hashed tokens of the texts; of b random ones if they are long.
        words: int32 (r,), lengths in words.
        characters: int32 (r,), lengths in characters, summed over the model's inputs with words.
        languages: the number of texts in each language, "" for unclear ones.
        features: the number of texts with each surface feature.
        word_shares: the share of texts that hold each word, for words in at least MINIMUM_TEXTS of them.
        measured: the measures of random training values of each input without words, such as pictures.
        missing: the share of training examples in which each input is missing; {} for a model with one input.
    """

    label_names: tuple[str, ...]
    training_texts: int
    class_shares: np.ndarray
    validation_labels: np.ndarray
    validation_probabilities: np.ndarray
    validation_words: np.ndarray
    validation_unknown: np.ndarray
    buckets: "csr_matrix"
    words: np.ndarray
    characters: np.ndarray
    languages: dict[str, int]
    features: dict[str, int]
    word_shares: dict[str, float]
    measured: dict[str, Measured] = field(default_factory=dict)
    missing: dict[str, float] = field(default_factory=dict)


def build_reference(dataset: Dataset, validation: pd.DataFrame, inputs: tuple[str, ...], seed: int = 0) -> Reference:
    """Describe the data that a model was trained and validated on.

    Args:
        dataset: the data.
        validation: the frame of the model's predictions for the validation split, see `predictions_frame`.
        inputs: the columns that the model reads.
        seed: seed of the random parts.
    """
    random = np.random.default_rng(seed)
    with_words = worded(inputs)
    train, validation_texts = (_with_text(frame, with_words) for frame in (dataset.train, dataset.validation))
    train = train.iloc[_some(len(train), MOST_TEXTS, random)]
    sampled = _some(len(validation_texts), MOST_TEXTS, random)
    compared = _table(validation_texts.iloc[sampled], with_words)
    kept = _some(len(validation), min(MOST_TEXTS, MOST_CELLS // len(dataset.label_names)), random)
    predictions = validation.iloc[kept]
    reference = describe_reference(
        dataset.label_names,
        np.asarray(dataset.train["label"]),
        _table(train, with_words),
        train[list(with_words)].map(len).sum(axis=1).to_numpy(dtype=np.int32),
        compared,
        class_indices(predictions, "label"),
        probabilities_of(predictions),
        random,
    )
    others = [name for name in inputs if name not in with_words]
    measured = {name: measured_values(name, dataset.train[name].tolist(), seed) for name in others}
    return replace(reference, measured=measured, missing=missing_shares(dataset.train, inputs))


def _with_text(frame: pd.DataFrame, with_words: Sequence[str]) -> pd.DataFrame:
    """Return the rows that have a text in one of the inputs."""
    blank = pd.Series(True, frame.index)
    for name in with_words:
        blank &= frame[name].map(kind_of(name).is_blank)
    return frame[~blank]


def _table(frame: pd.DataFrame, with_words: Sequence[str]) -> TextTable:
    if frame.empty:
        return text_table([""]).take(np.arange(0))
    return text_table(texts_of(frame, with_words))


def describe_reference(
    label_names: tuple[str, ...],
    training_labels: np.ndarray,
    train: TextTable,
    characters: np.ndarray,
    validation: TextTable,
    validation_labels: np.ndarray,
    validation_probabilities: np.ndarray,
    random: np.random.Generator,
) -> Reference:
    """Make a reference of texts that have been looked at already.

    Args:
        label_names: the k classes.
        training_labels: int (n,), the class of each training text.
        train: r random training texts.
        characters: int32 (r,), their lengths in characters.
        validation: validation texts, for the share of unknown words.
        validation_labels: int (v,), the true classes of validation examples.
        validation_probabilities: float (v, k), the model's probabilities for them.
        random: chooses the texts whose buckets are kept.
    """
    shares = common_words(train)
    kept = _some(len(train), int(MOST_TOKENS * len(train) / max(train.holds.nnz, 1)), random)
    words, unknown = unknown_words(validation, shares)
    return Reference(
        label_names=tuple(label_names),
        training_texts=len(training_labels),
        class_shares=np.bincount(training_labels, minlength=len(label_names)) / len(training_labels),
        validation_labels=np.asarray(validation_labels, dtype=np.int32),
        validation_probabilities=np.asarray(validation_probabilities, dtype=np.float32),
        validation_words=words,
        validation_unknown=unknown,
        buckets=hashed(train.take(kept)),
        words=train.words,
        characters=characters,
        languages=dict(Counter(train.languages.tolist())),
        features=feature_counts(train),
        word_shares=shares,
    )


def token_counts(table: TextTable) -> np.ndarray:
    """Return the number of texts that have each token: int (t,)."""
    return np.bincount(table.holds.indices, minlength=len(table.tokens))


def common_words(table: TextTable) -> dict[str, float]:
    """Return the share of texts that hold each word or sign, of those in at least MINIMUM_TEXTS texts."""
    counts = token_counts(table)
    common = [index for index in np.flatnonzero(counts >= MINIMUM_TEXTS) if is_word(table.tokens[index])]
    return {str(table.tokens[index]): float(counts[index] / len(table)) for index in common}


def feature_counts(table: TextTable) -> dict[str, int]:
    """Return the number of texts that have each surface feature."""
    found = dict(zip(table.tokens.tolist(), token_counts(table).tolist(), strict=True))
    return {name: found.get(name, 0) for name in FEATURES}


def unknown_words(table: TextTable, known: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Count the distinct words of each text, and how many of them are not in `known`: both int32 (n,)."""
    is_lettered = np.array([token.isalpha() for token in table.tokens], dtype=np.float32)
    is_unknown = np.array([token not in known for token in table.tokens], dtype=np.float32)
    words, unknown = table.holds @ is_lettered, table.holds @ (is_lettered * is_unknown)
    return words.astype(np.int32), unknown.astype(np.int32)


def _some(count: int, most: int, random: np.random.Generator) -> np.ndarray:
    """Choose at most `most` of `count` rows at random, in order."""
    return np.arange(count) if count <= most else np.sort(random.choice(count, max(most, 1), replace=False))
