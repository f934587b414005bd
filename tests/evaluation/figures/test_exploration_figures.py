"""Figures of a dataset: their titles, and that they work for any number of classes."""

import warnings

import pandas as pd
import pytest
from matplotlib.figure import Figure

from textlab.data.dataset import Dataset
from textlab.data.exploring.exploration import corpus
from textlab.data.exploring.vocabulary import telling_words, word_counts
from textlab.evaluation.figures import balance_figure, coverage_figure, length_figure, telling_words_figure
from textlab.evaluation.figures.exploration import drawable

NAMES = ("anger", "joy", "optimism", "sadness")
SIZES = {"train": 80, "validation": 20, "test": 20}


def texts_of(labels: dict[str, list[int]], class_count: int = 2, words: dict[int, str] | None = None) -> pd.DataFrame:
    """Make texts that contain their number and the words of their class."""
    words = words or {}
    frames = {}
    for split, split_labels in labels.items():
        texts = [f"{split} text number {row} {words.get(label, '')}".strip() for row, label in enumerate(split_labels)]
        ids = [f"{split}-{row}" for row in range(len(split_labels))]
        frames[split] = pd.DataFrame({"id": ids, "text": texts, "label": split_labels})
    return corpus(Dataset("tiny", "1", NAMES[:class_count], **frames))


def balanced(class_count: int) -> dict[str, list[int]]:
    return {split: [row % class_count for row in range(size)] for split, size in SIZES.items()}


def title_of(figure: Figure) -> str:
    return figure.get_suptitle().replace("\n", " ")


@pytest.mark.parametrize("class_count", [2, 3, 4])
def test_title_and_axis_labels_fit_every_figure(class_count):
    texts = texts_of(balanced(class_count), class_count, {0: "late late again", 1: "nice", 2: "hope", 3: "$5 lost 🧳"})
    telling = telling_words(word_counts(texts), 8)
    figures = [balance_figure(texts), length_figure(texts), coverage_figure(texts), telling_words_figure(telling)]
    for figure in figures:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # matplotlib warns about a letter that the font lacks
            figure.draw_without_rendering()
        assert len(title_of(figure)) > 20
        width, height = figure.bbox.size
        labels = [axis.label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
        ticks = [tick for axes in figure.axes if axes.get_visible() for tick in axes.get_yticklabels()]
        for text in filter(lambda text: text.get_text(), [figure._suptitle, *labels, *ticks]):
            box = text.get_window_extent()
            assert box.x0 >= -0.5, text
            assert box.x1 <= width, text
        assert figure._suptitle.get_window_extent().y1 <= height


def test_title_says_that_classes_are_balanced():
    assert title_of(balance_figure(texts_of(balanced(2)))) == (
        "The classes are about equally frequent in train (largest: 50%); "
        "validation and test do not differ significantly"
    )


def test_title_states_the_shift_of_a_class():
    labels = {"train": [0] * 60 + [1] * 20, "validation": [0] * 15 + [1] * 5, "test": [0] * 10 + [1] * 40}
    assert title_of(balance_figure(texts_of(labels))) == (
        "75% of the training texts are anger, 25% joy; anger is 55.0 points rarer in test"
    )


def test_bars_show_the_share_of_each_class_in_each_split():
    labels = {"train": [0] * 3 + [1], "validation": [0, 1], "test": [1, 1]}
    (axes,) = balance_figure(texts_of(labels)).axes
    assert [text.get_text() for text in axes.texts] == ["75.0%", "25.0%", "50.0%", "50.0%", "0.0%", "100.0%"]


def test_title_states_how_well_length_separates_the_classes():
    texts = texts_of(balanced(2), words={0: "with more words"})
    assert title_of(length_figure(texts)) == "anger texts have more words than joy texts 100% of the time"


def test_title_says_that_length_says_little():
    assert title_of(length_figure(texts_of(balanced(3), 3))).startswith("Length alone says little: ")


def test_one_very_long_text_does_not_stretch_the_axis():
    texts = texts_of({"train": [0, 1] * 1000, "validation": [0], "test": [1]})
    texts.loc[0, ["words", "characters"]] = [5000, 50000]
    words, characters = length_figure(texts).axes
    assert words.get_xlim()[1] < 10
    assert words.get_xlabel() == "Words (last bar includes 1 longer)"
    assert characters.get_xlabel() == "Characters (last bar includes 1 longer)"


def test_title_names_the_most_characteristic_word_with_its_odds():
    texts = texts_of(balanced(2), words={0: "late", 1: "nice nice"})
    telling = telling_words(word_counts(texts), 3)
    figure = telling_words_figure(telling)
    assert title_of(figure).startswith('The most characteristic word is "nice", for joy: its odds are ')
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["anger", "joy"]
    assert figure.axes[0].get_yticklabels()[0].get_text() == "late"


def test_no_characteristic_word_raises():
    empty = telling_words(word_counts(texts_of(balanced(2))), 0)
    with pytest.raises(ValueError, match="No word is more frequent in one class than in the others"):
        telling_words_figure(empty)


def test_emoji_without_a_glyph_is_spelled_by_name_and_dollar_signs_are_escaped():
    assert drawable("late") == "late"
    assert drawable("🧳") == ":luggage:"
    assert drawable("$5") == r"\$5"


def test_coverage_title_states_the_share_of_unknown_words():
    texts = texts_of({"train": [0, 1], "validation": [0, 1], "test": [0, 1]})
    # Of the eight words in test, "test" comes twice and is unknown.
    assert title_of(coverage_figure(texts)) == (
        "Training words cover 75% of the test tokens, but 100% of the test texts have an unknown word"
    )


def test_coverage_title_says_that_every_word_is_known():
    texts = texts_of({"train": [0, 1], "validation": [0, 1], "test": [0, 1]})
    texts["normalised"] = "the same words"
    assert title_of(coverage_figure(texts)) == "Every word of the test texts occurs in training"
