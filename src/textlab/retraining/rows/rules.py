"""The limits that the checks of new rows use."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """The limits that the checks of new rows use.

    Attributes:
        longest: characters; a longer text is dropped.
        similarity: the smallest Jaccard similarity of the sets of words of two near-copies.
        caller_rows: rows of feedback that one caller may give at most.
        caller_share: the largest share of the feedback that one caller may give...
        caller_free: ... unless it is at most this number of rows.
        newest_share: share of the newly labelled rows that are held out as newest.
        fewest_newest: with fewer newly labelled rows than this, none is held out, because so few could show nothing.
        seed: seed of the split of labelled rows into train and validation.
    """

    longest: int = 10_000
    similarity: float = 0.7
    caller_rows: int = 500
    caller_share: float = 0.1
    caller_free: int = 50
    newest_share: float = 0.2
    fewest_newest: int = 100
    seed: int = 13
