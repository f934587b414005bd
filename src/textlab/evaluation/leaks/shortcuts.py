"""Shortcuts: clues that give a label away, so that a model need not read the rest of a text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.dataset import Dataset
from textlab.evaluation.leaks.clues import NUMBERS, clue_matrix, numbers
from textlab.evaluation.leaks.company import keeps_company
from textlab.evaluation.leaks.samples import sampled
from textlab.evaluation.leaks.words_model import predicted, word_features

MOST_TEXTS = 6_000  # texts of a split that are searched
MOST_CLASSES = 30  # classes whose numbers are tested
MOST_TESTED = 4  # candidates whose other words are tested; each costs one fit
LEAST_TEXTS, LEAST_PEERS = 15, 5  # texts with a clue, and with a word that it is compared with
LEAST_RECALL = 0.1  # six public datasets hold no word with a precision above 0.85 and a recall above 0.13
COMMON = 0.2  # recall from which a clue may have the larger odds
LONE_RECALL, LONE = 0.5, 0.4  # a clue this common is a shortcut if the next clue of its class has this share of it
EVERYWHERE, NEARLY = 0.9, 0.8  # the same for a clue that nearly all texts of a class have
NEXT = 0.5  # the same for other clues
RARE_ODDS, COMMON_ODDS, EVERYWHERE_ODDS = (
    0.03,
    0.1,
    0.2,
)  # largest share of other classes among texts with the clue, relative to all texts
SAME = 0.8  # share of texts that two clues have in common if they are one mark
GAIN = 0.1  # a clue's precision minus the accuracy that the other words of the same texts reach
ODDS_OF_TIES = 0.3  # largest odds of a clue that must hold in test as well
TIE_RECALL = 0.15
SEPARATION = 0.9  # macro recall of one number
_PLAIN = re.compile(r"the (token|words) '[^\W\d_]+( [^\W\d_]+)?'")
COLUMNS = ("clue", "label", "texts", "precision", "recall", "others", "test_precision", "test_recall")


@dataclass(frozen=True, eq=False)
class Shortcuts:
    """Shortcuts in a dataset.

    Attributes:
        table: a row per shortcut: the clue, the label, the training texts with the clue, the share of them that has the
            label (`precision`), the share of the label's texts that has the clue (`recall`), the accuracy of a model
            that reads the other words of these texts (`others`; not a number if not measured), and precision and
            recall in test.
        concerns: the concerns that follow.
    """

    table: pd.DataFrame
    concerns: tuple[Concern, ...]


def find_shortcuts(dataset: Dataset) -> Shortcuts:
    """Look for a clue that gives a label away, in all splits or in training alone."""
    train, test = sampled(dataset.train, MOST_TEXTS), sampled(dataset.test, MOST_TEXTS)
    both = pd.concat([train, test])
    is_train = np.arange(len(both)) < len(train)
    names, matrix = clue_matrix(both["text"].tolist(), max(LEAST_PEERS, len(train) // 300))
    labels = both["label"].to_numpy()
    table = _counted(names, matrix[is_train], labels[is_train], matrix[~is_train], labels[~is_train])
    telling = _distinct(table[_is_telling(table) | _is_broken(table)], matrix[is_train])
    lonely = telling.assign(next=_next_recalls(telling, table, matrix[is_train]))
    lonely = lonely[lonely["next"] <= lonely["recall"].map(_most_next)]
    tested = _with_other_words(lonely.head(MOST_TESTED), train, matrix[is_train])
    tested = tested[_is_lone(tested) | (tested["precision"] - tested["others"] >= GAIN)]
    tested = tested[~_is_word_among_words(tested, table, matrix[is_train], labels[is_train])]
    tested["label"] = np.array(dataset.label_names, dtype=object)[tested["class"].to_numpy(dtype=int)]
    found = tested[list(COLUMNS)].reset_index(drop=True)
    concerns = [_concern(row) for row in found.to_dict("records")]
    return Shortcuts(found, (*concerns, *_separating_numbers(train, dataset.label_names)))


def _counted(names: np.ndarray, train: Any, labels: np.ndarray, test: Any, test_labels: np.ndarray) -> pd.DataFrame:
    """Count each clue in training and test: a row per clue, for the class that it speaks for most."""
    classes = np.arange(max(labels.max(), test_labels.max()) + 1)
    is_class, is_test_class = (values[:, None] == classes for values in (labels, test_labels))
    counts, test_counts = train.T @ is_class.astype(int), test.T @ is_test_class.astype(int)
    totals, test_totals = counts.sum(axis=1), test_counts.sum(axis=1)
    shares = is_class.mean(axis=0)
    best = (counts / np.maximum(totals, 1)[:, None] / np.maximum(shares, 1e-9)).argmax(axis=1)
    row = np.arange(len(best))
    table = pd.DataFrame({"clue": names, "column": row, "class": best, "texts": totals})
    table["hits"], table["test_hits"] = counts[row, best], test_counts[row, best]
    table["test_texts"] = test_totals
    table["of_class"], table["test_of_class"] = is_class.sum(axis=0)[best], is_test_class.sum(axis=0)[best]
    table["precision"] = table["hits"] / table["texts"].clip(lower=1)
    table["recall"] = table["hits"] / table["of_class"].clip(lower=1)
    table["test_precision"] = (table["test_hits"] / table["test_texts"]).where(table["test_texts"] > 0)
    table["test_recall"] = (table["test_hits"] / table["test_of_class"]).where(table["test_of_class"] > 0)
    table["prior"] = shares[best]
    # Half a text more in the other classes, so that few texts prove little.
    table["odds"] = (1 - table["precision"] + 0.5 / table["texts"].clip(lower=1)) / (1 - table["prior"])
    return table


def _is_telling(table: pd.DataFrame) -> pd.Series:
    is_common = (table["recall"] >= COMMON) & (table["odds"] <= COMMON_ODDS)
    is_rare = (table["recall"] >= LEAST_RECALL) & (table["odds"] <= RARE_ODDS)
    is_everywhere = (table["recall"] >= EVERYWHERE) & (table["odds"] <= EVERYWHERE_ODDS)
    return (table["texts"] >= LEAST_TEXTS) & (is_common | is_rare | is_everywhere)


def _is_broken(table: pd.DataFrame) -> pd.Series:
    """Say which clues speak for a class in training, and are rare in that class or speak for others in test."""
    is_tie = (table["recall"] >= TIE_RECALL) & (table["odds"] <= ODDS_OF_TIES)
    pooled = (table["hits"] + table["test_hits"]) / (table["of_class"] + table["test_of_class"]).clip(lower=1)
    variance = pooled * (1 - pooled) * (1 / table["of_class"] + 1 / table["test_of_class"].clip(lower=1))
    z = (table["recall"] - table["test_recall"]) / np.sqrt(variance.clip(lower=1e-12))
    is_gone = (z > 5) & (table["test_recall"] < 0.5 * table["recall"])
    error = np.sqrt(0.25 / table["test_texts"].clip(lower=1))
    is_reversed = table["test_precision"] + 3 * error < table["precision"] - 0.2
    return (table["texts"] >= LEAST_TEXTS) & is_tie & (is_gone | is_reversed)


def _distinct(table: pd.DataFrame, matrix: Any) -> pd.DataFrame:
    """Of clues that the same texts have, keep the plainest; the clues with most texts come first."""
    is_sign = ~table["clue"].str.contains(r"the token '[@#]?\w", regex=True)
    ordered = table.assign(is_sign=is_sign, length=table["clue"].str.len())
    order = ["hits", "is_sign", "length", "clue"]
    ordered = ordered.sort_values(order, ascending=[False, True, True, True], kind="stable")
    kept: list[int] = []
    sets: list[set[int]] = []
    for position, column in enumerate(ordered["column"]):
        rows = set(matrix[:, column].nonzero()[0])
        if all(len(rows & other) < SAME * min(len(rows), len(other)) for other in sets):
            kept.append(position)
            sets.append(rows)
    return ordered.iloc[kept]


def _next_recalls(telling: pd.DataFrame, table: pd.DataFrame, matrix: Any) -> list[float]:
    """Return the recall of the next token of each clue's class that other texts have.

    A class with a topic has many words of similar frequency. A mark stands alone.
    """
    tokens = table[table["clue"].str.startswith("the token") & (table["odds"] <= ODDS_OF_TIES)]
    found = []
    for column, label, recall in zip(telling["column"], telling["class"], telling["recall"], strict=True):
        rows = matrix[:, [column]].toarray().ravel()
        peers = tokens[(tokens["class"] == label) & (tokens["column"] != column)]
        together = np.asarray(matrix[:, peers["column"].to_numpy()].T @ rows)
        texts = peers["texts"].to_numpy()
        is_same = together / (rows.sum() + texts - together) > SAME
        # Tokens that stand beside the clue belong to it, so they do not count.
        is_other = (together / texts < recall + 0.7 * (1 - recall)) | (recall > EVERYWHERE)
        found.append(float(peers["recall"].to_numpy()[is_other & ~is_same].max(initial=0.0)))
    return found


def _most_next(recall: float) -> float:
    """Return the largest recall of the next token beside a clue that stands alone."""
    return (NEARLY if recall >= EVERYWHERE else NEXT) * recall


def _is_lone(table: pd.DataFrame) -> pd.Series:
    """Say which clues are shortcuts even if other words of the same texts lead to the same class."""
    is_lone = (table["recall"] >= LONE_RECALL) & (table["next"] <= LONE * table["recall"])
    return is_lone | (table["recall"] >= EVERYWHERE)


def _is_word_among_words(tested: pd.DataFrame, table: pd.DataFrame, matrix: Any, labels: np.ndarray) -> np.ndarray:
    """Say which clues are plain words, not in most texts of their class, that keep company with other words."""
    tokens = matrix[:, table.loc[table["clue"].str.startswith("the token '"), "column"].to_numpy()]
    found = []
    for clue, column, label, recall in zip(
        *(tested[name] for name in ("clue", "column", "class", "recall")), strict=True
    ):
        if recall >= LONE_RECALL or not _PLAIN.fullmatch(clue):
            found.append(False)
            continue
        rows = np.flatnonzero(labels == label)
        has = matrix[rows][:, [column]].toarray().ravel() > 0
        found.append(keeps_company(has, tokens[rows]))
    return np.array(found, dtype=bool)


def _with_other_words(table: pd.DataFrame, train: pd.DataFrame, matrix: Any) -> pd.DataFrame:
    """Add how well the other words of the texts with a clue predict its class.

    A model fitted on the texts without the clue predicts the texts with the clue, so that the clue itself says nothing.
    A real word of a topic stands among other words of the topic, which lead to the same class.
    """
    if table.empty:
        return table.assign(others=[])
    features, labels = word_features(train["text"].tolist()), train["label"].to_numpy()
    others = []
    for column, label in zip(table["column"], table["class"], strict=True):
        has = matrix[:, column].toarray().ravel() > 0
        is_known = (labels[~has] == label).any()
        others.append(
            float((predicted(features[~has], labels[~has], features[has]) == label).mean()) if is_known else 0
        )
    return table.assign(others=others)


def _concern(row: dict[Any, Any]) -> Concern:
    finding = (
        f"Of {row['texts']:,} training texts with {row['clue']}, {100 * row['precision']:.0f}% are labelled "
        f"'{row['label']}', and {100 * row['recall']:.0f}% of the texts of that class have this mark."
    )
    return Concern(
        ConcernKind.SHORTCUT,
        f"{finding} {_in_test(row)}",
        "Remove the mark from the texts, or check that future texts have it for the same reason.",
    )


def _in_test(row: dict[Any, Any]) -> str:
    precision, recall = row["test_precision"], row["test_recall"]
    if recall != recall or recall < 0.5 * row["recall"]:
        share = 0.0 if recall != recall else 100 * recall
        return f"In test, the shortcut is gone: {share:.0f}% of the texts of that class have the mark."
    if precision < row["precision"] - 0.2:
        return f"In test, the shortcut does not hold: the share of the class falls to {100 * precision:.0f}%."
    return f"In test, the mark gives the label away too ({100 * precision:.0f}%)."


def _separating_numbers(train: pd.DataFrame, names: tuple[str, ...]) -> list[Concern]:
    """Look for one number, such as the length or a date, that tells one of the largest classes from the others."""
    measured, labels = numbers(train["text"].tolist()), train["label"].to_numpy()
    largest = np.sort(np.argsort(-np.bincount(labels), kind="stable")[:MOST_CLASSES])
    concerns = []
    for name, phrase in NUMBERS.items():
        has = measured[name].notna().to_numpy()
        if has.mean() < 0.5 or len(np.unique(labels[has])) < 2:
            continue
        values = measured.loc[has, name].to_numpy()
        recalls = [separation(values, (labels[has] == label).astype(int), 2) for label in largest]
        if max(recalls) >= SEPARATION:
            found = names[largest[int(np.argmax(recalls))]]
            finding = (
                f"One number gives the label away: {phrase} alone tells class '{found}' from "
                f"the others with a macro recall of {100 * max(recalls):.0f} (out of fold)."
            )
            advice = (
                "Find out why the classes differ in this number, and collect the texts of all classes in the same way."
            )
            concerns.append(Concern(ConcernKind.SHORTCUT, finding, advice))
    return concerns


def separation(values: Sequence[float] | np.ndarray, labels: np.ndarray, classes: int) -> float:
    """Return the macro recall that cutting one number into a few ranges reaches out of fold."""
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    counts = np.bincount(labels)
    if (counts > 0).sum() < 2 or counts[counts > 0].min() < 3:
        return 0.0
    tree = DecisionTreeClassifier(max_leaf_nodes=classes + 1, class_weight="balanced", min_samples_leaf=5)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    found = cross_val_predict(tree, np.asarray(values, dtype=float)[:, None], labels, cv=folds)
    return float(balanced_accuracy_score(labels, found))
