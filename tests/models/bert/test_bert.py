"""The BERT family: its parameters, the errors it raises, and the files it saves."""

import functools
import subprocess
import sys

import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import entropy
from tiny_data import tiny_dataset

from textlab.models.bert import BERT
from textlab.models.bert.loss import answers, classification_loss
from textlab.models.transformer import device as bert_device
from textlab.models.transformer import export as bert_export
from textlab.models.transformer import resume as bert_resume
from textlab.models.transformer.batches import DeviceTokens, Tokens
from textlab.models.transformer.checkpoint import open_checkpoint, save_checkpoint

WITHOUT_TENSORFLOW = """
import sys
for name in ("tensorflow", "keras", "gensim"):
    sys.modules[name] = None
from tiny_data import tiny_dataset
from textlab.models.bert import BERT
dataset = tiny_dataset()
model = BERT(**BERT.tiny().parameters | {"epochs": 1})
model.fit(dataset.train, dataset.validation)
model.predict_proba(["lovely"])
"""


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    monkeypatch.setattr(bert_resume, "FOLDER", tmp_path / "checkpoints")


@pytest.fixture(scope="module")
def dataset():
    return tiny_dataset()


@pytest.fixture(scope="module")
def fitted(dataset, tmp_path_factory):
    model = BERT.tiny()
    model.fit(dataset.train, dataset.validation)
    return model


@pytest.fixture(scope="module")
def last_loss(dataset):
    """The loss of the last step on classes of different sizes, for some hyperparameters; computed once for each."""
    uneven = dataset.train.iloc[5:].drop(dataset.train.index[[7, 9, 11]])

    @functools.cache
    def train(**settings):
        model = tiny(**settings)
        model.fit(uneven, dataset.validation)
        return model.step_history["train_loss"].iloc[-1]

    return train


def tiny(**settings):
    return BERT(**BERT.tiny().parameters | {"epochs": 1} | settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"maximum_length": 0}, r"maximum_length is 0\. It must be at least 3"),
        ({"batch_size": 0}, r"batch_size is 0\. It must be at least 1"),
        ({"epochs": 0}, r"epochs is 0\. It must be at least 1"),
        ({"patience": 0}, r"patience is 0\. It must be at least 1"),
        ({"learning_rate": 0.0}, r"learning_rate is 0\.0\. It must be above 0"),
        ({"learning_rate": float("nan")}, r"learning_rate is nan\. It must be above 0"),
        ({"warmup": 1.0}, r"warmup is 1\.0\. It must be at least 0 and below 1"),
        ({"dropout": -0.1}, r"dropout is -0\.1\. It must be at least 0 and below 1"),
        ({"r_drop": -1.0}, r"r_drop is -1\.0\. It must be at least 0"),
        ({"label_smoothing": 2.0}, r"label_smoothing is 2\.0\. It must be at least 0 and below 1"),
        ({"averaging": 1.0}, r"averaging is 1\.0\. It must be at least 0 and below 1"),
        ({"layer_decay": 0.0}, r"layer_decay is 0\.0\. It must be above 0 and at most 1"),
        ({"weight_decay": -1.0}, r"weight_decay is -1\.0\. It must be at least 0"),
        ({"pretraining_epochs": -1}, r"pretraining_epochs is -1\. It must be at least 0"),
        (
            {"unlabelled": "sentiment140"},
            r"unlabelled is 'sentiment140', but pretraining_epochs is 0\. Set pretraining_epochs to at least 1",
        ),
        ({"class_weight": "some"}, r"Unknown class_weight 'some'\. Available: balanced, sampled, none"),
        ({"device": "tpu"}, r"Unknown device 'tpu'\. Did you mean 'cpu'\? Available: auto, cpu, cuda"),
        ({"compilation": "yes"}, r"Unknown compilation 'yes'\. Available: auto, always, never"),
    ],
)
def test_parameter_out_of_bounds_is_refused_at_once(settings, message):
    with pytest.raises(ValueError, match=message):
        BERT(**settings)


def test_length_above_the_models_maximum_is_refused_before_training(dataset):
    with pytest.raises(ValueError, match=r"maximum_length is 513\. This checkpoint takes at most 512 tokens"):
        BERT(maximum_length=513).fit(dataset.train, dataset.validation)


def test_gpu_that_is_not_there_is_refused_before_training(dataset, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"device is 'cuda', but torch finds no NVIDIA GPU.*Use device='auto'"):
        tiny(device="cuda").fit(dataset.train, dataset.validation)


