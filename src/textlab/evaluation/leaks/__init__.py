"""Leaks and shortcuts: near-duplicates across splits, and tokens, ids, authors and dates that give labels away."""

from dataclasses import dataclass

from textlab.concerns import Concern
from textlab.data.dataset import Dataset
from textlab.evaluation.leaks.authors import Authors, check_authors
from textlab.evaluation.leaks.copies import Copies, find_copies
from textlab.evaluation.leaks.ids import check_ids
from textlab.evaluation.leaks.label_agreement import LabelAgreement, check_labels
from textlab.evaluation.leaks.near_duplicates import NearDuplicates, find_near_duplicates
from textlab.evaluation.leaks.shortcuts import Shortcuts, find_shortcuts
from textlab.evaluation.leaks.time_order import check_time


@dataclass(frozen=True, eq=False)
class Leaks:
    """The leaks and shortcuts in a dataset, and the concerns that follow.

    Attributes:
        near_duplicates: copies of training texts in validation and test; None without texts.
        shortcuts: clues that give a label away; None without texts.
        labels: how well words predict the labels of each split; None without texts.
        copies: copies of training values of inputs other than text, such as pictures.
        authors: texts of one author (or other group) in several splits; None if no column names a group.
        has_time: whether a column states the time of texts.
        concerns: all concerns.
    """

    near_duplicates: NearDuplicates | None = None
    shortcuts: Shortcuts | None = None
    labels: LabelAgreement | None = None
    copies: tuple[Copies, ...] = ()
    authors: Authors | None = None
    has_time: bool = False
    concerns: tuple[Concern, ...] = ()


def find_leaks(dataset: Dataset) -> Leaks:
    """Look for leaks and shortcuts in a dataset. Large splits are sampled with a fixed seed."""
    duplicates, shortcuts, labels = _in_texts(dataset) if "text" in dataset.inputs else (None, None, None)
    copies, authors = find_copies(dataset), check_authors(dataset)
    parts = [found.concerns for found in (duplicates, *copies, shortcuts, labels) if found]
    parts += [check_ids(dataset), authors.concerns if authors else (), check_time(dataset)]
    concerns = tuple(concern for part in parts for concern in part)
    return Leaks(duplicates, shortcuts, labels, copies, authors, "time" in dataset.train, concerns)


def _in_texts(dataset: Dataset) -> tuple[NearDuplicates, Shortcuts, LabelAgreement]:
    duplicates = find_near_duplicates(dataset)
    return duplicates, find_shortcuts(dataset), check_labels(dataset, duplicates.copied)
