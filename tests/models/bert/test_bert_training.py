"""The training loop of BERT: learning rate, memory, bad numbers and interruptions."""

import contextlib
import functools
import io
import logging
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from interrupted_bert import StoppedAtTheThirdEvaluation
from tiny_data import tiny_dataset

from textlab.models.bert import BERT
from textlab.models.transformer import resume as bert_resume
from textlab.models.transformer.checkpoint import open_checkpoint
from textlab.models.transformer.recipe import Recipe, parameter_groups
from textlab.models.transformer.resume import SavedProgress, content_key
from textlab.models.transformer.training import Training
from textlab.reach import sources


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """The folder in which interrupted trainings are kept."""
    monkeypatch.setattr(bert_resume, "FOLDER", tmp_path / "checkpoints")
    return tmp_path / "checkpoints"


@pytest.fixture(scope="module")
def dataset():
    return tiny_dataset()


@pytest.fixture(scope="module")
def plain(dataset, tmp_path_factory):
    """A model trained with `tiny()` and seed 0, and what the progress bar printed."""
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(io.StringIO()) as printed:
        patch.setattr(bert_resume, "FOLDER", tmp_path_factory.mktemp("checkpoints"))
        return fitted(tiny(), dataset), printed


@pytest.fixture(scope="module")
def uninterrupted(dataset, tmp_path_factory):
    """A model trained for six epochs without a stop, once for each share of averaging."""

    @functools.cache
    def train(averaging):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bert_resume, "FOLDER", tmp_path_factory.mktemp("checkpoints"))
            return fitted(tiny(averaging=averaging, epochs=6), dataset)

    return train


STALLS = {"epochs": 12, "patience": 1}  # with seed 3, validation stalls after two epochs


@pytest.fixture(scope="module")
def stalled(dataset, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bert_resume, "FOLDER", tmp_path_factory.mktemp("checkpoints"))
        return fitted(tiny(**STALLS), dataset, seed=3)


def tiny(model_class=BERT, **settings):
    return model_class(**BERT.tiny().parameters | {"epochs": 3} | settings)


def fitted(model, dataset, seed=0):
    model.history = model.fit(dataset.train, dataset.validation, seed=seed)
    return model


class StoppedAtStepTwelve(BERT):
    """Of five steps an epoch, so between two evaluations."""

    step = 12

    def _loss_of(self, *arguments):
        loss, calls = super()._loss_of(*arguments), []

        def computed(batch):
            calls.append(None)
            if len(calls) == self.step:
                raise KeyboardInterrupt
            return loss(batch)

        return computed


class SmallMemory(BERT):
    """A GPU that holds two texts at once; one text does not fit where `holds` is 0."""

    holds = 2

    def _loss_of(self, *arguments):
        loss = super()._loss_of(*arguments)

        def computed(batch):
            if len(batch) > self.holds:
                raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.\nMore.")
            return loss(batch)

        return computed


@pytest.mark.parametrize("stopped", [StoppedAtTheThirdEvaluation, StoppedAtStepTwelve])
@pytest.mark.parametrize("averaging", [0.0, 0.5])
def test_interrupted_training_resumes_and_gives_the_same_numbers(
    dataset, uninterrupted, kept, caplog, stopped, averaging
):
    settings = {"averaging": averaging, "epochs": 6}
    whole = uninterrupted(averaging)
    with pytest.raises(KeyboardInterrupt):
        tiny(stopped, **settings).fit(dataset.train, dataset.validation)
    assert len(list(kept.glob("*/step-*"))) == 1
    with caplog.at_level(logging.INFO, "textlab"):
        resumed = fitted(tiny(**settings), dataset)
    assert "Training resumes from step" in caplog.text
    texts = dataset.test["text"].tolist()
    np.testing.assert_array_equal(resumed.predict_proba(texts), whole.predict_proba(texts))
    pd.testing.assert_frame_equal(resumed.history, whole.history, check_exact=True)
    pd.testing.assert_frame_equal(resumed.step_history, whole.step_history, check_exact=True)
    assert not list(kept.iterdir())


@pytest.fixture
def interrupted_after_half_an_hour(dataset, monkeypatch):
    """A training of three epochs that was interrupted in the third, as if it had taken 30 minutes."""
    with pytest.raises(KeyboardInterrupt):
        tiny(StoppedAtStepTwelve).fit(dataset.train, dataset.validation)
    read = SavedProgress.read

    def read_as_if_it_had_taken_half_an_hour(saved):
        tensors, document = read(saved)
        return tensors, document | {"whole_seconds": document["whole_seconds"] + 1800}

    monkeypatch.setattr(SavedProgress, "read", read_as_if_it_had_taken_half_an_hour)


@pytest.mark.usefixtures("interrupted_after_half_an_hour")
def test_time_before_an_interruption_counts_as_well(dataset):
    resumed = fitted(tiny(), dataset)
    assert 1800 < resumed.fit_seconds < 1900
    assert resumed.training_seconds < 100
    assert not any("budget_minutes" in note for note in resumed.training_notes)


