import pytest

from textlab.evaluation.classification.comparison import compare_classifiers
from textlab.evaluation.figures import interval_figure


@pytest.fixture
def drawn(random_predictions):
    """Draw models of these skills."""

    def draw(**skills: float):
        frames = {name: random_predictions(2, skill, seed=len(name)) for name, skill in skills.items()}
        return interval_figure(compare_classifiers(frames, "macro_recall", resamples=300))

    return draw


def title_of(figure) -> str:
    return figure.get_suptitle().replace("\n", " ")


def test_highest_score_is_on_top_and_the_title_counts_the_ties(drawn):
    figure = drawn(strong=3, stronger=3.2, weak=0.3)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names[-1] == "weak"
    top, bottom = figure.axes[0].get_ylim()[::-1]
    assert top < bottom
    assert title_of(figure) == f"1 of 2 other runs ties with {names[0]}"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        f"ties with {names[0]}",
        f"differs significantly from {names[0]}",
    ]


def test_title_says_if_all_or_none_tie_with_the_best(drawn):
    assert title_of(drawn(strong=3, weak=0.3)) == "strong differs significantly from the other run"
    assert title_of(drawn(strong=3, stronger=3.2)).startswith("The other run ties with ")
    assert title_of(drawn(alone=3)) == "How precise is the score of alone?"


def test_all_text_fits_the_figure(drawn):
    figure = drawn(**{"20_lstm embedding=fasttext with a long name, seed 0": 2.0, "b": 1.0})
    figure.draw_without_rendering()
    width, _ = figure.bbox.size
    for text in (figure._suptitle, figure.axes[0].xaxis.label, *figure.axes[0].get_yticklabels()):
        box = text.get_window_extent()
        assert box.x0 >= 0, text
        assert box.x1 <= width, text
