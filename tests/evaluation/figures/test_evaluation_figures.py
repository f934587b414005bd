import sys
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from textlab.evaluation.classification.metrics import classification_metrics
from textlab.evaluation.figures import (
    confusion_figure,
    drawable,
    learning_curve_figure,
    precision_recall_figure,
    reliability_figure,
    roc_figure,
)
from textlab.evaluation.figures.style import COLOURS, line_style, percent, shortened

PREDICTION_FIGURES = [roc_figure, precision_recall_figure, confusion_figure, reliability_figure]


def title_of(figure: Figure) -> str:
    return figure.get_suptitle().replace("\n", " ")


def legend_of(figure: Figure) -> list[str]:
    return [text.get_text().replace("\n", " ") for text in figure.legends[0].get_texts()]


def fields_of(figure: Figure, panel: int = 0) -> list[str]:
    return [text.get_text() for text in figure.axes[panel].texts]


@pytest.mark.parametrize("draw", PREDICTION_FIGURES)
@pytest.mark.parametrize("class_count", [2, 3, 4])
@pytest.mark.parametrize("model_count", [1, 4])
def test_title_and_axis_labels_fit_every_figure(random_predictions, draw, class_count, model_count):
    models = {
        f"20_lstm embedding=fasttext with a long name, seed {seed}": random_predictions(class_count, seed=seed)
        for seed in range(model_count)
    }
    figure = draw(models)
    figure.draw_without_rendering()
    assert len(title_of(figure)) > 20
    assert figure.axes[-1].get_xlabel()
    width, height = figure.bbox.size
    for text in [
        figure._suptitle,
        *[axis.label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)],
    ]:
        box = text.get_window_extent()
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= width, text
        assert box.y1 <= height, text


@pytest.mark.parametrize("draw", PREDICTION_FIGURES)
def test_no_model_raises(draw):
    with pytest.raises(ValueError, match="There is no model to draw"):
        draw({})


@pytest.mark.parametrize("draw", PREDICTION_FIGURES)
def test_models_of_different_classes_raise(random_predictions, draw):
    with pytest.raises(ValueError, match="'a' has the classes anger and joy, and 'b' has anger, joy and optimism"):
        draw({"a": random_predictions(2), "b": random_predictions(3)})


@pytest.mark.parametrize("draw", PREDICTION_FIGURES)
def test_class_without_texts_does_not_stop_the_figure(random_predictions, draw):
    frame = random_predictions(3)
    assert title_of(draw({"bert": frame[frame["label"] != "optimism"]}))


def test_figure_displays_as_png_without_pyplot(random_predictions):
    assert roc_figure({"bert": random_predictions(2)})._repr_png_().startswith(b"\x89PNG")
    if "matplotlib.pyplot" in sys.modules:
        assert sys.modules["matplotlib.pyplot"].get_fignums() == []


def test_roc_of_two_classes_has_the_auc_in_title_and_legend(predict):
    # Three of the four pairs of a positive and a negative text are in the right order.
    frame = predict([0, 0, 1, 1], [[0.9, 0.1], [0.4, 0.6], [0.5, 0.5], [0.2, 0.8]])
    figure = roc_figure({"bert": frame})
    assert title_of(figure) == "bert ranks a positive text above a negative text 75% of the time"
    assert legend_of(figure) == ["bert (AUC 0.750)"]


@pytest.mark.parametrize("class_count", [3, 4])
def test_roc_of_one_model_has_a_curve_per_class(random_predictions, class_count):
    figure = roc_figure({"bert": random_predictions(class_count)})
    assert len(figure.axes[0].lines) == class_count + 1  # and the diagonal of chance
    assert [entry.split(" (AUC")[0] for entry in legend_of(figure)] == [
        "anger",
        "joy",
        "optimism",
        "sadness",
    ][:class_count]


@pytest.mark.parametrize("class_count", [2, 3, 4])
def test_roc_of_several_models_has_the_mean_curve_of_each(random_predictions, class_count):
    models = {name: random_predictions(class_count, skill) for name, skill in (("weak", 0.5), ("strong", 2))}
    figure = roc_figure(models)
    aucs = {name: classification_metrics(frame)["roc_auc"] for name, frame in models.items()}
    assert legend_of(figure) == [f"{name} (AUC {auc:.3f})" for name, auc in aucs.items()]
    assert title_of(figure).startswith(f"strong has the highest AUC: {aucs['strong']:.3f}, ")
    for line, auc in zip(figure.axes[0].lines[1:], aucs.values(), strict=True):
        assert np.trapezoid(line.get_ydata(), line.get_xdata()) == pytest.approx(auc, abs=0.002)


def test_models_with_equal_auc_share_the_title(random_predictions):
    figure = roc_figure({"a": random_predictions(2), "b": random_predictions(2)})
    assert title_of(figure).startswith("a and b share the highest AUC: 0.")


def test_roc_of_a_single_class_says_that_there_is_no_curve(predict):
    figure = roc_figure({"bert": predict([1, 1], [[0.2, 0.8], [0.6, 0.4]])})
    assert title_of(figure) == "No ROC curve: all texts have the same class"


