"""The word space figure: its title, and that its labels are legible."""

import warnings
from itertools import combinations

import numpy as np
import pytest

from textlab.evaluation.figures import word_space_figure
from textlab.features.vectors.word_vectors import WordVectors

WORDS = (*(f"word{number}" for number in range(60)), "$5", "😀", "日本")


def table() -> tuple[WordVectors, dict[str, str]]:
    """Make vectors of two groups that point in opposite directions."""
    random = np.random.default_rng(0)
    sides = np.where(np.arange(len(WORDS)) % 2, 3.0, -3.0)
    matrix = (random.normal(size=(len(WORDS), 8)) + sides[:, None]).astype(np.float32)
    groups = {word: "joy" if side > 0 else "anger" for word, side in zip(WORDS, sides, strict=True)}
    return WordVectors("tiny", WORDS, matrix), groups


def test_title_states_the_share_of_neighbours_in_the_same_group():
    figure = word_space_figure(table()[0], WORDS, table()[1])
    title = figure.get_suptitle().replace("\n", " ")
    assert title == "In tiny, 100% of a word's nearest neighbours belong to its group; 49% would be expected by chance"


def test_labels_fit_and_do_not_overlap():
    vectors, groups = table()
    figure = word_space_figure(vectors, WORDS, groups)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns about a letter that the font lacks
        figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) > 30
    assert not [pair for pair in combinations(boxes, 2) if pair[0].shrunk(0.9, 0.7).overlaps(pair[1].shrunk(0.9, 0.7))]
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width for box in boxes)


def test_words_without_a_vector_are_left_out():
    figure = word_space_figure(table()[0], [*WORDS[:10], "unheard", WORDS[0]])
    (points,) = figure.axes[0].collections
    assert len(points.get_offsets()) == 10
    assert figure.get_suptitle() == "Which words are close to each other in tiny?"


def test_same_seed_draws_the_same_points():
    offsets = [word_space_figure(table()[0], WORDS, seed=4).axes[0].collections[0].get_offsets() for _ in range(2)]
    np.testing.assert_array_equal(*offsets)


def test_too_few_words_with_a_vector_raise():
    with pytest.raises(ValueError, match=r"Only 1 of the 2 words have a vector\. Pass at least five that do\."):
        word_space_figure(table()[0], ["word1", "unheard"])
