"""Leaks and shortcuts: near-duplicates across splits, and tokens, ids, authors and dates that give labels away."""

from dataclasses import dataclass

from textlab.concerns import Concern
from textlab.data.dataset import Dataset
from textlab.evaluation.leaks.authors import Authors, check_authors
from textlab.evaluation.leaks.ids import check_ids
from textlab.evaluation.leaks.label_agreement import LabelAgreement, check_labels
from textlab.evaluation.leaks.near_duplicates import NearDuplicates, find_near_duplicates
from textlab.evaluation.leaks.shortcuts import Shortcuts, find_shortcuts
from textlab.evaluation.leaks.time_order import check_time


@dataclass(frozen=True, eq=False)
class Leaks:
    """The leaks and shortcuts in a dataset, and the concerns that follow.

    Attributes:
        near_duplicates: copies of training texts in validation and test.
        shortcuts: clues that give a label away.
        labels: how well words predict the labels of each split.
        authors: texts of one author (or other group) in several splits; None if no column names a group.
        has_time: whether a column states the time of texts.
        concerns: all concerns.
    """

    near_duplicates: NearDuplicates | None = None
    shortcuts: Shortcuts | None = None
    labels: LabelAgreement | None = None
    authors: Authors | None = None
    has_time: bool = False
    concerns: tuple[Concern, ...] = ()


def find_leaks(dataset: Dataset) -> Leaks:
    """Look for leaks and shortcuts in a dataset. Large splits are sampled with a fixed seed."""
    if "text" not in dataset.inputs:
        return Leaks()
    duplicates, shortcuts = find_near_duplicates(dataset), find_shortcuts(dataset)
    labels, authors = check_labels(dataset, duplicates.copied), check_authors(dataset)
    parts = (duplicates.concerns, shortcuts.concerns, labels.concerns, check_ids(dataset))
    author_concerns = authors.concerns if authors else ()
    concerns = tuple(concern for part in (*parts, author_concerns, check_time(dataset)) for concern in part)
    return Leaks(duplicates, shortcuts, labels, authors, "time" in dataset.train, concerns)
