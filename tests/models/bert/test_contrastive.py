"""Contrastive fine-tuning: batches hold texts of several classes, and texts of one class become alike."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch
from interrupted_bert import StoppedAtTheThirdEvaluation
from tiny_data import tiny_dataset

from textlab.models.bert import BERT
from textlab.models.bert.contrastive import ClassBatch, ClassBatches, contrastive_loss, last_layer
from textlab.models.transformer import resume
from textlab.models.transformer.batches import Batch, DeviceTokens, Tokens
from textlab.models.transformer.window_batches import DeviceWindows
from textlab.models.transformer.windows import Ends, Layout, windows_of


def texts_on_device(count):
    tokens = Tokens(np.ones(3 * count, np.int32), np.full(count, 3, np.int64))
    return DeviceTokens(tokens, 0, torch.device("cpu"))


def batch_of(labels):
    rows = torch.arange(len(labels))
    return ClassBatch([Batch(rows, 3, False)])


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


@pytest.mark.parametrize("size", [1, 3, 16])
def test_batch_that_does_not_fit_into_memory_has_the_same_gradient_in_parts(size):
    labels, dropout = np.repeat([0, 1], 4), torch.nn.Dropout(0.5)
    weights = torch.randn(8, 5, generator=torch.Generator().manual_seed(0)).requires_grad_()
    loss = contrastive_loss(lambda batch: dropout(weights)[batch.rows], torch.device("cpu"), labels)
    rows = torch.from_numpy(np.random.default_rng(0).permutation(8))
    (split,) = ClassBatch([Batch(rows, 3, False)]).split(size)
    assert (len(split), len(split.parts)) == (8, -(-8 // size))
    torch.manual_seed(0)
    masks = [dropout(torch.ones_like(weights)) for _ in split.parts]
    kept = torch.cat([(weights * mask)[part.rows] for mask, part in zip(masks, split.parts, strict=True)])
    expected = torch.autograd.grad(_compared(kept, labels[rows]), weights)[0]
    torch.manual_seed(0)
    loss(split).backward()
    torch.testing.assert_close(weights.grad, expected)


def _compared(features, labels):
    """The loss as it is defined, one pair at a time."""
    features, terms = torch.nn.functional.normalize(features, dim=1), {True: [], False: []}
    for one, other in itertools.permutations(range(len(labels)), 2):
        alike = bool(labels[one] == labels[other])
        terms[alike].append((float(alike) - features[one] @ features[other]) ** 2)
    return sum(torch.stack(each).mean() for each in terms.values()) / 2


def test_long_texts_that_are_read_apart_are_still_compared():
    labels, random = np.array([0, 1] * 4), np.random.default_rng(0)
    pieces = [np.full(40, 1 + label, np.int32) for label in labels]
    windows = windows_of(pieces, Layout(8, 4), Ends((99,), ()))
    (batch, *_) = ClassBatches(DeviceWindows(windows, 0, torch.device("cpu")), labels).shuffled(8, random)
    (split,) = batch.split(8)
    assert [part.counts.sum() for part in split.parts] == [8, 8, 8, 8]
    assert sorted(labels[split.rows.numpy()]) == [0] * 4 + [1] * 4


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
    assert not any("Raise epochs" in note for note in model.training_notes)
    assert model.network.encoder.head.pooling == "mean"
    texts = dataset.test["text"].tolist()
    probabilities = model.predict_proba(texts)
    assert (probabilities.argmax(axis=1) == dataset.test["label"]).mean() > 0.8
    (tmp_path / "model").mkdir()
    model.save(tmp_path / "model")
    assert BERT.load(tmp_path / "model").predict_proba(texts) == pytest.approx(probabilities, abs=1e-6)


def test_interrupted_training_resumes_and_gives_the_same_numbers(tmp_path, monkeypatch):
    dataset, settings = tiny_dataset(3), BERT.tiny().parameters | {"contrastive": 2, "maximum_length": 5, "windows": 3}
    found = []
    for stops in (False, True):
        monkeypatch.setattr(resume, "FOLDER", tmp_path / str(stops))
        if stops:
            with pytest.raises(KeyboardInterrupt):
                StoppedAtTheThirdEvaluation(**settings).fit(dataset.train, dataset.validation)
            assert len(list((tmp_path / str(stops)).glob("*/step-*"))) == 1
        model = BERT(**settings)
        history = model.fit(dataset.train, dataset.validation)
        found.append((history, model.predict_proba(dataset.test)))
    pd.testing.assert_frame_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][1], found[1][1])
