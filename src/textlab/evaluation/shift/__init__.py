"""Shift: whether two samples of texts come from the same source, and what differs between them.

sample         a sample of texts, such as a split or the traffic of a week
shift          the comparison of two samples
splits         the comparison of a dataset's splits
findings       the concerns that follow, in sentences
separability   how well a classifier tells two samples apart
movements      words, features and lengths that moved
class_shares   the classes
languages      the languages; stop_words holds their function words
tokens         the words and features of a text
"""

from textlab.evaluation.shift.sample import Sample
from textlab.evaluation.shift.shift import Shift, compare_samples
from textlab.evaluation.shift.splits import SplitShifts, compare_splits

__all__ = ["Sample", "Shift", "SplitShifts", "compare_samples", "compare_splits"]
