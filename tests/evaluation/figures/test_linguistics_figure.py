"""The figure of shares per class stays readable with many classes, and its title is a finding."""

import numpy as np
import pandas as pd
import pytest

from textlab.evaluation.figures import class_shares_figure


def test_title_names_the_kind_in_which_the_classes_differ_most():
    shares = pd.DataFrame({"bad": [0.5, 0.1], "good": [0.4, 0.3]}, index=["noun", "TIME (Times of day)"])
    title = class_shares_figure(shares, "texts").get_suptitle().replace("\n", " ")
    assert title == 'The classes differ most in the share of "TIME": 30% of the texts in good, 10% in bad'


@pytest.mark.parametrize("classes", [2, 7, 1000])
def test_few_classes_have_a_legend_and_many_name_only_the_extremes(classes):
    values = np.random.default_rng(0).random((20, classes))
    shares = pd.DataFrame(values, [f"kind {row}" for row in range(20)], [f"class {k}" for k in range(classes)])
    figure = class_shares_figure(shares, "tokens")
    assert sum(len(legend.get_texts()) for legend in figure.legends) == (classes if classes <= 7 else 0)
    (axes,) = figure.axes
    assert len(axes.get_yticklabels()) == 12
    assert len(axes.texts) == (0 if classes <= 7 else 12)


def test_nothing_to_draw_is_an_error():
    with pytest.raises(ValueError, match=r"no text was annotated\. Install a spaCy model"):
        class_shares_figure(pd.DataFrame(), "tokens")
