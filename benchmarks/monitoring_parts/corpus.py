"""Real tweets, looked at and classified once, from which looks are drawn at random."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from textlab import data
from textlab.evaluation.shift.text_table import TextTable, text_table
from textlab.export.reference import Reference, describe_reference
from textlab.monitoring.traffic import Traffic

SOURCES = ("tweet_eval/sentiment", "airline", "air_paradis")
NEGATIVE_SHARE = 0.32  # as in TweetEval's test split
TRAINING, VALIDATION = 12_000, 12_000
FOLDS = 3
C = 2.0


@dataclass(frozen=True, eq=False)
class Draw:
    """A random part of the tweets as the data of a model, and the tweets that are left for its traffic.

    Attributes:
        reference: made of TRAINING and VALIDATION tweets.
        training: rows of the training tweets.
        rest: rows of the tweets that are left, in random order.
        is_negative: whether each of them is negative.
    """

    reference: Reference
    training: np.ndarray
    rest: np.ndarray
    is_negative: np.ndarray

    def traffic_rows(self, size: int, negative_share: float | None, random: np.random.Generator) -> np.ndarray:
        """Draw the rows of traffic, as they come or with a binomial number of negatives."""
        if negative_share is None:
            return self.rest[:size]
        count = int(random.binomial(size, negative_share))
        negatives, others = self.rest[self.is_negative], self.rest[~self.is_negative]
        return np.concatenate([negatives[:count], others[: size - count]])


@dataclass(frozen=True, eq=False)
class Corpus:
    """All tweets of SOURCES, each text once.

    Attributes:
        label_names: the classes of the first source.
        source: int (n,), position in SOURCES.
        labels: int (n,), the classes of the first source; -1 elsewhere.
        probabilities: float32 (n, k), of a logistic regression that has not seen the tweet.
        characters: int32 (n,).
        texts: str (n,).
        table: the texts as arrays.
    """

    label_names: tuple[str, ...]
    source: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    characters: np.ndarray
    texts: np.ndarray
    table: TextTable

    @cached_property
    def base(self) -> np.ndarray:
        """Rows of the first source, of which NEGATIVE_SHARE are negative."""
        random = np.random.default_rng(0)
        own = np.flatnonzero(self.source == 0)
        negatives, others = own[self.labels[own] == 0], own[self.labels[own] > 0]
        kept = round(len(negatives) * (1 - NEGATIVE_SHARE) / NEGATIVE_SHARE)
        return np.concatenate([negatives, random.choice(others, kept, replace=False)])

    def draw(self, seed: int) -> Draw:
        """Split the base at random, so that its parts differ by chance alone."""
        random = np.random.default_rng(seed)
        rows = random.permutation(self.base)
        train, validation, rest = np.split(rows, [TRAINING, TRAINING + VALIDATION])
        reference = describe_reference(
            self.label_names,
            self.labels[train],
            self.table.take(train),
            self.characters[train],
            self.table.take(validation),
            self.labels[validation],
            self.probabilities[validation],
            random,
        )
        return Draw(reference, train, rest, self.labels[rest] == 0)

    def traffic(self, rows: np.ndarray) -> Traffic:
        """Make the traffic in which these tweets came, each from a caller of its own."""
        numbers = np.arange(len(rows))
        return Traffic(
            name="sentiment",
            label_names=self.label_names,
            ids=numbers.astype(str),
            times=numbers.astype(float),
            versions=np.ones(len(rows), dtype=np.int32),
            probabilities=self.probabilities[rows],
            callers=numbers.astype(str),
            characters=self.characters[rows],
            text_rows=numbers,
            texts=self.texts[rows].tolist(),
            skipped={},
        )

    def of_source(self, name: str, size: int, random: np.random.Generator) -> np.ndarray:
        """Draw rows of another source."""
        rows = np.flatnonzero(self.source == SOURCES.index(name))
        return np.asarray(random.choice(rows, size, replace=False))


def load_corpus() -> Corpus:
    """Read, look at and classify all tweets; takes about a minute."""
    datasets = [data.load(name) for name in SOURCES]
    frames = [
        pd.concat([frame for _, frame in dataset.splits()]).assign(source=n) for n, dataset in enumerate(datasets)
    ]
    frame = pd.concat(frames, ignore_index=True)
    table = text_table(frame["text"].tolist())
    rows = np.sort(np.unique(table.series, return_index=True)[1])
    frame, table = frame.iloc[rows].reset_index(drop=True), table.take(rows)
    source = frame["source"].to_numpy()
    labels = np.where(source == 0, frame["label"].to_numpy(), -1)
    return Corpus(
        datasets[0].label_names,
        source,
        labels,
        _probabilities(frame["text"].tolist(), labels),
        frame["text"].str.len().to_numpy(dtype=np.int32),
        frame["text"].to_numpy(dtype=object),
        table,
    )


def _probabilities(texts: list[str], labels: np.ndarray) -> np.ndarray:
    """Classify each tweet by a model that has not seen it: out of fold, or by the mean of the folds without a label."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    features = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True).fit_transform(texts)
    fold = np.where(labels >= 0, np.random.default_rng(0).integers(0, FOLDS, len(labels)), -1)
    probabilities = np.zeros((len(labels), labels.max() + 1), dtype=np.float32)
    for number in range(FOLDS):
        seen = (fold >= 0) & (fold != number)
        model = LogisticRegression(solver="newton-cg", C=C, tol=1e-3).fit(features[seen], labels[seen])
        probabilities[fold == number] = model.predict_proba(features[fold == number])
        probabilities[fold < 0] += model.predict_proba(features[fold < 0]).astype(np.float32) / FOLDS
    return probabilities
