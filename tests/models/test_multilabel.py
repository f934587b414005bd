"""Several labels per text: targets, weights, and what each family refuses."""

import numpy as np
import pandas as pd
import pytest
from tiny_data import WORDS, tiny_dataset, tiny_multilabel_dataset

from textlab.data.multilabel_dataset import indicator
from textlab.models import family
from textlab.models.logistic_regression import LogisticRegression
from textlab.models.multilabel import label_weights, probabilities_from, training_targets
from textlab.models.random_forest import RandomForest
from textlab.models.validation import validation_measures

TINY = tiny_multilabel_dataset(48)


def frame(*labels):
    return pd.DataFrame({"id": range(len(labels)), "text": "a text", "labels": list(labels)})


def test_targets_say_which_labels_a_text_has():
    assert training_targets(frame((), (1,), (0, 1))).tolist() == [[False, False], [False, True], [True, True]]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([(0, 2), (2,), ()], "has 3 labels, and label 1 belongs to no example"),
        ([(0, 1), (1,), (1,)], "has 2 labels, and label 1 belongs to every example"),
        ([(0,), ()], "has 1 labels"),
        ([(), ()], "has 0 labels"),
    ],
)
def test_label_of_no_text_or_of_every_text_is_refused(labels, message):
    with pytest.raises(ValueError, match=rf"{message}\. Number at least two labels from 0 to k - 1"):
        LogisticRegression.tiny().fit(frame(*labels), frame((0,), (1,)))


def test_balanced_weights_count_texts_with_and_without_a_label_alike():
    targets = np.array([[True, False], [False, True], [False, True], [False, False]])
    lacking, having = weights = label_weights(targets, "balanced")
    np.testing.assert_allclose(weights, [[2 / 3, 1], [2, 1]], rtol=1e-6)
    np.testing.assert_allclose(np.where(targets, having, lacking).mean(axis=0), 1, rtol=1e-6)
    assert label_weights(targets, "none").tolist() == [[1, 1], [1, 1]]


def test_probabilities_of_labels_do_not_depend_on_each_other():
    logits = np.array([[0.0, 3.0], [0.0, -3.0]])
    assert probabilities_from(logits, "multilabel")[:, 0].tolist() == [0.5, 0.5]
    np.testing.assert_allclose(probabilities_from(logits, "classification").sum(axis=1), 1)


def test_measures_are_the_mean_cross_entropy_of_all_labels_and_the_metric():
    probabilities = np.array([[0.9, 0.2], [0.4, 0.7]])
    measures = validation_measures(frame((0,), (1,)), probabilities, "macro_f1")
    expected = -np.log([0.9, 0.8, 0.6, 0.7]).mean()
    assert measures == {"validation_loss": pytest.approx(expected), "validation_macro_f1": 1.0}


def test_certain_mistake_has_a_finite_loss():
    assert np.isfinite(
        validation_measures(frame((0,), (1,)), np.array([[0.0, 1.0]] * 2), "micro_f1")["validation_loss"]
    )


@pytest.mark.parametrize("class_weight", ["balanced", "none"])
def test_logistic_regression_is_one_against_the_rest_for_each_label(class_weight):
    from sklearn.linear_model import LogisticRegression as OfOneLabel
    from sklearn.multiclass import OneVsRestClassifier

    model = LogisticRegression(minimum_count=1, C=4.0, class_weight=class_weight)
    model.fit(TINY.train, TINY.validation)
    weight = None if class_weight == "none" else class_weight
    expected = OneVsRestClassifier(OfOneLabel(C=4.0, class_weight=weight, tol=1e-8, max_iter=1000))
    texts, targets = (TINY.train["text"].tolist(), indicator(TINY.train["labels"], 3))
    expected.fit(model.features.transform(texts), targets.astype(int))
    found = expected.predict_proba(model.features.transform(TINY.test["text"].tolist()))
    np.testing.assert_allclose(model.predict_proba(TINY.test), found, atol=2e-3)


def test_logistic_regression_chooses_one_penalty_for_all_labels_by_their_metric():
    history = LogisticRegression(minimum_count=1).fit(TINY.train, TINY.validation)
    assert history.columns.tolist() == ["C", "validation_macro_f1"]
    assert len(history) >= 2


def test_most_telling_words_are_those_of_each_label():
    model = LogisticRegression(features="word", minimum_count=1, C=10.0)
    model.fit(TINY.train, TINY.validation)
    top = model.top_features(2).groupby("label")["n_gram"].apply(" ".join)
    for label, name in enumerate(TINY.label_names):
        assert {word for word in WORDS[name][:2] if word in top[label]}, top[label]


