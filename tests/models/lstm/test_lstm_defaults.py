"""The rules by which the LSTM's hyperparameters follow from the training data."""

from dataclasses import replace

import pytest

from textlab.models.lstm import LSTM
from textlab.models.lstm.defaults import MOST_EPOCHS, automatic_values
from textlab.models.training_facts import TrainingFacts

AIR_PARADIS = TrainingFacts(texts=8_000, classes=2, rarest=3_974, median_words=17, long_words=29)
SIZES = [2, 500, 1_999, 2_000, 19_999, 20_000, 100_000, 1_000_000]


@pytest.mark.parametrize(
    ("facts", "epochs", "batch_size", "learning_rate", "maximum_length"),
    [
        (TrainingFacts(texts=872, classes=11, rarest=30, median_words=2, long_words=4), 54, 32, 0.004, 32),
        (TrainingFacts(texts=3_000, classes=5, rarest=60, median_words=312, long_words=340), 21, 32, 0.004, 512),
        (AIR_PARADIS, 9, 32, 0.004, 58),
        (TrainingFacts(texts=10_802, classes=77, rarest=62, median_words=2, long_words=4), 33, 64, 0.004, 32),
        (TrainingFacts(texts=32_188, classes=1_016, rarest=1, median_words=3, long_words=6), 54, 64, 0.004, 32),
        (TrainingFacts(texts=45_581, classes=3, rarest=7_091, median_words=20, long_words=27), 4, 64, 0.002, 54),
        (TrainingFacts(texts=79_339, classes=2, rarest=39_530, median_words=12, long_words=25), 3, 64, 0.002, 50),
    ],
)
def test_values_of_the_documentation(facts, epochs, batch_size, learning_rate, maximum_length):
    values = automatic_values(facts)
    assert (values["epochs"], values["batch_size"]) == (epochs, batch_size)
    assert (values["learning_rate"], values["maximum_length"]) == (learning_rate, maximum_length)


def test_more_texts_are_read_fewer_times_and_more_classes_more_often():
    by_texts = [automatic_values(replace(AIR_PARADIS, texts=texts))["epochs"] for texts in SIZES]
    by_classes = [automatic_values(replace(AIR_PARADIS, classes=count))["epochs"] for count in (2, 3, 22, 77, 1_016)]
    assert by_texts == sorted(by_texts, reverse=True)
    assert by_classes == sorted(by_classes)
    assert (by_texts[0], by_texts[-1]) == (MOST_EPOCHS, 1)


def test_batches_never_shrink_as_texts_are_added():
    sizes = [automatic_values(replace(AIR_PARADIS, texts=texts))["batch_size"] for texts in SIZES]
    assert sizes == sorted(sizes)


def test_long_texts_are_read_further_unless_there_are_very_many():
    by_words = [replace(AIR_PARADIS, long_words=words) for words in (1, 29, 100, 5_000)]
    assert [automatic_values(facts)["maximum_length"] for facts in by_words] == [32, 58, 200, 512]
    long_texts = replace(AIR_PARADIS, long_words=5_000)
    assert automatic_values(replace(long_texts, texts=100_000))["maximum_length"] == 200
    assert automatic_values(replace(long_texts, texts=10**9))["maximum_length"] == 32


@pytest.mark.parametrize("texts", SIZES)
@pytest.mark.parametrize("classes", [2, 1_016])
@pytest.mark.parametrize("words", [0, 5, 5_000])
def test_every_value_is_allowed(texts, classes, words):
    facts = TrainingFacts(texts, classes, rarest=1, median_words=words, long_words=words)
    LSTM(**automatic_values(facts))


def test_every_automatic_hyperparameter_has_a_rule():
    automatic = {name for name, each in LSTM.hyperparameters().items() if each.is_automatic}
    assert automatic_values(AIR_PARADIS).keys() == automatic
