"""Contrastive fine-tuning: batches hold texts of several classes, and texts of one class become alike."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tiny_data import tiny_dataset

from textlab.models.bert import BERT
from textlab.models.bert.contrastive import ClassBatches, contrastive_loss, last_layer
from textlab.models.transformer import resume
from textlab.models.transformer.batches import DeviceTokens, Tokens


def texts_on_device(count):
    tokens = Tokens(np.ones(3 * count, np.int32), np.full(count, 3, np.int64))
    return DeviceTokens(tokens, 0, torch.device("cpu"))


def batch_of(labels):
    return SimpleNamespace(rows=torch.arange(len(labels)))


def test_batches_hold_about_equally_many_texts_of_each_class():
    labels = np.array([0] * 90 + [1] * 6 + [2] * 4)
    batches = ClassBatches(texts_on_device(100), labels).shuffled(12, np.random.default_rng(0))
    assert len(batches) == 9
    for batch in batches:
        assert np.bincount(labels[batch.rows.numpy()]).tolist() == [4, 4, 4]
        assert len(set(batch.rows.tolist())) == 12


def test_batch_of_many_classes_holds_pairs_of_some_of_them():
    labels = np.repeat(np.arange(50), 3)
    for batch in ClassBatches(texts_on_device(150), labels).shuffled(8, np.random.default_rng(0)):
        assert sorted(np.unique(labels[batch.rows.numpy()], return_counts=True)[1]) == [2, 2, 2, 2]


def test_same_seed_draws_the_same_batches():
    examples = ClassBatches(texts_on_device(30), np.arange(30) % 3)
    drawn = [examples.shuffled(6, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    rows = [[batch.rows.tolist() for batch in batches] for batches in drawn]
    assert rows[0] == rows[1] != rows[2]


def test_loss_is_zero_where_classes_are_alike_inside_and_apart_from_others():
    labels, features = np.array([0, 0, 1, 1]), torch.tensor([[1.0, 0], [2, 0], [0, 1], [0, 3]])
    assert contrastive_loss(lambda batch: features, torch.device("cpu"), labels)(batch_of(labels)) == pytest.approx(0)


def test_loss_weighs_pairs_of_one_class_as_much_as_all_others():
    labels, features = np.array([0, 0, 1, 2, 3]), torch.ones(5, 4)
    loss = contrastive_loss(lambda batch: features, torch.device("cpu"), labels)
    assert loss(batch_of(labels)) == pytest.approx(0.5)


def test_batch_of_one_text_has_no_loss_but_gradients():
    features = torch.ones(1, 4, requires_grad=True)
    loss = contrastive_loss(lambda batch: features, torch.device("cpu"), np.array([0]))(batch_of([0]))
    loss.backward()
    assert (loss.item(), features.grad.abs().sum()) == (0, 0)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_last_layer_gives_the_probabilities_of_the_logistic_regression(n_classes):
    from scipy.special import softmax
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(0)
    features, labels = random.normal(size=(40, 5)), np.arange(40) % n_classes
    weights, biases = last_layer(features, labels, "none", n_classes)
    expected = LogisticRegression(max_iter=1000).fit(features, labels).predict_proba(features)
    assert softmax(features @ weights.T + biases, axis=1) == pytest.approx(expected, abs=1e-6)


def test_model_learns_from_pairs_and_is_saved_with_its_last_layer(tmp_path, monkeypatch):
    monkeypatch.setattr(resume, "FOLDER", tmp_path / "checkpoints")
    dataset = tiny_dataset(3)
    model = BERT(**BERT.tiny().parameters | {"contrastive": 6})
    history = model.fit(dataset.train, dataset.validation, seed=0)
    assert history["epoch"].iloc[-1] == pytest.approx(6)
    texts = dataset.test["text"].tolist()
    probabilities = model.predict_proba(texts)
    assert (probabilities.argmax(axis=1) == dataset.test["label"]).mean() > 0.8
    (tmp_path / "model").mkdir()
    model.save(tmp_path / "model")
    assert BERT.load(tmp_path / "model").predict_proba(texts) == pytest.approx(probabilities, abs=1e-6)
