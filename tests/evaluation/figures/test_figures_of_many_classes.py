"""Figures of forty classes stay small: they show the classes that matter most, and say so."""

import numpy as np
import pandas as pd
import pytest

from textlab.data.dataset import Dataset
from textlab.data.exploring.exploration import corpus, largest_classes, length_quantiles
from textlab.data.exploring.vocabulary import frequent_words, telling_words, word_counts
from textlab.evaluation.figures import (
    balance_figure,
    confusion_figure,
    length_figure,
    precision_recall_figure,
    reliability_figure,
    roc_figure,
    telling_words_figure,
)

CLASSES = 40
NAMES = tuple(f"{number:02d} first-line supervisors of office workers" for number in range(CLASSES))


def title_of(figure):
    return figure.get_suptitle().replace("\n", " ")


def legend_of(figure):
    return [text.get_text().replace("\n", " ") for text in figure.legends[0].get_texts()]


@pytest.fixture
def forty(predict):
    """Make predictions for six texts of each class: all right, but class 7 is taken for class 8 four times."""

    def make(wrong=4):
        labels = np.arange(6 * CLASSES) % CLASSES
        predicted = labels.copy()
        predicted[np.flatnonzero(labels == 7)[:wrong]] = 8
        predicted[np.flatnonzero(labels == 20)[:1]] = 21
        probabilities = np.full((len(labels), CLASSES), 0.4 / (CLASSES - 1))
        probabilities[np.arange(len(labels)), predicted] = 0.6
        return predict(labels, probabilities, NAMES)

    return make


@pytest.fixture(scope="module")
def texts():
    """The corpus of forty classes, of which class n has n + 1 training texts."""
    frames = {}
    for split in ("train", "validation", "test"):
        labels = [label for label in range(CLASSES) for _ in range(label + 1 if split == "train" else 1)]
        words = [f"{split} number {row} of topic{label}" for row, label in enumerate(labels)]
        ids = [f"{split}-{row}" for row in range(len(labels))]
        frames[split] = pd.DataFrame({"id": ids, "text": words, "label": labels})
    return corpus(Dataset("many", "1", NAMES, **frames))


def test_confusions_of_one_model_are_its_most_confused_pairs(forty):
    figure = confusion_figure({"bert": forty()})
    (axes,) = figure.axes
    rows = [tick.get_text() for tick in axes.get_yticklabels()]
    assert [row[:2] for row in rows] == ["07", "20"]
    assert all("→" in row for row in rows)
    assert [text.get_text() for text in axes.texts] == ["4 of 6 (67%)", "1 of 6 (17%)"]
    assert title_of(figure).startswith("The most confused pairs of 40 classes: bert most often mistakes 07 first-line")
    assert title_of(figure).endswith("(4 of 6)")


def test_confusions_of_several_models_have_a_mark_for_each(forty):
    figure = confusion_figure({"bert": forty(2), "lstm": forty(5)})
    assert legend_of(figure) == ["bert", "lstm"]
    assert [line.get_xdata().tolist() for line in figure.axes[0].lines] == [[2, 1], [5, 1]]
    assert "bert most often mistakes 07" in title_of(figure)


def test_model_without_mistakes_has_no_pairs(predict):
    frame = predict(np.arange(CLASSES), np.eye(CLASSES), NAMES)
    assert title_of(confusion_figure({"bert": frame})) == "No text is misclassified"


@pytest.mark.parametrize("draw", [roc_figure, precision_recall_figure])
def test_curves_of_many_classes_are_averages_and_the_three_worst(forty, draw):
    labels = legend_of(draw({"bert": forty()}))
    averages = [label for label in labels if "average of 40 classes" in label]
    assert [label.split()[0] for label in averages] == ["macro", "micro"]
    assert len([label for label in labels if "first-line" in label]) == 3
    assert any(label.startswith("07") for label in labels)


def test_reliability_has_no_line_per_class(forty):
    assert len(legend_of(reliability_figure({"bert": forty()}))) == 1


@pytest.mark.parametrize(
    "draw",
    [balance_figure, length_figure, lambda texts: telling_words_figure(telling_words(word_counts(texts), 5))],
    ids=["balance", "length", "telling words"],
)
def test_figures_of_a_dataset_fit_a_page(texts, draw):
    figure = draw(texts)
    assert figure.get_figheight() < 16
    figure.draw_without_rendering()


def test_balance_shows_the_largest_and_the_smallest_classes(texts):
    figure = balance_figure(texts)
    rows = [tick.get_text()[:2] for tick in figure.axes[0].get_yticklabels()]
    assert rows == [f"{number:02d}" for number in [*range(39, 27, -1), 2, 1, 0]]
    assert title_of(figure).endswith("(12 largest and 3 smallest of 40 classes)")
    assert title_of(figure).startswith("5% of the training texts are 39")


def test_lengths_and_words_are_those_of_the_largest_classes(texts):
    largest = [NAMES[number] for number in range(39, 31, -1)]
    assert largest_classes(texts) == largest
    assert length_quantiles(texts).index.get_level_values("label").unique().tolist() == largest
    counts = word_counts(texts)
    assert counts.shape[1] == CLASSES
    assert frequent_words(counts, 3).columns.tolist() == largest
    assert telling_words(counts, 1)["word"].tolist() == [f"topic{number}" for number in range(39, 31, -1)]
    assert title_of(length_figure(texts)).endswith("(8 largest of 40 classes)")