@pytest.mark.parametrize("class_count", [2, 3, 4])
def test_area_under_precision_recall_steps_is_average_precision(random_predictions, class_count):
    models = {name: random_predictions(class_count, skill) for name, skill in (("weak", 0.5), ("strong", 2))}
    figure = precision_recall_figure(models)
    for line, (name, frame) in zip(figure.axes[0].lines[1:], models.items(), strict=True):
        steps = np.diff(line.get_xdata(), prepend=0)
        average_precision = classification_metrics(frame)["average_precision"]
        assert (steps * line.get_ydata()).sum() == pytest.approx(average_precision, abs=0.002)
        assert f"{name} (average precision {average_precision:.3f})" in legend_of(figure)


def test_precision_recall_title_states_the_precision_at_80_percent_recall(predict):
    # Recall 80% has precision 4/5; recall 100% has precision 5/6, which is better.
    probability = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.2])
    frame = predict([1, 1, 0, 1, 1, 1], np.column_stack([1 - probability, probability]))
    figure = precision_recall_figure({"bert": frame})
    expected = "At 80% recall of positive texts, the precision of bert is 83%"
    assert title_of(figure) == expected
    assert legend_of(figure)[0] == "by chance (0.833)"


def test_confusion_title_names_the_largest_share_and_not_the_largest_count(predict):
    labels = [0] * 10 + [1] * 4
    predicted = [0] * 7 + [1] * 3 + [1] * 2 + [0] * 2  # 3 of 10 and 2 of 4
    figure = confusion_figure({"bert": predict(labels, np.eye(2)[predicted])})
    assert title_of(figure) == "bert most often mistakes positive texts for negative (50%)"
    assert fields_of(figure) == ["70%\n7", "30%\n3", "50%\n2", "50%\n2"]


def test_confusion_matrices_are_side_by_side_below_their_names(random_predictions):
    figure = confusion_figure({name: random_predictions(3, seed=seed) for seed, name in enumerate("abc")})
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["a", "b", "c"]
    tops = {round(axes.get_subplotspec().get_position(figure).y1, 6) for axes in figure.axes}
    assert len(tops) == 1


def test_confusion_shared_by_all_models_is_stated_once(predict):
    frames = {
        "a": predict([0, 0, 1, 1], np.eye(2)[[0, 0, 0, 1]]),
        "b": predict([0, 0, 1, 1], np.eye(2)[[0, 0, 0, 0]]),
    }
    expected = "Every model most often mistakes positive texts for negative (50% to 100%)"
    assert title_of(confusion_figure(frames)) == expected


def test_perfect_model_has_no_confusion(predict):
    assert title_of(confusion_figure({"bert": predict([0, 1], np.eye(2))})) == "No text is misclassified"


def test_class_without_texts_has_dashes_in_its_row(predict):
    figure = confusion_figure({"bert": predict([0, 1], np.eye(3)[[0, 1]], ("a", "b", "c"))})
    assert fields_of(figure)[6:] == ["-", "-", "-"]


@pytest.mark.parametrize(
    ("confidence", "right", "title"),
    [
        (0.9, 50, "bert is overconfident: mean confidence 90%, accuracy 50%"),
        (0.6, 90, "bert is underconfident: mean confidence 60%, accuracy 90%"),
        (0.8, 80, "bert is well calibrated: mean confidence 80%, accuracy 80%"),
    ],
)
def test_reliability_title_states_the_direction_of_the_error(predict, confidence, right, title):
    frame = predict([1] * right + [0] * (100 - right), [[1 - confidence, confidence]] * 100)
    figure = reliability_figure({"bert": frame})
    assert title_of(figure) == title
    error = abs(confidence - right / 100)
    assert legend_of(figure) == [f"predicted class (expected calibration error {error:.3f})"]


def test_errors_in_both_directions_are_both_named(predict):
    probability = np.array([0.9] * 50 + [0.6] * 50)
    labels = [1] * 30 + [0] * 20 + [1] * 45 + [0] * 5
    title = title_of(reliability_figure({"bert": predict(labels, np.column_stack([1 - probability, probability]))}))
    assert (
        title == "bert is overconfident on some texts and underconfident on others: mean confidence 75%, accuracy 75%"
    )


def test_reliability_has_a_line_per_class_for_one_model_and_per_model_for_several(
    random_predictions,
):
    one = reliability_figure({"bert": random_predictions(4)})
    assert [entry.split(" (")[0] for entry in legend_of(one)] == [
        "anger",
        "joy",
        "optimism",
        "sadness",
        "predicted class",
    ]
    several = reliability_figure({"a": random_predictions(4), "b": random_predictions(4, seed=1)})
    assert [entry.split(" (")[0] for entry in legend_of(several)] == ["a", "b"]


def test_bin_with_a_single_text_has_no_point(predict):
    probability = np.array([0.9] * 50 + [0.62])
    frame = predict([1] * 50 + [0], np.column_stack([1 - probability, probability]))
    curve = reliability_figure({"bert": frame}).axes[0].lines[1]
    assert curve.get_xdata().tolist() == pytest.approx([0.9])


