"""Figures for notebooks and reports.

curves        ROC and precision-recall curves, from each model's predictions
confusion     confusion matrices, from each model's predictions; of many classes, the most confused pairs
deciding      risk-coverage curve and cost curve, from each model's predictions
label_decisions  of several labels per text: found, missed and wrongly predicted
co_occurrence labels that occur together
reliability   calibration, from each model's predictions
ranks         share of queries by the rank of their first good document
learning      the learning curve of one training run
label_curve   score by the number of training examples
kinds         scores by kind of request
intervals     scores with intervals, from a comparison
pareto        score against latency
capabilities  failure rates on behavioural tests
exploration   a dataset before any model: classes, lengths, characteristic words, coverage
linguistics   parts of speech and named entities in each class
attribution   which words moved a prediction
examples      examples with their pictures
occlusion     which patches of a picture and which words moved a prediction
importance    the words whose permutation lowers a score most
word_space    word vectors in two dimensions
style         sizes, colours and wording that all figures share

A figure's title is a finding computed from its numbers, or a question. `figure.get_suptitle()` returns it, for instance
as the alternative text of an image. The figures do not use pyplot: nothing stays open, and no display is needed. A
notebook shows a figure that is the last value of a code cell.
"""

from textlab.evaluation.figures.attribution import attribution_figure
from textlab.evaluation.figures.capabilities import capability_figure
from textlab.evaluation.figures.co_occurrence import co_occurrence_figure
from textlab.evaluation.figures.confusion import confusion_figure
from textlab.evaluation.figures.curves import precision_recall_figure, rare_class_figure, roc_figure
from textlab.evaluation.figures.deciding import cost_curve_figure, risk_coverage_figure
from textlab.evaluation.figures.examples import examples_figure
from textlab.evaluation.figures.exploration import (
    balance_figure,
    coverage_figure,
    length_figure,
    telling_words_figure,
)
from textlab.evaluation.figures.importance import importance_figure
from textlab.evaluation.figures.intervals import interval_figure
from textlab.evaluation.figures.kinds import kind_figure
from textlab.evaluation.figures.label_curve import label_curve_figure
from textlab.evaluation.figures.label_decisions import label_decisions_figure
from textlab.evaluation.figures.learning import drawable, learning_curve_figure
from textlab.evaluation.figures.linguistics import class_shares_figure
from textlab.evaluation.figures.occlusion import occlusion_figure
from textlab.evaluation.figures.pareto import pareto_figure
from textlab.evaluation.figures.ranks import rank_figure
from textlab.evaluation.figures.reliability import reliability_figure
from textlab.evaluation.figures.word_space import word_space_figure

__all__ = [
    "attribution_figure",
    "balance_figure",
    "capability_figure",
    "class_shares_figure",
    "co_occurrence_figure",
    "confusion_figure",
    "cost_curve_figure",
    "coverage_figure",
    "drawable",
    "examples_figure",
    "importance_figure",
    "interval_figure",
    "kind_figure",
    "label_curve_figure",
    "label_decisions_figure",
    "learning_curve_figure",
    "length_figure",
    "occlusion_figure",
    "pareto_figure",
    "precision_recall_figure",
    "rank_figure",
    "rare_class_figure",
    "reliability_figure",
    "risk_coverage_figure",
    "roc_figure",
    "telling_words_figure",
    "word_space_figure",
]
