"""Pretraining on masked words."""

import logging

import numpy as np
import pandas as pd
import pytest
import torch
from tiny_data import tiny_dataset
from transformers import BertModel

from textlab.models.bert import BERT
from textlab.models.bert import pretraining as bert_pretraining
from textlab.models.bert.pretraining import SpecialTokens, masked, pretrained
from textlab.models.transformer import resume as bert_resume
from textlab.models.transformer.checkpoint import open_checkpoint
from textlab.models.transformer.recipe import Recipe
from textlab.models.transformer.training import Training

CPU = torch.device("cpu")
TEXTS = ["the crew was lovely and kind", "the crew was awful and late"] * 20


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setattr(bert_resume, "FOLDER", tmp_path / "checkpoints")
    monkeypatch.setattr(bert_pretraining, "FOLDER", tmp_path / "pretrained")


@pytest.fixture
def checkpoint():
    return open_checkpoint("tiny", TEXTS)


def test_masked_pieces_are_of_words_alone_and_in_the_published_shares(checkpoint):
    torch.manual_seed(0)
    ids = {token: checkpoint.tokenizer.token_to_id(token) for token in ("[PAD]", "[CLS]", "[SEP]", "[MASK]")}
    numbers = torch.full((500, 200), checkpoint.tokenizer.token_to_id("lovely"))
    numbers[:, 0], numbers[:, 150], numbers[:, 151:] = ids["[CLS]"], ids["[SEP]"], ids["[PAD]"]
    shown, chosen = masked(numbers, SpecialTokens.of(checkpoint))
    words = chosen[:, 1:150]
    assert chosen.sum() == words.sum()
    assert words.float().mean() == pytest.approx(0.15, abs=0.01)
    hidden = (shown == ids["[MASK]"]) & chosen
    kept = (shown == numbers) & chosen
    assert hidden.sum() / chosen.sum() == pytest.approx(0.8, abs=0.02)
    assert kept.sum() / chosen.sum() == pytest.approx(0.1, abs=0.02)
    assert torch.equal(shown[~chosen], numbers[~chosen])


def test_masked_words_are_learnt(checkpoint, monkeypatch):
    trainings = []

    class Kept(Training):
        def run(self):
            trainings.append(self)
            super().run()

    monkeypatch.setattr(bert_pretraining, "Training", Kept)
    recipe = Recipe(learning_rate=1e-2, batch_size=8, epochs=20)
    trained = pretrained(checkpoint, TEXTS, recipe, maximum_length=16, device=CPU)
    losses = trainings[0].step_history["train_loss"]
    assert losses[-20:].mean() < 0.5 * losses[:5].mean()
    assert trained.tokenizer.to_str() == checkpoint.tokenizer.to_str()
    before, after = (each.load(BertModel).embeddings.word_embeddings.weight for each in (checkpoint, trained))
    assert not torch.allclose(before, after, atol=0.01)


def test_pretraining_is_done_once_and_kept_by_content(checkpoint, caplog):
    recipe = Recipe(learning_rate=1e-3, batch_size=8, epochs=1)
    settings = {"maximum_length": 16, "device": CPU}
    first = pretrained(checkpoint, TEXTS, recipe, **settings)
    with caplog.at_level(logging.INFO, "textlab"):
        again = pretrained(checkpoint, TEXTS, recipe, **settings)
        assert "are read from" in caplog.text
        assert again.folder == first.folder
        caplog.clear()
        assert pretrained(checkpoint, TEXTS[1:], recipe, **settings).folder != first.folder
    assert "are read from" not in caplog.text


def test_pretraining_changes_the_initial_weights_of_fine_tuning():
    dataset = tiny_dataset()
    models = [BERT(**BERT.tiny().parameters | {"epochs": 1, "pretraining_epochs": epochs}) for epochs in (0, 1)]
    plain, further = (model.fit(dataset.train, dataset.validation)["train_loss"] for model in models)
    assert not np.allclose(plain, further)


def test_unlabelled_texts_are_read_too(tmp_path):
    dataset = tiny_dataset()
    splits = [dataset.labelled(frame).assign(split=split) for split, frame in dataset.splits()]
    pd.concat(splits).to_csv(tmp_path / "tweets.csv", index=False)
    settings = BERT.tiny().parameters | {"epochs": 1, "pretraining_epochs": 1, "windows": 1}
    folders = []
    for unlabelled in ("", f"file:{tmp_path / 'tweets.csv'}"):
        model = BERT(**settings | {"unlabelled": unlabelled})
        model.device = CPU
        folders.append(model._checkpoint(["the crew was lovely"] * 8).folder)
    assert folders[0] != folders[1]
