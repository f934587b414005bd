"""Rare classes count more: balanced sampling, and the focal loss with hand-computed values and gradients."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from interrupted_bert import StoppedAtTheThirdEvaluation
from tiny_data import tiny_dataset

from textlab.models.bert import BERT
from textlab.models.bert.loss import classification_loss
from textlab.models.imbalance import balanced_rows, focal_factor
from textlab.models.lstm import LSTM
from textlab.models.lstm.batches import training_batches
from textlab.models.transformer import resume
from textlab.models.validation import sample_weights

# One text with the logits (0, ln 3): the probabilities are 1/4 and 3/4.
LOGITS = [[0.0, np.log(3)], [0.0, np.log(3)]]
LABELS = np.array([0, 1])


def focal_in_torch(gamma, weights=(1.0, 1.0)):
    logits = torch.tensor(LOGITS, requires_grad=True)
    loss = classification_loss(
        lambda batch: logits, torch.device("cpu"), LABELS, np.array(weights, np.float32), focal_gamma=gamma
    )(SimpleNamespace(rows=torch.tensor([0, 1])))
    loss.backward()
    return loss.item(), logits.grad.numpy()


def focal_in_keras(gamma):
    import tensorflow as tf

    from textlab.models.lstm.focal import focal_loss

    logits = tf.Variable(LOGITS, dtype=tf.float32)
    with tf.GradientTape() as tape:
        losses = focal_loss(gamma)(LABELS[:, None], logits)
        mean = tf.reduce_mean(losses)
    return losses.numpy(), tape.gradient(mean, logits).numpy()


def test_focal_loss_of_bert_is_the_hand_computed_one():
    # -(3/4)^2 ln(1/4) and -(1/4)^2 ln(3/4)
    by_hand = [0.5625 * np.log(4), 0.0625 * np.log(4 / 3)]
    assert focal_in_torch(2.0)[0] == pytest.approx(np.mean(by_hand), rel=1e-4)
    assert focal_in_torch(2.0, weights=(0.5, 1.5))[0] == pytest.approx(np.dot(by_hand, [0.5, 1.5]) / 2, rel=1e-4)
    assert focal_in_torch(0.0)[0] == pytest.approx((np.log(4) + np.log(4 / 3)) / 2, rel=1e-6)


def test_focal_loss_of_the_lstm_has_the_values_and_the_gradient_of_that_of_bert():
    losses, gradient = focal_in_keras(2.0)
    assert losses == pytest.approx([0.5625 * np.log(4), 0.0625 * np.log(4 / 3)], rel=1e-4)
    assert gradient == pytest.approx(focal_in_torch(2.0)[1], rel=1e-4, abs=1e-6)


def test_gradient_of_the_focal_loss_is_its_slope():
    step, (_, gradient) = 1e-3, focal_in_torch(1.5)

    def by_hand(difference):  # the loss of the first text as a function of its first logit
        p = 1 / (1 + 3 * np.exp(-difference))
        return -((1 - p) ** 1.5) * np.log(p) / 2

    assert gradient[0, 0] == pytest.approx((by_hand(step) - by_hand(-step)) / (2 * step), rel=1e-3)
    assert abs(gradient[0]).sum() > 5 * abs(gradient[1]).sum()  # the text that the model gets wrong moves it more


@pytest.mark.parametrize("gamma", [0.3, 1.0, 5.0])
def test_text_that_is_learnt_completely_leaves_the_gradient_finite(gamma):
    doubt = torch.zeros(1, requires_grad=True)
    focal_factor(doubt, gamma).sum().backward()
    assert torch.isfinite(doubt.grad).all()


def test_each_class_is_drawn_equally_often_and_each_of_its_rows_too():
    labels = np.repeat([0, 1, 2], [90, 8, 2])
    rows = balanced_rows(labels, np.random.default_rng(0))
    assert len(rows) == 100
    assert sorted(np.bincount(labels[rows])) == [33, 33, 34]
    for label in range(3):
        times = np.bincount(rows, minlength=100)[labels == label]
        assert times.max() - times.min() <= 1


def test_epochs_draw_other_rows_and_the_same_random_numbers_the_same_ones():
    labels = np.repeat([0, 1], [90, 10])
    first, again, other = (balanced_rows(labels, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert first.tolist() == again.tolist()
    assert set(first) != set(other)


def test_batches_of_the_lstm_hold_as_many_texts_of_a_rare_class_as_of_a_frequent_one():
    labels = np.repeat([0, 1], [56, 8])
    options = {"batch_size": 8, "word_dropout": 0.0, "seed": 0, "classes": labels}
    batches = training_batches([[2]] * 64, labels, np.ones(64, np.float32), **options)
    seen = np.concatenate([targets for _, targets, _ in batches.as_numpy_iterator()])
    assert np.bincount(seen).tolist() == [32, 32]
    assert len(batches) == 8


def test_sampled_texts_are_not_weighed_as_well():
    assert sample_weights(np.array([0, 0, 0, 1]), "sampled").tolist() == [1, 1, 1, 1]


def test_settings_that_exclude_each_other_are_refused():
    with pytest.raises(ValueError, match=r"focal_gamma is 2\.0, but contrastive training compares pairs"):
        BERT(focal_gamma=2.0, contrastive=3)
    with pytest.raises(ValueError, match=r"class_weight is sampled, but the answers of a teacher replace the classes"):
        LSTM(class_weight="sampled", teacher="run")
    with pytest.raises(ValueError, match=r"focal_gamma"):
        LSTM(focal_gamma=-1.0)


def imbalanced():
    """Thirty texts of one class and six of the other."""
    whole = tiny_dataset()
    rare = whole.train["label"] == 1
    return whole, whole.train[~rare | (rare & (whole.train.index < 12))].reset_index(drop=True)


def test_interrupted_training_with_sampled_classes_and_focal_loss_gives_the_same_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(resume, "FOLDER", tmp_path)
    dataset, train = imbalanced()
    settings = BERT.tiny().parameters | {"class_weight": "sampled", "focal_gamma": 2.0, "epochs": 3}
    whole = BERT(**settings)
    history = whole.fit(train, dataset.validation)
    with pytest.raises(KeyboardInterrupt):
        StoppedAtTheThirdEvaluation(**settings).fit(train, dataset.validation)
    assert len(list(tmp_path.glob("*/step-*"))) == 1
    resumed = BERT(**settings)
    assert resumed.fit(train, dataset.validation).equals(history)
    texts = dataset.test["text"].tolist()
    assert np.array_equal(resumed.predict_proba(texts), whole.predict_proba(texts))


def test_lstm_learns_with_sampled_classes_and_focal_loss():
    dataset, train = imbalanced()
    model = LSTM(**LSTM.tiny().parameters | {"class_weight": "sampled", "focal_gamma": 2.0})
    history = model.fit(train, dataset.validation)
    assert history["validation_macro_recall"].iloc[0] == 0.5
    assert history["validation_macro_recall"].max() > 0.8
