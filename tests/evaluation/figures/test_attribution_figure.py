"""The picture of words that moved a decision: what its title counts, and that all of it can be read."""

import warnings

import pandas as pd
import pytest

from textlab.evaluation.figures import attribution_figure


def attributions_of(*texts):
    rows = [(number, word, float(place - 1)) for number, text in enumerate(texts) for place, word in enumerate(text)]
    return pd.DataFrame(rows, columns=["text", "word", "attribution"])


def test_every_word_is_drawn_within_the_picture():
    texts = [["late", "again"], ["$5", "late", "😀", "日本"] + ["a", "long", "way", "home"] * 20, []]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a letter that the font lacks is a warning
        figure = attribution_figure(attributions_of(*texts), ["positive", "negative $ 😀", "empty"])
        figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) == 3 + 2 + 84
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width for box in boxes)


def test_title_says_how_much_the_strongest_word_carries():
    attributions = pd.DataFrame({"text": [0, 0, 1], "word": ["so", "late", "hm"], "attribution": [1.0, -3.0, 2.0]})
    title = attribution_figure(attributions, ["negative", "neutral"]).get_suptitle().replace("\n", " ")
    assert title == "The strongest word of a tweet carries 88% of what moved the decision, on average"


def test_picture_without_a_word_is_refused():
    with pytest.raises(ValueError, match="None of the texts has a word that the model reads"):
        attribution_figure(pd.DataFrame(columns=["text", "word", "attribution"]), ["empty"])
