"""Authors, or other groups, whose texts stand in several splits or give a label away."""

from dataclasses import dataclass

import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.dataset import Dataset

SHARED = 0.05  # share of a split's texts by authors of train
ONE_AUTHOR = 0.5  # share of a class that one author wrote
EXCLUSIVE = 0.95  # share of an author's texts in one class
FEWEST = 10  # texts


@dataclass(frozen=True, eq=False)
class Authors:
    """Groups, such as authors.

    Attributes:
        table: a row per split: `texts`, `authors`, `shared` (texts by an author of train) and their `share`.
        concerns: the concerns that follow.
    """

    table: pd.DataFrame
    concerns: tuple[Concern, ...]


def check_authors(dataset: Dataset) -> Authors | None:
    """Count the texts by authors of train in each split; None if no column names a group."""
    if "group" not in dataset.train or dataset.train["group"].isna().all():
        return None
    known = set(dataset.train["group"].dropna())
    rows = {}
    for split, frame in dataset.splits():
        shared = 0 if split == "train" else int(frame["group"].isin(known).sum())
        rows[split] = (len(frame), frame["group"].nunique(), shared, shared / len(frame))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["texts", "authors", "shared", "share"])
    return Authors(table, (*_shared(table), *_one_author(dataset)))


def _shared(table: pd.DataFrame) -> list[Concern]:
    worst = str(table["share"].idxmax())
    row = table.loc[worst]
    if row["share"] < SHARED or row["shared"] < FEWEST:
        return []
    finding = (
        f"Some authors occur in several splits: {row['shared']:,.0f} of {row['texts']:,.0f} {worst} texts "
        f"({100 * row['share']:.0f}%) are by authors who also wrote training texts, so a model may know them."
    )
    return [
        Concern(
            ConcernKind.SHARED_GROUP, finding, "Split by author: name the column of authors with the option group=."
        )
    ]


def _one_author(dataset: Dataset) -> list[Concern]:
    """Name a class that one author wrote in large part, and no other class."""
    counts = pd.crosstab(dataset.train["group"], dataset.train["label"])
    of_author = counts.sum(axis=1).to_numpy()
    found = []
    for label in range(len(dataset.label_names)):
        by_author = counts[label].to_numpy()
        first = by_author.argmax()
        share = by_author[first] / by_author.sum()
        is_exclusive = by_author[first] >= EXCLUSIVE * of_author[first]
        if len(counts) > 1 and share >= ONE_AUTHOR and is_exclusive and by_author.sum() >= FEWEST:
            finding = (
                f"One author gives the label away: {100 * share:.0f}% of the training texts of class "
                f"'{dataset.label_names[label]}' are by one author, who wrote hardly any text of another class."
            )
            advice = "Collect this class from more authors, because a model may learn the author instead of the class."
            found.append(Concern(ConcernKind.SHARED_GROUP, finding, advice))
    return found