def test_model_trained_on_a_gpu_loads_on_a_machine_without_one(fitted, dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    fitted.save(tmp_path)
    stored = (tmp_path / "model.json").read_text().replace('"device": "cpu"', '"device": "cuda"')
    (tmp_path / "model.json").write_text(stored)
    texts = dataset.test["text"].tolist()
    np.testing.assert_array_equal(BERT.load(tmp_path).predict_proba(texts), fitted.predict_proba(texts))


def test_model_is_saved_as_a_checkpoint_of_transformers(fitted, tmp_path):
    fitted.save(tmp_path)
    found = sorted(path.name for path in tmp_path.iterdir())
    assert found == ["config.json", "model.json", "model.safetensors", "tokenizer.json"]


def test_saved_model_that_lost_a_layer_is_not_loaded(fitted, tmp_path):
    from safetensors.torch import load_file, save_file

    fitted.save(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["classifier.weight"]
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(ValueError, match=r"are incomplete: 1 are missing, among them classifier\.weight"):
        BERT.load(tmp_path)


def test_saved_model_serves_as_a_checkpoint(fitted, dataset, tmp_path):
    fitted.save(tmp_path)
    again = tiny(checkpoint=str(tmp_path), learning_rate=1e-7)
    again.fit(dataset.train, dataset.validation)
    first, second = (model.network.model.bert.embeddings.word_embeddings.weight for model in (fitted, again))
    torch.testing.assert_close(first, second, atol=1e-4, rtol=0)


def test_missing_weights_are_refused_before_training(dataset, tmp_path):
    checkpoint = open_checkpoint("tiny")
    save_checkpoint(checkpoint.classifier(2, 0.1), checkpoint.tokenizer, tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match="has no weights"):
        tiny(checkpoint=str(tmp_path)).fit(dataset.train, dataset.validation)


def test_failed_export_reports_the_output_of_its_process(fitted, tmp_path, monkeypatch):
    monkeypatch.setattr(bert_export.sys, "executable", str(tmp_path / "python"))
    (tmp_path / "python").write_text("#!/bin/sh\necho no TensorFlow here >&2\nexit 3\n")
    (tmp_path / "python").chmod(0o755)
    with pytest.raises(RuntimeError, match=r"export of this model to TensorFlow failed: no TensorFlow here"):
        fitted.export(tmp_path / "export")


@pytest.mark.parametrize(
    "settings",
    [
        {"label_smoothing": 0.3},
        {"r_drop": 0.5},
        {"class_weight": "none"},
        {"layer_decay": 0.5},
        {"weight_decay": 0.5},
        {"dropout": 0.4},
    ],
    ids=str,
)
def test_hyperparameter_changes_the_trained_model(dataset, last_loss, settings):
    assert last_loss(**settings) != last_loss()


def test_r_drop_adds_how_far_two_passes_differ():
    tokens = DeviceTokens(Tokens(np.arange(6, dtype=np.int32), np.array([3, 3])), 0, torch.device("cpu"))
    labels, weights = np.array([0, 2]), np.array([0.5, 1.5], np.float32)
    first, second = torch.randn(2, 2, 3, generator=torch.Generator().manual_seed(0))
    one, other = softmax(first.numpy(), axis=1), softmax(second.numpy(), axis=1)

    def network(numbers, mask):
        assert numbers.tolist() == [[0, 1, 2], [3, 4, 5]] * 2
        return torch.cat([first, second])

    (batch,) = tokens.batches([np.array([0, 1])])
    logits = answers(network, lambda states: states, tokens)
    loss = classification_loss(logits, tokens.device, labels, weights, r_drop=0.7)
    found = loss(batch)
    surprise = -np.log(np.stack([one, other])[:, [0, 1], labels])
    divergence = (entropy(one, other, axis=1) + entropy(other, one, axis=1)) / 2
    assert float(found) == pytest.approx((surprise * weights).mean() + 0.7 * divergence.mean(), rel=1e-5)


def test_text_beyond_the_maximum_length_is_not_read_in_one_window(dataset):
    model = tiny(maximum_length=8, windows=1)
    model.fit(dataset.train, dataset.validation)
    first, second = model.predict_proba(["a b c d e f lovely", "a b c d e f awful"])
    np.testing.assert_array_equal(first, second)


def test_float32_is_used_where_bfloat16_would_be_slow(monkeypatch):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    assert not bert_device.computes_bfloat16(torch.device("cpu"))


def test_training_leaves_torch_as_it_was(dataset):
    tiny().fit(dataset.train, dataset.validation)
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.utils.deterministic.fill_uninitialized_memory


@pytest.mark.slow
def test_family_trains_where_tensorflow_is_not_installed(tmp_path):
    found = subprocess.run(
        [sys.executable, "-c", WITHOUT_TENSORFLOW],
        capture_output=True,
        text=True,
        env={**bert_export.os.environ, "TEXTLAB_ROOT": str(tmp_path), "PYTHONPATH": ":".join(filter(None, sys.path))},
        check=False,
    )
    assert found.returncode == 0, found.stderr
