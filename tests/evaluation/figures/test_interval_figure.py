import pytest

from textlab.evaluation.figures import interval_figure
from textlab.evaluation.statistics.comparison import compare


@pytest.fixture
def drawn(random_predictions):
    """The figure of models of these skills."""

    def draw(**skills: float):
        frames = {name: random_predictions(2, skill, seed=len(name)) for name, skill in skills.items()}
        return interval_figure(compare(frames, "macro_recall", resamples=300))

    return draw


def title_of(figure) -> str:
    return figure.get_suptitle().replace("\n", " ")


def test_highest_score_is_on_top_and_the_title_counts_what_is_like_it(drawn):
    figure = drawn(strong=3, stronger=3.2, weak=0.3)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names[-1] == "weak"
    top, bottom = figure.axes[0].get_ylim()[::-1]
    assert top < bottom
    assert title_of(figure) == f"1 of 2 other models cannot be told apart from {names[0]}"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [f"like {names[0]}", "told apart from it"]


def test_title_says_where_all_or_none_are_like_the_best(drawn):
    assert title_of(drawn(strong=3, weak=0.3)) == "strong can be told apart from the other model"
    assert title_of(drawn(strong=3, stronger=3.2)).startswith("No model can be told apart from ")
    assert title_of(drawn(alone=3)) == "How sure is the score of alone?"


def test_words_stay_within_the_figure(drawn):
    figure = drawn(**{"20_lstm embedding=fasttext with a long name, seed 0": 2.0, "b": 1.0})
    figure.draw_without_rendering()
    width, _ = figure.bbox.size
    for text in (figure._suptitle, figure.axes[0].xaxis.label, *figure.axes[0].get_yticklabels()):
        box = text.get_window_extent()
        assert box.x0 >= 0, text
        assert box.x1 <= width, text
