"""Permutation importance by word, and its figure."""

import numpy as np
import pandas as pd
import pytest
from tiny_data import tiny_dataset

from textlab.evaluation.figures import importance_figure
from textlab.evaluation.importance import word_importance

EXAMPLES = tiny_dataset(2).validation


def reads_late(texts):
    """A model that knows one word."""
    negative = np.array([0.9 if "late" in text.split() else 0.1 for text in texts])
    return np.stack([negative, 1 - negative], axis=1)


def test_the_word_that_the_model_reads_is_the_most_important_one():
    table = word_importance(reads_late, EXAMPLES, "accuracy")
    assert table.loc[0, "word"] == "late"
    assert table.loc[0, "fall"] > 0.05
    assert table.loc[0, "texts"] == EXAMPLES["text"].str.contains("late").sum()


def test_words_that_the_model_does_not_read_have_no_importance():
    table = word_importance(reads_late, EXAMPLES, "accuracy").iloc[1:]
    assert (table["fall"] == 0).all()
    assert (table["spread"] == 0).all()


def test_same_seed_gives_the_same_importance_and_the_examples_stay_as_they_were():
    before = EXAMPLES.copy()
    first = word_importance(reads_late, EXAMPLES, "macro_recall", seed=2)
    pd.testing.assert_frame_equal(first, word_importance(reads_late, EXAMPLES, "macro_recall", seed=2))
    pd.testing.assert_frame_equal(EXAMPLES, before)


def test_a_word_in_every_text_moves_nowhere():
    examples = pd.DataFrame({"text": ["the late crew", "the kind crew"] * 8, "label": [0, 1] * 8})
    table = word_importance(reads_late, examples, "accuracy").set_index("word")
    assert table.loc["the", ["texts", "fall", "spread"]].tolist() == [16, 0, 0]
    assert table.loc["late", "fall"] > 0


def test_other_inputs_stay_as_they_are_while_words_move():
    examples = EXAMPLES.assign(image=[f"p{row}" for row in range(len(EXAMPLES))])
    seen = []

    def predict(frame):
        seen.extend(frame["image"])
        assert set(frame) == {"text", "image"}
        return reads_late(frame["text"])

    table = word_importance(predict, examples, "accuracy", inputs=("text", "image"))
    assert table.equals(word_importance(reads_late, EXAMPLES, "accuracy"))
    assert set(seen) == set(examples["image"])


def test_texts_without_words_have_an_empty_table_that_is_not_drawn():
    blank = EXAMPLES.assign(text="")
    table = word_importance(reads_late, blank, "accuracy")
    assert table.empty
    with pytest.raises(ValueError, match=r"has no rows\. Pass examples that contain words\."):
        importance_figure(table, "accuracy")


def test_the_title_of_the_figure_names_the_word_and_its_cost():
    table = word_importance(reads_late, EXAMPLES, "macro_recall")
    title = importance_figure(table, "macro_recall").get_suptitle().replace("\n", " ")
    assert title.startswith("Moving “late” to random texts costs")
    assert "of macro recall" in title
    assert "No single word matters" in importance_figure(table.iloc[1:], "macro_recall").get_suptitle()
