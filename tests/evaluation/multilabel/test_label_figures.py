import pandas as pd
import pytest
from tiny_data import tiny_dataset

from textlab.evaluation import figures, showing
from textlab.evaluation.importance import word_importance

DRAWN = [figures.roc_figure, figures.precision_recall_figure, figures.confusion_figure, figures.reliability_figure]


def title_of(figure):
    return figure.get_suptitle().replace("\n", " ")


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize("models", [1, 3])
def test_figures_of_classifiers_draw_several_labels_too(noisy_predictions, draw, models):
    figure = draw({f"model {number}": noisy_predictions(1.0 + number) for number in range(models)})
    figure.draw_without_rendering()
    assert len(title_of(figure)) > 20
    assert "class" not in title_of(figure)


def test_figure_of_decisions_names_the_hardest_label(noisy_predictions):
    frame = noisy_predictions(0.1)
    wrong = frame.assign(predicted_neutral=~frame["true_neutral"])
    figure = figures.label_decisions_figure({"bert": wrong})
    assert title_of(figure) == "bert does worst on neutral: it misses 100% of these texts"
    assert figure.axes[0].get_yticklabels()[0].get_text() == "neutral"
    both = figures.label_decisions_figure({"bert": wrong, "lstm": frame})
    assert title_of(both) == "lstm has the highest F1 on neutral: 100"


def test_figure_of_pairs_names_the_labels_that_occur_together_most_often(labelled):
    counts = pd.DataFrame([[10, 1, 0], [1, 4, 3], [0, 3, 6]], index=list("abc"), columns=list("abc"))
    figure = figures.co_occurrence_figure(counts)
    assert title_of(figure) == "75% of the examples with b also have c"
    alone = counts.where([[True, False, False], [False, True, False], [False, False, True]], 0)
    assert title_of(figures.co_occurrence_figure(alone)) == "No two labels occur together"
    figures.co_occurrence_figure(labelled.co_occurrence()).draw_without_rendering()


def test_notebooks_show_scores_and_mistakes_of_classes_and_of_several_labels(labelled, noisy_predictions):
    table = showing.score_table(
        {"model": noisy_predictions(1.0), "shares": showing.prior_predictions(labelled)["test"]}
    )
    assert table.loc["model", "macro_f1"] > table.loc["shares", "macro_f1"]
    worst = showing.mistakes(noisy_predictions(2.0), 3)
    assert list(worst) == ["text", "label", "predicted", "wrong"]
    assert {"label", "predicted"} <= set(showing.answered(noisy_predictions(2.0)))
    classes = showing.prior_predictions(tiny_dataset())["test"]
    assert showing.answered(classes) is classes
    assert "accuracy" in showing.score_table({"shares": classes})
    assert "probability" in showing.mistakes(classes, 3)


def test_words_matter_for_several_labels_too(labelled):
    def predict(texts):
        from textlab.data.multilabel_dataset import indicator

        sets = [tuple(n for n, word in enumerate(("awful", "fast", "seven")) if word in text) for text in texts]
        return indicator(sets, 3) * [0.7, 0.8, 0.9]

    importance = word_importance(predict, labelled.validation, "macro_f1")
    assert importance.set_index("word").loc["fast", "fall"] > 0