@pytest.mark.usefixtures("interrupted_after_half_an_hour")
def test_time_before_an_interruption_counts_for_the_budget(dataset):
    resumed = fitted(tiny(budget_minutes=29.0), dataset)
    assert len(resumed.step_history) == 15
    assert "Training ended at its ceiling of 29 minutes (budget_minutes)" in resumed.training_notes[0]


def test_training_with_another_seed_does_not_resume_from_it(dataset, kept, caplog):
    with pytest.raises(KeyboardInterrupt):
        tiny(StoppedAtStepTwelve).fit(dataset.train, dataset.validation, seed=1)
    with caplog.at_level(logging.INFO, "textlab"):
        fitted(tiny(), dataset, seed=2)
    assert "resumes" not in caplog.text
    assert len(list(kept.iterdir())) == 1


def test_damaged_state_is_not_used_and_training_begins_anew(dataset, plain, kept, caplog):
    whole, _ = plain
    with pytest.raises(KeyboardInterrupt):
        tiny(StoppedAtStepTwelve).fit(dataset.train, dataset.validation)
    (state,) = kept.glob("*/step-*")
    (state / "tensors.safetensors").write_bytes(b"half")
    resumed = fitted(tiny(), dataset)
    assert "is not used" in caplog.text
    pd.testing.assert_frame_equal(resumed.step_history, whole.step_history)


def test_state_is_written_without_pickle_and_replaces_the_one_before(tmp_path):
    saved = SavedProgress("key", tmp_path)
    saved.write(5, {"a": torch.ones(2)}, {"step": 5})
    saved.write(12, {"a": torch.zeros(2)}, {"step": 12})
    tensors, document = saved.read()
    assert (tensors["a"].tolist(), document) == ([0, 0], {"step": 12})
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(path.suffix for path in files) == [".json", ".safetensors"]
    saved.remove()
    assert saved.read() is None


def test_state_of_the_same_step_is_replaced(tmp_path):
    saved = SavedProgress("key", tmp_path)
    for number in (1, 2):
        saved.write(5, {"a": torch.full((2,), number)}, {"number": number})
    assert saved.read()[1] == {"number": 2}
    assert [path.name for path in saved.folder.iterdir()] == ["step-000000005"]


def test_training_beside_one_of_the_same_keeps_no_state_and_leaves_the_other_its_own(dataset, kept, caplog):
    with pytest.raises(KeyboardInterrupt):
        tiny(StoppedAtStepTwelve).fit(dataset.train, dataset.validation)
    (state,) = kept.glob("*/step-*")
    with SavedProgress(state.parent.name).claimed() as is_ours:
        assert is_ours
        fitted(tiny(), dataset)
    assert "Another process runs the same training" in caplog.text
    assert "resumes from step" not in caplog.text
    assert list(kept.glob("*/step-*")) == [state]


MODEL = "textlab.models.bert.model"


def test_key_of_a_training_depends_on_everything_that_decides_the_numbers():
    assert content_key(MODEL, {"epochs": 2}, 0) == content_key(MODEL, {"epochs": 2}, 0)
    assert content_key(MODEL, {"epochs": 2}, 0) != content_key(MODEL, {"epochs": 3}, 0)
    assert content_key(MODEL, {"epochs": 2}, 0) != content_key("textlab.models.bert.pretraining", {"epochs": 2}, 0)
    assert content_key(MODEL, "\ud800") != content_key(MODEL, "\ud801")


SHARED = ["batches", "checkpoint", "compilation", "device", "network", "recipe"]


@pytest.mark.parametrize("name", ["bert.loss", *(f"transformer.{name}" for name in SHARED)])
def test_key_of_a_training_depends_on_the_code_of_each_module_that_trains(name, monkeypatch):
    before = content_key(MODEL)
    changed, read = sources.source_file(f"textlab.models.{name}"), sources.read
    monkeypatch.setattr(
        sources, "read", lambda path: replace(read(path), digest="changed") if path == changed else read(path)
    )
    assert content_key(MODEL) != before


def test_key_of_a_training_does_not_depend_on_the_export(monkeypatch):
    before = content_key(MODEL)
    changed, read = sources.source_file("textlab.models.bert.graph"), sources.read
    monkeypatch.setattr(
        sources, "read", lambda path: replace(read(path), digest="changed") if path == changed else read(path)
    )
    assert content_key(MODEL) == before


def test_full_memory_halves_the_micro_batch_and_gives_the_same_model(dataset, caplog):
    whole = fitted(tiny(dropout=0.0), dataset)
    small = fitted(tiny(SmallMemory, dropout=0.0), dataset)
    said = [record.message for record in caplog.records if "memory does not hold" in record.message]
    assert [line.split(" (")[0].split()[-4] for line in said] == ["8", "4"]
    assert "gradients are computed for 2 texts at a time and added up; a batch still has all its texts" in said[-1]
    np.testing.assert_allclose(small.step_history["train_loss"], whole.step_history["train_loss"], atol=0.02)
    assert len(small.step_history) == len(whole.step_history)


def test_memory_too_small_for_one_text_is_an_error_with_advice(dataset):
    model = tiny(SmallMemory)
    model.holds = 0
    with pytest.raises(MemoryError, match=r"a single text \(CUDA out of memory\. Tried to allocate 2 GiB\.\)\. Give a"):
        model.fit(dataset.train, dataset.validation)


