"""The hyperparameters of BERT that follow from the training data and the checkpoint."""

import math

import pytest
from tiny_data import tiny_dataset

from textlab.models.bert import BERT
from textlab.models.bert.defaults import automatic_values, suited_to_checkpoint
from textlab.models.training_facts import TrainingFacts
from textlab.models.transformer import resume as bert_resume
from textlab.models.transformer.architectures import describe


def values(texts, classes, median_words=19, long_words=27, **given):
    facts = TrainingFacts(texts, classes, texts // classes, median_words, long_words)
    return automatic_values(facts, **given)


def steps(texts, classes):
    found = values(texts, classes)
    return found["epochs"] * math.ceil(texts / found["batch_size"])


@pytest.mark.parametrize(
    ("texts", "classes", "median_words", "batch_size", "epochs", "learning_rate"),
    [  # the rows of the table in docs/explanations/defaults.md
        (872, 11, 2, 16, 12, 0.00017),
        (2_862, 2, 14, 16, 6, 0.0001),
        (3_000, 5, 312, 16, 7, 0.00012),
        (3_231, 4, 16, 16, 10, 0.0001),
        (8_000, 2, 17, 32, 4, 0.0001),
        (8_500, 77, 12, 32, 12, 0.00031),
        (10_065, 3, 18, 32, 6, 0.0001),
        (11_851, 2, 22, 32, 3, 0.0001),
        (13_992, 22, 14, 32, 11, 0.00022),
        (32_188, 1_016, 3, 32, 10, 0.0004),
        (34_949, 22, 3, 32, 5, 0.00022),
        (45_581, 3, 19, 32, 2, 0.0001),
        (79_339, 2, 13, 32, 2, 0.0001),
    ],
)
def test_values_are_those_that_the_documentation_states(
    texts, classes, median_words, batch_size, epochs, learning_rate
):
    found = values(texts, classes, median_words, long_words=2 * median_words)
    assert (found["batch_size"], found["epochs"], found["learning_rate"]) == (batch_size, epochs, learning_rate)


@pytest.mark.parametrize("texts", [100, 5_000, 5_001, 100_000])
def test_more_classes_never_mean_fewer_steps_or_a_lower_rate(texts):
    counts = [2, 3, 5, 20, 100]
    assert [steps(texts, count) for count in counts] == sorted(steps(texts, count) for count in counts)
    rates = [values(texts, count)["learning_rate"] for count in counts]
    assert rates == sorted(rates)


def test_given_batch_size_decides_the_steps_per_epoch():
    assert values(45_615, 3, batch_size=128)["epochs"] == 5
    assert values(45_615, 3, batch_size=128)["batch_size"] == 128


@pytest.mark.parametrize(("long_words", "length"), [(1, 128), (63, 128), (100, 202), (300, 512)])
def test_maximum_length_follows_from_the_long_texts_within_bounds(long_words, length):
    assert values(1_000, 2, long_words=long_words)["maximum_length"] == length


def test_long_texts_are_read_in_fewer_epochs_but_never_in_fewer_than_two():
    assert values(3_000, 5, median_words=19)["epochs"] == 12
    assert values(3_000, 5, median_words=312, long_words=366)["epochs"] == 7
    assert values(100_000, 5, median_words=312, long_words=366)["epochs"] == 2


def test_values_suit_a_checkpoint_with_fewer_positions_and_wider_layers():
    base = describe({"model_type": "distilbert", "max_position_embeddings": 256, "dim": 768})
    minilm = describe({"model_type": "bert", "hidden_size": 384})
    narrow = describe({"model_type": "roberta", "max_position_embeddings": 514, "hidden_size": 96})
    assert suited_to_checkpoint("maximum_length", 512, base) == 256
    assert suited_to_checkpoint("maximum_length", 514, narrow) == 512
    assert suited_to_checkpoint("learning_rate", 1e-4, base) == 5e-5
    assert suited_to_checkpoint("learning_rate", 1e-4, minilm) == suited_to_checkpoint("learning_rate", 1e-4, narrow)
    assert suited_to_checkpoint("epochs", 7, base) == 7


def test_model_trains_with_the_values_that_follow_from_its_data(tmp_path, monkeypatch):
    monkeypatch.setattr(bert_resume, "FOLDER", tmp_path)
    dataset = tiny_dataset()
    model = BERT(checkpoint="tiny", epochs=1, device="cpu")
    model.fit(dataset.train, dataset.validation)
    assert model.parameters["batch_size"] == "auto"
    assert {name: model.resolved[name] for name in ("batch_size", "epochs", "learning_rate", "maximum_length")} == {
        "batch_size": 16,
        "epochs": 1,
        "learning_rate": 1e-4,
        "maximum_length": 128,
    }
    assert len(model.step_history) == 3