def test_leaves_of_a_forest_hold_the_share_of_texts_with_each_label():
    model = RandomForest(features="word", minimum_count=1, trees=1, minimum_leaf=200, class_weight="none")
    model.fit(TINY.train, TINY.validation)  # one leaf
    probabilities = model.predict_proba(TINY.test)
    assert (probabilities == probabilities[0]).all()
    shares = indicator(TINY.train["labels"], 3).mean(axis=0)
    np.testing.assert_allclose(probabilities[0], shares, atol=0.2)  # the tree saw a bootstrap sample


def test_balanced_weights_change_the_shares_in_a_leaf():
    rare = TINY.train.assign(
        labels=[
            tuple(label for label in each if label != 2 or row % 3 == 0)
            for row, each in enumerate(TINY.train["labels"])
        ]
    )
    found = {}
    for class_weight in ("none", "balanced"):
        model = RandomForest(features="word", minimum_count=1, trees=1, minimum_leaf=200, class_weight=class_weight)
        model.fit(rare, TINY.validation)
        found[class_weight] = model.predict_proba(TINY.test)[0, 2]
    share, odds = found["none"], 1 / indicator(rare["labels"], 3).mean(axis=0)[2] - 1
    assert found["balanced"] == pytest.approx(share * odds / (share * odds + 1 - share), rel=1e-5)


def test_default_metric_gives_way_to_that_of_the_task():
    model = LogisticRegression.tiny()
    model.fit(TINY.train, TINY.validation)
    assert (model.parameters["primary_metric"], model.resolved["primary_metric"]) == ("macro_recall", "macro_f1")


def test_metric_of_another_task_is_refused():
    with pytest.raises(ValueError, match=r"primary_metric is 'roc_auc', which the task multilabel does not have\."):
        LogisticRegression(primary_metric="roc_auc").fit(TINY.train, TINY.validation)
    classes = tiny_dataset()
    with pytest.raises(ValueError, match=r"'subset_accuracy', which the task classification does not have\."):
        LogisticRegression(primary_metric="subset_accuracy").fit(classes.train, classes.validation)


def test_model_that_learns_classes_after_labels_answers_classes():
    model, classes = LogisticRegression.tiny(), tiny_dataset()
    model.fit(TINY.train, TINY.validation)
    model.fit(classes.train, classes.validation)
    assert model.task == "classification"
    np.testing.assert_allclose(model.predict_proba(classes.test).sum(axis=1), 1, atol=1e-6)


def test_several_labels_are_not_calibrated():
    model, many = LogisticRegression.tiny(), tiny_multilabel_dataset(64)
    model.fit(many.train, many.validation)
    assert model.calibration.method == "none"


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("lstm", {"class_weight": "sampled"}, r"class_weight is sampled, which needs one class per text"),
        ("bert", {"contrastive": 1}, r"contrastive is 1, which needs one class per text, .* Leave contrastive out\."),
        ("lstm", {"teacher": "some run"}, r"A teacher teaches one class per text, .* Leave teacher empty\."),
    ],
)
def test_what_needs_one_class_a_text_is_refused(name, settings, message):
    tiny = family(name).tiny().parameters
    with pytest.raises(ValueError, match=message):
        family(name)(**tiny | settings).fit(TINY.train, TINY.validation)


@pytest.mark.parametrize("gamma", [0, 2.0])
def test_losses_of_labels_agree_in_keras_and_torch(gamma):
    import tensorflow as tf
    import torch

    from textlab.models.bert.loss import loss_of_labels
    from textlab.models.lstm.losses import cross_entropy_of_labels

    random = np.random.default_rng(0)
    targets, logits = random.random((6, 3)) < 0.4, random.normal(size=(6, 3)).astype(np.float32)
    weights = np.array([[0.6, 1, 0.8], [3, 1, 1.4]], np.float32)

    class Batch:
        rows = torch.arange(6)

    of_torch = loss_of_labels(
        lambda batch: torch.from_numpy(logits), torch.device("cpu"), targets, weights, focal_gamma=gamma
    )(Batch())
    of_keras = cross_entropy_of_labels(weights, gamma)(tf.constant(targets, tf.float32), tf.constant(logits))
    p = 1 / (1 + np.exp(-logits))
    known = np.where(targets, p, 1 - p)
    expected = (-np.where(targets, weights[1], weights[0]) * np.log(known) * (1 - known) ** gamma).mean()
    assert float(of_torch) == pytest.approx(expected, rel=1e-5)
    assert float(tf.reduce_mean(of_keras)) == pytest.approx(expected, rel=1e-5)
