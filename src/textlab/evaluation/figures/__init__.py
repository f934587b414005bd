"""Figures of one model or of several: each takes a mapping from a model's name to its predictions.

Those of `exploration` are of a dataset before any model: they take the frames of `textlab.data.exploring.exploration`.
That of `word_space` is of a table of word vectors, that of `attribution` of the words of some texts, that of
`intervals` of a comparison, that of `capabilities` of a table of failure rates, that of `pareto` of scores and
latencies.

A figure's title states what it shows, computed from its numbers; `figure.get_suptitle()` reads it, for
instance as the alternative text of a picture. Figures are made without pyplot: nothing stays open, no screen
is needed, and one that stands last in a notebook's cell is shown there.
"""

from textlab.evaluation.figures.attribution import attribution_figure
from textlab.evaluation.figures.capabilities import capability_figure
from textlab.evaluation.figures.confusion import confusion_figure
from textlab.evaluation.figures.curves import precision_recall_figure, roc_figure
from textlab.evaluation.figures.exploration import (
    balance_figure,
    coverage_figure,
    length_figure,
    telling_words_figure,
)
from textlab.evaluation.figures.intervals import interval_figure
from textlab.evaluation.figures.learning import drawable, learning_curve_figure
from textlab.evaluation.figures.pareto import pareto_figure
from textlab.evaluation.figures.reliability import reliability_figure
from textlab.evaluation.figures.word_space import word_space_figure

__all__ = [
    "attribution_figure",
    "balance_figure",
    "capability_figure",
    "confusion_figure",
    "coverage_figure",
    "drawable",
    "interval_figure",
    "learning_curve_figure",
    "length_figure",
    "pareto_figure",
    "precision_recall_figure",
    "reliability_figure",
    "roc_figure",
    "telling_words_figure",
    "word_space_figure",
]