def test_training_that_diverges_stops_with_advice(dataset, kept):
    with pytest.raises(FloatingPointError, match=r"at step \d+ of 15: training has diverged\. Give a smaller learning"):
        tiny(learning_rate=1e38).fit(dataset.train, dataset.validation)


def test_training_that_no_longer_improves_cools_down_ends_and_keeps_the_best_weights(dataset, stalled):
    scores = stalled.history["validation_macro_recall"]
    assert len(stalled.step_history) == 12
    rates = stalled.step_history["learning_rate"]
    assert rates.iloc[-1] == pytest.approx(rates.iloc[-2] / 2)  # two steps, a fifth of ten
    right = stalled.predict_proba(dataset.validation["text"].tolist()).argmax(1) == dataset.validation["label"]
    assert right.mean() == scores.max()
    assert not stalled.training_notes


def test_training_interrupted_while_it_cools_down_gives_the_same_numbers(dataset, stalled, caplog):
    stopped = tiny(StoppedAtStepTwelve, **STALLS)
    stopped.step = len(stalled.step_history)
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(dataset.train, dataset.validation, seed=3)
    with caplog.at_level(logging.INFO, "textlab"):
        resumed = fitted(tiny(**STALLS), dataset, seed=3)
    assert "resumes from step 10 of 12" in caplog.text
    pd.testing.assert_frame_equal(resumed.history, stalled.history, check_exact=True)
    pd.testing.assert_frame_equal(resumed.step_history, stalled.step_history, check_exact=True)


def test_spent_budget_ends_training_at_a_rate_that_has_fallen_and_says_so(dataset):
    model = fitted(tiny(budget_minutes=1e-6, epochs=12, warmup=0.0), dataset)
    assert model.history["epoch"].tolist() == [1.0, 1.2]
    assert model.step_history["learning_rate"].iloc[-1] == model.step_history["learning_rate"].min()
    assert "Training ended at its ceiling of 1e-06 minutes (budget_minutes)" in model.training_notes[0]


def test_history_has_a_row_each_half_epoch_and_step_history_one_each_step(dataset):
    model = fitted(tiny(epochs=2, patience=4), dataset)
    assert model.history["epoch"].tolist() == [0.6, 1.0, 1.6, 2.0]
    assert list(model.history) == ["epoch", "train_loss", "validation_loss", "validation_macro_recall"]
    assert model.step_history["step"].tolist() == list(range(1, 11))
    assert model.history["train_loss"][0] == pytest.approx(model.step_history["train_loss"][:3].mean())
    assert model.step_history["learning_rate"].idxmax() == 1


def test_batch_larger_than_all_texts_is_one_step_an_epoch(dataset):
    model = fitted(tiny(batch_size=64, epochs=2), dataset)
    assert model.history["epoch"].tolist() == [1.0, 2.0]
    assert len(model.step_history) == 2


def test_losses_that_are_read_seldom_as_on_a_gpu_are_the_same(dataset, plain, monkeypatch):
    at_once, _ = plain
    monkeypatch.setattr(Training, "_steps_unread", 20)
    later = fitted(tiny(), dataset)
    pd.testing.assert_frame_equal(later.step_history, at_once.step_history)
    pd.testing.assert_frame_equal(later.history, at_once.history)


def test_averaged_weights_differ_from_the_last_ones(dataset, plain):
    texts = dataset.test["text"].tolist()
    last, averaged = plain[0], fitted(tiny(averaging=0.9), dataset)
    assert last.parameters["averaging"] == 0
    assert last.step_history.equals(averaged.step_history)
    assert not np.array_equal(last.predict_proba(texts), averaged.predict_proba(texts))


def test_biases_and_norms_do_not_decay_and_lower_layers_learn_more_slowly():
    model = open_checkpoint("tiny").classifier(2, dropout=0.1)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    recipe = Recipe(learning_rate=1.0, batch_size=8, epochs=1, layer_decay=0.5, weight_decay=0.1)
    settings = {
        names[id(parameter)]: (group["weight_decay"], group["peak"])
        for group in parameter_groups(model, recipe)
        for parameter in group["params"]
    }
    assert len(settings) == len(names)
    assert settings["classifier.weight"] == (0.1, 1.0)
    assert settings["classifier.bias"] == (0.0, 1.0)
    assert settings["bert.pooler.dense.weight"] == (0.1, 1.0)
    assert settings["bert.encoder.layer.1.attention.self.query.weight"] == (0.1, 0.5)
    assert settings["bert.encoder.layer.0.output.LayerNorm.weight"] == (0.0, 0.25)
    assert settings["bert.embeddings.word_embeddings.weight"] == (0.1, 0.125)


def test_progress_bar_shows_texts_per_second_the_time_left_and_the_score(plain):
    model, printed = plain
    shown = printed.getvalue().replace("\r", "\n")
    assert "texts/s" in shown
    assert "macro_recall=" in shown
    assert "120/120" in shown
    assert math.isfinite(model.training_seconds)