def history(**columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"epoch": [1, 2, 3], **columns})


@pytest.mark.parametrize(
    ("losses", "title"),
    [
        ([0.9, 0.5, 0.7], "The validation loss is lowest at epoch 2 of 3: longer training overfits"),
        ([0.9, 0.5, 0.4], "The validation loss is still falling at epoch 3: longer training may help"),
        ([np.nan] * 3, "Does training converge?"),
    ],
)
def test_learning_curve_title_follows_the_validation_loss(losses, title):
    figure = learning_curve_figure(history(train_loss=[1, 0.5, 0.2], validation_loss=losses))
    assert title_of(figure) == title


def test_losses_and_scores_have_separate_panels():
    figure = learning_curve_figure(
        history(
            train_loss=[3, 2, 1],
            validation_loss=[3, 2, 1],
            validation_macro_recall=[0.5, 0.6, 0.7],
            seconds=[1, 1, 1],
        )
    )
    legends = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in figure.axes]
    assert legends == [["train", "validation"], ["validation macro recall"]]
    assert [axes.get_ylabel() for axes in figure.axes] == ["Loss", "Score"]


def test_history_without_a_metric_raises():
    with pytest.raises(ValueError, match=r"has 3 rows of \['epoch', 'seconds'\]"):
        learning_curve_figure(history(seconds=[1, 2, 3]))


ODD_HISTORIES = {
    "words": ({"max_features": ["sqrt", "log2"], "validation_accuracy": [0.7, 0.8]}, "max_features = log2"),
    "none among numbers": ({"max_depth": [4, None], "validation_accuracy": [0.7, 0.8]}, "max_depth = none"),
    "NaN": ({"C": [np.nan, 1.0], "validation_accuracy": [0.7, 0.8]}, "C = 1"),
    "zero": ({"alpha": [0, 1], "validation_accuracy": [0.7, 0.8]}, "alpha = 1"),
    "bools": ({"fit_prior": [True, False], "validation_accuracy": [0.7, 0.8]}, "fit_prior = False"),
    "dollar": ({"name": ["$a$", "$b"], "validation_accuracy": [0.9, 0.8]}, "name ="),
    "same twice": ({"C": [1.0, 1.0], "validation_accuracy": [0.7, np.nan]}, "C = 1"),
    "infinite": ({"C": [1.0, 2.0], "validation_loss": [np.inf, 0.5]}, "C = 2"),
    "objects": ({"epoch": [1, 2], "validation_loss": [None, 0.5]}, "still falling at epoch 2"),
    "pairs": ({"ngrams": [(1, 1), (1, 2)], "train_loss": [1.0, 0.5]}, "Does training converge?"),
}


@pytest.mark.parametrize("name", ODD_HISTORIES)
def test_history_of_any_hyperparameter_is_drawn(name):
    columns, title = ODD_HISTORIES[name]
    frame = pd.DataFrame(columns)
    assert drawable(frame)
    figure = learning_curve_figure(frame)
    figure.savefig(BytesIO())
    assert title in title_of(figure)


@pytest.mark.parametrize(
    ("step", "values", "scale"),
    [
        ("step", [100, 2000, 40000], "linear"),
        ("epoch", [1, 2, 3], "linear"),
        ("C", [0.5, 1, 2], "log"),
        ("depth", [2, 3, 4], "linear"),
        ("alpha", [0.01, 0.3, 5], "log"),
        ("margin", [-1, 0, 100], "linear"),
    ],
)
def test_axis_is_logarithmic_only_for_hyperparameters_in_powers(step, values, scale):
    figure = learning_curve_figure(pd.DataFrame({step: values, "validation_accuracy": [0.7, 0.8, 0.6]}))
    assert figure.axes[0].get_xscale() == scale


@pytest.mark.parametrize(
    "columns",
    [
        {"epoch": [1, 2]},
        {"epoch": [1], "train_loss": [0.5]},
        {"epoch": [1, 2], "train_loss": [np.nan, None]},
        {"train_loss": [0.5, 0.4]},
        {"epoch": [], "train_loss": []},
        {"epoch": [1, 2], "validation_kind": ["a", "b"]},
        {},
    ],
)
def test_history_with_nothing_to_draw_is_not_drawable(columns):
    assert not drawable(pd.DataFrame(columns))


def test_curves_beyond_the_palette_differ_in_dashes():
    styles = {tuple(line_style(position).items()) for position in range(4 * len(COLOURS))}
    assert len(styles) == 4 * len(COLOURS)


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0%"), (0.001, "under 1%"), (0.314, "31%"), (0.999, "over 99%"), (1, "100%")]
)
def test_percentages_do_not_round_to_0_or_100(share, words):
    assert percent(share) == words


def test_long_name_in_a_title_keeps_both_ends():
    assert shortened("20_lstm embedding=fasttext teacher=minilm seed=2", 21) == "20_lstm e…lm seed=2"
    assert shortened("bert") == "bert"
