"""BERT with the other architectures: training, interruptions, attribution, masked words and saved folders."""

import numpy as np
import pandas as pd
import pytest
import torch
from interrupted_bert import StoppedAtTheThirdEvaluation
from tiny_data import ODD_TEXTS, tiny_dataset

from textlab.models.bert import BERT
from textlab.models.bert import pretraining as bert_pretraining
from textlab.models.bert.attribution import word_attributions
from textlab.models.bert.pretraining import pretrained
from textlab.models.transformer import resume as bert_resume
from textlab.models.transformer.architectures import architecture_names
from textlab.models.transformer.checkpoint import open_checkpoint
from textlab.models.transformer.network import EncoderNetwork
from textlab.models.transformer.recipe import Recipe
from textlab.models.transformer.windows import read_windows

CPU = torch.device("cpu")
FAST = ("roberta",)  # the others take seconds; test_network holds all of them against transformers
OTHERS = [
    name if name in FAST else pytest.param(name, marks=pytest.mark.slow)
    for name in architecture_names()
    if name != "bert"
]


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setattr(bert_resume, "FOLDER", tmp_path / "checkpoints")
    monkeypatch.setattr(bert_pretraining, "FOLDER", tmp_path / "pretrained")


@pytest.fixture(scope="module")
def dataset():
    return tiny_dataset()


@pytest.fixture(scope="module", params=OTHERS)
def fitted(request, dataset, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bert_resume, "FOLDER", tmp_path_factory.mktemp("checkpoints"))
        model = tiny(request.param)
        model.history = model.fit(dataset.train, dataset.validation, seed=1)
    return model


def tiny(kind, model_class=BERT, **settings):
    return model_class(**BERT.tiny().parameters | {"checkpoint": f"tiny-{kind}", "epochs": 6} | settings)


def test_fine_tuning_learns(fitted, dataset):
    losses = fitted.step_history["train_loss"]
    assert losses[-5:].mean() < 0.7 * losses[:5].mean()
    right = fitted.predict_proba(dataset.train["text"].tolist()).argmax(1) == dataset.train["label"]
    assert right.mean() > 0.9


def test_interrupted_training_resumes_and_gives_the_same_numbers(fitted, dataset):
    kind = fitted.parameters["checkpoint"].removeprefix("tiny-")
    with pytest.raises(KeyboardInterrupt):
        tiny(kind, StoppedAtTheThirdEvaluation).fit(dataset.train, dataset.validation, seed=1)
    resumed = tiny(kind)
    history = resumed.fit(dataset.train, dataset.validation, seed=1)
    pd.testing.assert_frame_equal(history, fitted.history, check_exact=True)
    pd.testing.assert_frame_equal(resumed.step_history, fitted.step_history, check_exact=True)


def test_saved_model_gives_the_same_probabilities_here_and_in_transformers(fitted, tmp_path):
    from transformers import AutoModelForSequenceClassification

    texts = [*ODD_TEXTS, "the crew was lovely"]
    fitted.save(tmp_path)
    probabilities = fitted.predict_proba(texts)
    np.testing.assert_array_equal(BERT.load(tmp_path).predict_proba(texts), probabilities)
    theirs = AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    encoded = fitted.tokenizer.encode(texts[-1]).ids
    with torch.inference_mode():
        found = torch.softmax(theirs(torch.tensor([encoded])).logits, -1)
    np.testing.assert_allclose(found[0], probabilities[-1], atol=1e-5)


def test_attributions_add_up_to_the_difference_in_the_logit(fitted):
    text = "the crew of train flight 3 was lovely and great !"
    found = word_attributions(fitted, [text])
    assert found["word"].tolist() == text.split()
    numbers = read_windows(fitted.tokenizer, [text], 128).tokens.numbers
    masked = numbers.copy()
    masked[1:-1] = fitted.tokenizer.token_to_id("<mask>") or fitted.tokenizer.token_to_id("[MASK]")
    with torch.inference_mode():
        whole, hidden = (fitted.network(torch.from_numpy(each)[None].long())[0].numpy() for each in (numbers, masked))
    difference = (whole - hidden)[whole.argmax()]
    assert found["attribution"].sum() == pytest.approx(difference, rel=0.15, abs=0.02)


@pytest.mark.parametrize("kind", OTHERS)
def test_masked_words_are_learnt_with_the_head_of_each_architecture(kind, dataset):
    from transformers import AutoModel

    texts = ["the crew was lovely and kind", "the crew was awful and late"] * 16
    checkpoint = open_checkpoint(f"tiny-{kind}", texts)
    recipe = Recipe(learning_rate=1e-2, batch_size=8, epochs=3)
    trained = pretrained(checkpoint, texts, recipe, maximum_length=16, device=CPU)
    first, again = (EncoderNetwork(trained.load(AutoModel).eval()) for _ in range(2))
    numbers = torch.tensor([checkpoint.tokenizer.encode(texts[0]).ids])
    with torch.inference_mode():
        assert torch.equal(first.hidden(numbers), again.hidden(numbers))  # no weight of the encoder is drawn anew
    model = tiny(kind, checkpoint=str(trained.folder), epochs=1)
    model.fit(dataset.train, dataset.validation)
