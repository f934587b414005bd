"""BERT on texts that are longer than its maximum length: they are read in windows."""

import numpy as np
import pandas as pd
import pytest
import torch
from tiny_data import tiny_dataset

from textlab.bundle_format.signature import TRUNCATED
from textlab.models.bert import BERT
from textlab.models.bert.attribution import word_attributions
from textlab.models.bert.classifier_graph import ClassifierGraph
from textlab.models.bert.defaults import automatic_values, windows_as_long
from textlab.models.saved_model import SavedModel
from textlab.models.training_facts import TrainingFacts
from textlab.models.transformer import resume as bert_resume
from textlab.models.transformer import windows_graph
from textlab.models.transformer.architectures import architecture_names
from textlab.models.transformer.checkpoint_files import read_encoder, read_weights
from textlab.models.transformer.window_batches import DeviceWindows, pooled, smooth_maxima
from textlab.models.transformer.windows import Ends, Layout, windows_of
from textlab.text.tokenisers.graph import TokeniserGraph
from textlab.text.tokenisers.reading import read_tokeniser

FILLER = "the crew of flight was on train"
LENGTHS = (0, 1, 5, 8, 9, 14, 15, 20, 21, 90)


def hidden_among(word, words, place):
    """A text of so many words, one of which tells the class."""
    filler = (FILLER.split() * (words // 7 + 1))[:words]
    filler[min(place, words - 1)] = word
    return " ".join(filler)


def long_texts(count, seed):
    """Texts of 16 words. One tells the class, and a model that reads 10 tokens at once sees it in half of them."""
    random, labels = np.random.default_rng(seed), np.arange(count) % 2
    words = [("awful", "lovely")[label] for label in labels]
    texts = [hidden_among(word, 16, int(random.integers(16))) for word in words]
    return pd.DataFrame({"text": texts, "label": labels})


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    train, validation = long_texts(64, 0), long_texts(16, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bert_resume, "FOLDER", tmp_path_factory.mktemp("checkpoints"))
        settings = BERT.tiny().parameters | {"maximum_length": 10, "windows": 3, "epochs": 7, "dropout": 0.0}
        fitted = BERT(**settings)
        fitted.fit(train, validation, seed=1)
    return fitted


def test_deciding_word_is_found_wherever_it_stands(model):
    test = long_texts(40, 2)
    assert (model.predict_proba(test[["text"]]).argmax(axis=1) == test["label"]).mean() >= 0.95
    assert not model.truncated(test).any()


def test_only_what_lies_beyond_all_windows_is_not_read(model):
    texts = [hidden_among(word, 30, place) for place in (15, 25) for word in ("lovely", "awful")]
    inside, other, beyond, same = model.predict_proba(texts)
    assert np.abs(inside - other).max() > 0.05
    np.testing.assert_array_equal(beyond, same)
    assert model.truncated(texts).all()


@pytest.fixture(scope="module")
def texts():
    texts = [hidden_among("lovely", length, 3) if length else "" for length in LENGTHS]
    return texts + [hidden_among("awful", length, length // 2) for length in range(12, 26)]


def test_graph_reads_the_same_windows_and_tells_the_same(model, texts, tmp_path):
    import tensorflow as tf

    model.save(tmp_path)
    tokeniser = TokeniserGraph(read_tokeniser(tmp_path / "tokenizer.json"), 10)
    ends = Ends(tuple(tokeniser.prefix), tuple(tokeniser.suffix))
    read = windows_graph.windows_of(tokeniser.pieces(tf.constant(texts)), ends.layout(10, 3), ends)
    encoder = read_encoder(tmp_path)
    graph = ClassifierGraph(read_weights(tmp_path, encoder, with_head=True), encoder)
    np.testing.assert_allclose(graph.answers(read.ids, read.text), model.predict_proba(texts), atol=1e-5)
    assert read.truncated.numpy().tolist() == model.truncated(texts).tolist()
    assert {True, False} == set(model.truncated(texts).tolist())


def test_signature_tells_what_windows_read(model):
    assert model.signature().tells_truncated
    assert model.signature().outputs[-1].name == TRUNCATED
    assert model.signature().max_characters == 8 * (8 + 2 * 6)


@pytest.mark.slow
def test_export_reads_the_same_windows_and_tells_the_same(model, texts, tmp_path):
    model.export(tmp_path / "export")
    served = SavedModel(tmp_path / "export", model.signature())
    answers, truncated = served.answer_and_truncated({"text": texts})
    np.testing.assert_allclose(answers, model.predict_proba(texts), atol=model.parity_tolerance)
    assert truncated.tolist() == model.truncated(texts).tolist()
    assert served.answer_and_truncated({"text": []})[0].shape == (0, 2)


def test_saved_model_reads_windows_too(model, tmp_path):
    model.save(tmp_path / "model")
    texts = long_texts(4, 3)["text"].tolist()
    np.testing.assert_array_equal(BERT.load(tmp_path / "model").predict_proba(texts), model.predict_proba(texts))


def test_attributions_name_the_words_of_all_windows_and_add_up(model):
    text = hidden_among("lovely", 16, 12)
    found = word_attributions(model, [text])
    assert found["word"].tolist() == text.split()
    logits = np.log(model.predict_proba([text, " ".join(["[MASK]"] * 16)]))
    predicted = logits[0].argmax()
    difference = (logits[0, predicted] - logits[0, 1 - predicted]) - (logits[1, predicted] - logits[1, 1 - predicted])
    assert found["attribution"].abs().nlargest(3).index.isin([12]).any()
    assert 0 < found["attribution"].sum() < 2 * abs(difference)


def test_short_texts_train_alike_with_and_without_windows(tmp_path, monkeypatch):
    monkeypatch.setattr(bert_resume, "FOLDER", tmp_path)
    dataset, found = tiny_dataset(), []
    for windows in (1, 5):
        model = BERT(**BERT.tiny().parameters | {"epochs": 1, "windows": windows})
        model.fit(dataset.train, dataset.validation)
        found.append(model.predict_proba(dataset.test))
    np.testing.assert_array_equal(*found)


def device_windows(lengths):
    pieces = [np.arange(1, length + 1, dtype=np.int32) for length in lengths]
    return DeviceWindows(windows_of(pieces, Layout(8, 4), Ends((99,), ())), 0, torch.device("cpu"))


def test_batch_holds_all_windows_of_its_texts():
    windows = device_windows([3, 20, 9])
    (batch,) = windows.batches([np.array([1, 0])])
    numbers, mask = windows.gather(batch)
    assert numbers[:, 1].tolist() == [1, 7, 13, 1]
    assert mask[:, 0, 0].sum(1).tolist() == [9, 9, 9, 4]
    assert batch.twice().counts.tolist() == [3, 1, 3, 1]
    assert batch.twice().rows.tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 100])
def test_parts_of_a_batch_hold_few_windows_and_every_text_once(size):
    windows = device_windows([3, 20, 9, 30, 1, 1, 1, 26])
    (batch,) = windows.batches([np.arange(8)])
    parts = list(batch.split(size))
    assert np.concatenate([part.texts for part in parts]).tolist() == list(range(8))
    assert torch.cat([part.rows for part in parts]).tolist() == list(range(8))
    assert all(part.counts.sum() <= size or len(part) == 1 for part in parts)


@pytest.mark.parametrize("counts", [[1, 3, 2], [2, 2, 2], [1, 1, 1, 1, 1, 1]])
def test_large_numbers_of_a_text_s_own_windows_weigh_most_in_its_state(counts):
    states = torch.randn(6, 5, generator=torch.Generator().manual_seed(0))
    expected = [(part * part.exp() / part.exp().sum(0)).sum(0) for part in states.split(counts)]
    torch.testing.assert_close(pooled(states, np.array(counts)), torch.stack(expected))
    starts = np.cumsum([0, *counts[:-1]])
    torch.testing.assert_close(torch.from_numpy(smooth_maxima(states.numpy(), starts)), torch.stack(expected))
    largest = torch.stack([part.max(0).values for part in states.split(counts)])
    torch.testing.assert_close(pooled(1e4 * states, np.array(counts)), 1e4 * largest)


def test_state_of_a_text_with_one_window_is_that_of_the_window():
    states = torch.randn(3, 5, generator=torch.Generator().manual_seed(0))
    assert pooled(states, np.array([1, 1, 1])).equal(states)


@pytest.mark.parametrize(
    ("texts", "long_words", "median_words", "given", "windows"),
    [
        (45_000, 27, 19, {}, 1),
        (400, 1_000, 1_000, {}, 5),
        (400, 250, 250, {}, 1),
        (400, 250, 250, {"maximum_length": 128}, 5),
        (400, 50_000, 40_000, {}, 16),
        (100_000, 1_000, 1_000, {}, 1),
        (100_000, 1_000, 20, {}, 5),
    ],
)
def test_windows_follow_from_long_texts_unless_they_take_too_long(texts, long_words, median_words, given, windows):
    facts = TrainingFacts(texts, 2, texts // 2, median_words, long_words)
    assert automatic_values(facts, **given)["windows"] == windows


def test_checkpoint_with_fewer_positions_gets_more_windows():
    assert windows_as_long(1, 512, 512) == 1
    assert windows_as_long(1, 512, 128) == 6
    assert windows_as_long(5, 512, 256) == 11
    assert windows_as_long(1, 128, 512) == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", [name for name in architecture_names() if name != "bert"])
def test_every_architecture_reads_windows_alike_in_training_and_in_the_graph(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(bert_resume, "FOLDER", tmp_path)
    settings = BERT.tiny().parameters | {"checkpoint": f"tiny-{kind}", "maximum_length": 12, "windows": 3, "epochs": 1}
    model = BERT(**settings)
    model.fit(long_texts(16, 0), long_texts(8, 1))
    texts = ["", *long_texts(12, 2)["text"], hidden_among("lovely", 60, 40)]
    model.export(tmp_path / "export")
    answers, truncated = SavedModel(tmp_path / "export", model.signature()).answer_and_truncated({"text": texts})
    np.testing.assert_allclose(answers, model.predict_proba(texts), atol=model.parity_tolerance)
    assert truncated.tolist() == model.truncated(texts).tolist()
    assert truncated[-1]
    assert len(word_attributions(model, texts[1:2])) == 16
