"""Concerns: reasons to doubt a comparison, or to check the data again."""

from dataclasses import dataclass
from enum import StrEnum


class ConcernKind(StrEnum):
    """The kinds of concerns. The value is the name that people see, for example in tables and tags."""

    NOT_ABOVE_FLOOR = "no model above the floor"
    SCORE_FALL = "scores fall from validation to test"
    SPLIT_SHIFT = "splits from different sources"
    CLASS_SHIFT = "class shares differ between splits"
    LANGUAGE_SHIFT = "languages differ between splits"
    DUPLICATES = "near-duplicates across splits"
    SHORTCUT = "a token gives the label away"
    ID_LEAK = "an id gives the label away"
    SHARED_GROUP = "one author in several splits"
    TIME_ORDER = "splits ignore time"
    LABEL_CONFLICT = "labels disagree between splits"
    NO_SIGNAL = "texts do not predict the labels"
    FEW_TEXTS = "too few texts"
    MISSING_CLASS = "a split lacks a class"
    WIDE_INTERVALS = "intervals wider than every difference"
    ONE_SEED = "one seed"
    TRAINED_TOO_LITTLE = "training ended too early"
    TRUNCATED = "texts longer than a model reads"
    SIMPLE_MODEL = "a simple model is as good"
    KNOWN_QUERIES = "test queries known from training"
    COPIED_QUERIES = "queries copied from documents"
    COPIES = "copies in the data"
    CONTRADICTIONS = "one text with several labels"
    EMPTY = "empty texts or labels"
    UNUSABLE_FILES = "missing or broken files"
    CHANGED_FILES = "files changed when they were read"
    LABEL_NAMES = "labels that look alike"
    LABEL_TYPES = "labels of mixed types"
    DRAWN_SPLIT = "a split was drawn"
    UNKNOWN_IDS = "judgements name unknown ids"
    UNUSUAL_TEXT = "unusual texts"
    NOT_CHECKED = "data not checked"


@dataclass(frozen=True)
class Concern:
    """A reason to doubt a comparison.

    Attributes:
        kind: the kind.
        finding: one to three sentences that state the problem, with the numbers and names that show it.
        advice: one sentence that says what to do about it.
        is_serious: whether the report's answer must state the concern. Other concerns appear in the sections only.
    """

    kind: ConcernKind
    finding: str
    advice: str
    is_serious: bool = True

    @property
    def text(self) -> str:
        """The finding and the advice."""
        return f"{self.finding} {self.advice}"
