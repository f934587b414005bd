"""The picture of a space of words: what its title counts, and that its labels can be read."""

import warnings
from itertools import combinations

import numpy as np
import pytest

from textlab.evaluation.figures import word_space_figure
from textlab.features.vectors.word_vectors import WordVectors

WORDS = (*(f"word{number}" for number in range(60)), "$5", "😀", "日本")


def table() -> tuple[WordVectors, dict[str, str]]:
    """Two groups in opposite directions."""
    random = np.random.default_rng(0)
    sides = np.where(np.arange(len(WORDS)) % 2, 3.0, -3.0)
    matrix = (random.normal(size=(len(WORDS), 8)) + sides[:, None]).astype(np.float32)
    groups = {word: "joy" if side > 0 else "anger" for word, side in zip(WORDS, sides, strict=True)}
    return WordVectors("tiny", WORDS, matrix), groups


def test_title_counts_neighbours_of_the_same_group():
    figure = word_space_figure(table()[0], WORDS, table()[1])
    title = figure.get_suptitle().replace("\n", " ")
    assert title == "In tiny, 100% of a word's nearest neighbours are of its own group; by chance it would be 49%"


def test_labels_fit_and_do_not_cover_each_other():
    vectors, groups = table()
    figure = word_space_figure(vectors, WORDS, groups)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a letter that the font lacks is a warning
        figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) > 30
    assert not [pair for pair in combinations(boxes, 2) if pair[0].shrunk(0.9, 0.7).overlaps(pair[1].shrunk(0.9, 0.7))]
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width for box in boxes)


def test_words_without_a_vector_are_left_out_and_one_colour_needs_no_groups():
    figure = word_space_figure(table()[0], [*WORDS[:10], "unheard", WORDS[0]])
    (points,) = figure.axes[0].collections
    assert len(points.get_offsets()) == 10
    assert figure.get_suptitle() == "Which words lie near each other in tiny?"


def test_same_seed_draws_the_same_picture():
    offsets = [word_space_figure(table()[0], WORDS, seed=4).axes[0].collections[0].get_offsets() for _ in range(2)]
    np.testing.assert_array_equal(*offsets)


def test_too_few_known_words_are_refused():
    with pytest.raises(ValueError, match="Only 1 of the 2 words have a vector; a picture needs five"):
        word_space_figure(table()[0], ["word1", "unheard"])
