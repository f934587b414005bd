"""The figures of a dataset: what their titles claim, and that they hold up with any number of classes."""

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
    """Texts named after their number, with a class's own words behind."""
    words = words or {}
    frames = {}
    for split, given in labels.items():
        texts = [f"{split} text number {row} {words.get(label, '')}".strip() for row, label in enumerate(given)]
        ids = [f"{split}-{row}" for row in range(len(given))]
        frames[split] = pd.DataFrame({"id": ids, "text": texts, "label": given})
    return corpus(Dataset("tiny", "1", NAMES[:class_count], **frames))


def even(class_count: int) -> dict[str, list[int]]:
    return {split: [row % class_count for row in range(size)] for split, size in SIZES.items()}


def title_of(figure: Figure) -> str:
    return figure.get_suptitle().replace("\n", " ")


@pytest.mark.parametrize("class_count", [2, 3, 4])
def test_every_figure_has_a_title_and_axes_in_words_that_fit(class_count):
    texts = texts_of(even(class_count), class_count, {0: "late late again", 1: "nice", 2: "hope", 3: "$5 lost 🧳"})
    telling = telling_words(word_counts(texts), 8)
    figures = [balance_figure(texts), length_figure(texts), coverage_figure(texts), telling_words_figure(telling)]
    for figure in figures:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a letter that the font lacks is a warning
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


def test_balanced_classes_are_said_to_be_balanced():
    assert title_of(balance_figure(texts_of(even(2)))) == (
        "The classes are about equally frequent in training (largest: 50%); "
        "validation and test differ no more than by chance"
    )


def test_shift_of_a_class_is_in_the_title_with_its_size():
    labels = {"train": [0] * 60 + [1] * 20, "validation": [0] * 15 + [1] * 5, "test": [0] * 10 + [1] * 40}
    assert title_of(balance_figure(texts_of(labels))) == (
        "anger has 75% of the training texts, against 25% for joy; in test, anger is 55.0 points rarer"
    )


def test_bars_show_the_share_of_each_class_in_each_split():
    labels = {"train": [0] * 3 + [1], "validation": [0, 1], "test": [1, 1]}
    (axes,) = balance_figure(texts_of(labels)).axes
    assert [text.get_text() for text in axes.texts] == ["75.0%", "25.0%", "50.0%", "50.0%", "0.0%", "100.0%"]


def test_length_that_tells_the_classes_apart_is_said_how_reliably():
    texts = texts_of(even(2), words={0: "with more words"})
    assert title_of(length_figure(texts)) == "anger texts have more words than joy texts 100% of the time"


def test_length_that_says_nothing_is_said_so():
    assert title_of(length_figure(texts_of(even(3), 3))).startswith("Length alone says little: ")


def test_one_endless_text_does_not_stretch_the_axis():
    texts = texts_of({"train": [0, 1] * 1000, "validation": [0], "test": [1]})
    texts.loc[0, ["words", "characters"]] = [5000, 50000]
    words, characters = length_figure(texts).axes
    assert words.get_xlim()[1] < 10
    assert words.get_xlabel() == "Words (last bar: and 1 longer)"
    assert characters.get_xlabel() == "Characters (last bar: and 1 longer)"


def test_most_telling_word_is_named_with_its_odds():
    texts = texts_of(even(2), words={0: "late", 1: "nice nice"})
    telling = telling_words(word_counts(texts), 3)
    figure = telling_words_figure(telling)
    assert title_of(figure).startswith('Which words tell the classes apart? "nice" most of all, for joy: its odds are ')
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["anger", "joy"]
    assert figure.axes[0].get_yticklabels()[0].get_text() == "late"


def test_no_telling_word_is_refused():
    empty = telling_words(word_counts(texts_of(even(2))), 0)
    with pytest.raises(ValueError, match="There is no telling word to draw"):
        telling_words_figure(empty)


def test_emoji_without_a_glyph_is_named_and_a_dollar_begins_no_formula():
    assert drawable("late") == "late"
    assert drawable("🧳") == ":luggage:"
    assert drawable("$5") == r"\$5"


def test_coverage_says_what_training_does_not_know():
    texts = texts_of({"train": [0, 1], "validation": [0, 1], "test": [0, 1]})
    # Of the eight words in test, "test" comes twice and is unknown.
    assert title_of(coverage_figure(texts)) == (
        "Training knows 75% of the test's running words, yet 100% of its texts hold an unknown one"
    )


def test_full_coverage_is_said_so():
    texts = texts_of({"train": [0, 1], "validation": [0, 1], "test": [0, 1]})
    texts["normalised"] = "the same words"
    assert title_of(coverage_figure(texts)) == "Training knows every word of the test texts"
