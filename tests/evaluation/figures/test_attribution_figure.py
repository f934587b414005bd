"""The attribution figure: its title, and that every word fits."""

import warnings

import pandas as pd
import pytest

from textlab.evaluation.figures import attribution_figure


def attributions_of(*texts):
    rows = [(number, word, float(place - 1)) for number, text in enumerate(texts) for place, word in enumerate(text)]
    return pd.DataFrame(rows, columns=["text", "word", "attribution"])


def test_every_word_is_drawn_within_the_figure():
    texts = [["late", "again"], ["$5", "late", "😀", "日本"] + ["a", "long", "way", "home"] * 20, []]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns about a letter that the font lacks
        figure = attribution_figure(attributions_of(*texts), ["positive", "negative $ 😀", "empty"])
        figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) == 3 + 2 + 84
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width for box in boxes)


def test_title_states_the_share_of_the_strongest_word():
    attributions = pd.DataFrame({"text": [0, 0, 1], "word": ["so", "late", "hm"], "attribution": [1.0, -3.0, 2.0]})
    title = attribution_figure(attributions, ["negative", "neutral"]).get_suptitle().replace("\n", " ")
    assert title == "On average, the strongest word of a tweet accounts for 88% of all attribution"


def test_texts_without_words_raise():
    with pytest.raises(ValueError, match="None of the texts has a word that the model reads"):
        attribution_figure(pd.DataFrame(columns=["text", "word", "attribution"]), ["empty"])
