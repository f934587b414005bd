"""The LSTM family: vocabulary, training, batches, export and learning from a teacher."""

import contextlib
import functools
import io
import itertools
import re

import numpy as np
import pandas as pd
import pytest
from tiny_data import tiny_dataset

from textlab import data
from textlab.features.vectors.word_vectors import WordVectors
from textlab.models.length_buckets import length_buckets
from textlab.models.lstm import LSTM
from textlab.models.lstm.batches import pad, training_batches
from textlab.models.lstm.graph import inference_graph
from textlab.models.lstm.network import POOLINGS, build_network
from textlab.models.lstm.vocabulary import choose_vocabulary
from textlab.models.saved_model import SavedModel
from textlab.models.training_length import TimeBudget
from textlab.text.graph import encode
from textlab.text.normalisation import normalise

TINY = LSTM.tiny().parameters


def served(folder, texts):
    import tensorflow as tf

    signature = tf.saved_model.load(str(folder)).signatures["serving_default"]
    return signature(text=tf.constant(encode(texts)))["probabilities"].numpy()


@pytest.fixture(scope="module")
def short_sighted(tmp_path_factory):
    """A model that reads three words, trained for two epochs with frozen vectors, and what the training showed.

    A word of validation, "hiddenword", occurs in no training text. The word "dreamlike" occurs in the unlabelled texts
    for training, and other words in those for validation and test. Tests must not change the model.
    """
    rows = [(f"the hotel was dreamlike {n}", n % 2, "train") for n in range(30)]
    for split in ("validation", "test"):
        rows += [(f"the {split} breakfast was nightmarish {n}", n % 2, split) for n in range(9)]
    path = tmp_path_factory.mktemp("unlabelled") / "hotels.csv"
    pd.DataFrame(rows, columns=["text", "label", "split"]).to_csv(path, index=False)
    dataset = tiny_dataset()
    validation = dataset.validation.assign(text=[f"hiddenword {text}" for text in dataset.validation["text"]])
    model = LSTM(**TINY | {"maximum_length": 3, "train_vectors": False, "epochs": 2, "unlabelled": f"file:{path}"})
    with contextlib.redirect_stderr(io.StringIO()) as shown:
        model.fit(dataset.train, validation)
    return model, shown.getvalue()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"units": 0}, "units is 0. It must be at least 1"),
        ({"layers": 0}, "layers is 0. It must be at least 1"),
        ({"width": -5}, "width is -5. It must be at least 1"),
        ({"maximum_length": 0}, "maximum_length is 0. It must be at least 1 or auto."),
        ({"batch_size": 0}, "batch_size is 0. It must be at least 1 or auto."),
        ({"epochs": 0}, "epochs is 0. It must be at least 1 or auto."),
        ({"patience": 0}, "patience is 0. It must be at least 1."),
        ({"dropout": -0.1}, "dropout is -0.1. It must be at least 0 and below 1"),
        ({"dropout": 1.0}, "dropout is 1.0. It must be at least 0 and below 1"),
        ({"word_dropout": 1.5}, "word_dropout is 1.5. It must be at least 0 and below 1"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0. It must be above 0 or auto."),
        ({"learning_rate": float("nan")}, "learning_rate is nan. It must be above 0 or auto."),
        ({"pooling": "mean"}, "Unknown pooling 'mean'. Available: max, attention, last"),
        ({"class_weight": "equal"}, "Unknown class_weight 'equal'. Available: balanced, sampled, none"),
    ],
)
def test_impossible_parameter_is_refused(wrong, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        LSTM(**wrong)


def test_unknown_vectors_are_refused_with_those_there_are():
    dataset = tiny_dataset()
    with pytest.raises((ValueError, FileNotFoundError, ConnectionError), match="word2vec"):
        LSTM(embedding="wordtovec").fit(dataset.train, dataset.validation)


def test_vectors_without_any_word_of_the_training_texts_are_refused(tmp_path):
    path = tmp_path / "french.vec"
    path.write_text("2 3\nbonjour 1 2 3\nmerci 4 5 6\n", encoding="utf-8")
    dataset = tiny_dataset()
    with pytest.raises(ValueError, match=r"french.vec has none of the \d+ wanted words"):
        LSTM(embedding=str(path)).fit(dataset.train, dataset.validation)


def test_no_word_of_validation_or_test_alone_is_in_the_vocabulary(short_sighted):
    model, _ = short_sighted
    assert "hiddenword" not in {*model.vocabulary, *model.vectors.words}
    model.predict_proba(["secretword crew"])
    assert "secretword" not in model.vocabulary


@pytest.mark.slow  # the test before this one finds no word of validation in the vocabulary
def test_training_is_the_same_whatever_the_words_of_validation_are():
    dataset = tiny_dataset()
    unheard = dataset.validation.assign(text=[f"unheard{n} of{n}" for n in range(len(dataset.validation))])
    settings = TINY | {"epochs": 1}  # with one epoch validation has nothing to choose
    models = LSTM(**settings), LSTM(**settings)
    for model, validation in zip(models, (dataset.validation, unheard), strict=True):
        model.fit(dataset.train, validation, seed=3)
    texts = dataset.test["text"].tolist()
    np.testing.assert_array_equal(models[0].predict_proba(texts), models[1].predict_proba(texts))


def test_unlabelled_texts_lend_words_from_their_training_split_only(short_sighted):
    model, _ = short_sighted
    assert "dreamlike" in model.vocabulary
    assert not {"breakfast", "nightmarish"} & set(model.vocabulary)


def test_weights_of_the_best_validation_epoch_are_kept():
    dataset = tiny_dataset(3)
    model = LSTM(**TINY | {"learning_rate": 0.2, "epochs": 6, "patience": 6, "primary_metric": "accuracy"})
    history = model.fit(dataset.train, dataset.validation, seed=1)
    predicted = model.predict_proba(dataset.validation["text"].tolist()).argmax(axis=1)
    accuracy = (predicted == dataset.validation["label"]).mean()
    assert accuracy == pytest.approx(history["validation_accuracy"].max())


def test_training_cools_down_and_ends_when_validation_no_longer_improves():
    dataset = tiny_dataset()
    noise = dataset.validation.assign(text="nothing known here")  # no epoch can be better than the first
    model = LSTM(**TINY | {"epochs": 12, "patience": 2})
    history = model.fit(dataset.train, noise)
    assert list(history.columns) == ["epoch", "train_loss", "validation_loss", "validation_macro_recall"]
    assert history["epoch"].tolist() == [1, 2, 3, 3.6]
    assert model.training_notes == []


def test_training_ends_at_its_ceiling_of_minutes_and_says_so(monkeypatch):
    clock = itertools.count(0, 40 * 60).__next__  # 40 minutes pass between two looks at the clock
    monkeypatch.setattr("textlab.models.lstm.model.TimeBudget", functools.partial(TimeBudget, clock=clock))
    dataset = tiny_dataset()
    model = LSTM(**TINY | {"budget_minutes": 60})
    history = model.fit(dataset.train, dataset.validation)
    assert history["epoch"].tolist() == [1, 2]
    assert model.training_notes[0].startswith("Training ended at its ceiling of 60 minutes (budget_minutes)")


def test_progress_is_shown_by_epoch(short_sighted):
    _, shown = short_sighted
    assert "epoch 2 of 2" in shown
    assert "macro_recall=" in shown


def test_frozen_vectors_stay_as_they_were(short_sighted):
    model, _ = short_sighted
    np.testing.assert_array_equal(model.network.get_layer("vectors").get_weights()[0], model.embedding_matrix)


def test_words_beyond_the_maximum_length_are_not_read(short_sighted):
    model, _ = short_sighted
    answers = model.predict_proba(["the crew was", "the crew was awful and rude"])
    np.testing.assert_array_equal(answers[0], answers[1])


def test_model_and_export_tell_which_texts_are_too_long(short_sighted, tmp_path):
    model, _ = short_sighted
    texts = ["the crew was", "the crew was awful", "", " a  b c ", "one @airline http://x.y !", "a b c d"]
    expected = [len(normalise(text).split()) > 3 for text in texts]
    assert model.truncated(texts).tolist() == expected
    assert model.truncated(texts[:1]).tolist() == [False]
    model.export(tmp_path / "export")
    _, truncated = SavedModel(tmp_path / "export", model.signature()).answer_and_truncated({"text": texts})
    assert truncated.tolist() == expected
    assert model.signature().max_characters == 36


QUICK_SHAPES = {("last", True, 2), ("attention", True, 1), ("max", False, 2)}  # each value once at least
SHAPES = [
    pytest.param(*shape, marks=() if shape in QUICK_SHAPES else pytest.mark.slow)
    for shape in itertools.product(POOLINGS, (True, False), (1, 2))
]


@pytest.mark.parametrize(("pooling", "bidirectional", "layers"), SHAPES)
def test_inference_graph_is_the_network_in_every_shape(pooling, bidirectional, layers):
    import keras

    keras.utils.set_random_seed(0)
    vectors = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)
    shape = {"pooling": pooling, "bidirectional": bidirectional, "layers": layers}
    network = build_network(vectors, 3, units=4, dropout=0.5, train_vectors=True, **shape)
    network.set_weights([weight + 0.3 for weight in network.get_weights()])  # no bias is 0 by chance
    numbers = pad([[5, 9, 3], [7], [4, 4, 8, 29, 11, 6, 2], [1, 20]])
    np.testing.assert_allclose(inference_graph(network)(numbers), network.predict_on_batch(numbers), atol=1e-5)


@pytest.mark.slow  # the contract compares odd texts
def test_exported_model_agrees_on_two_thousand_real_tweets(real_data, monkeypatch, tmp_path):
    monkeypatch.setenv("TEXTLAB_MIRROR", str(real_data))
    dataset = data.load("tweet_eval/sentiment")
    model = LSTM(embedding="glove", width=25, units=32, epochs=1, learning_rate=0.01)
    model.fit(dataset.train.head(3000), dataset.validation.head(300))
    model.export(tmp_path / "export")
    texts = dataset.test["text"].head(2000).tolist()
    expected = model.predict_proba(texts)
    assert expected.max() > 0.6  # it has an opinion
    assert np.abs(served(tmp_path / "export", texts) - expected).max() <= 1e-5


def test_layers_meet_the_requirements_of_cudnn():
    import keras

    vectors = np.ones((5, 4), np.float32)
    network = build_network(
        vectors, 2, units=4, layers=2, bidirectional=True, dropout=0.5, pooling="max", train_vectors=True
    )
    wrapped = [layer for layer in network.layers if isinstance(layer, keras.layers.Bidirectional)]
    assert len(wrapped) == 2
    for layer in (inner for outer in wrapped for inner in (outer.forward_layer, outer.backward_layer)):
        assert layer.activation is keras.activations.tanh
        assert layer.recurrent_activation is keras.activations.sigmoid
        assert layer.recurrent_dropout == 0
        assert layer.use_bias
        assert not layer.unroll
        assert layer.use_cudnn == "auto"
    first_column = pad([[3, 4], [], [5]])[:, 0]
    assert (first_column != 0).all()  # padding on the right, and no row of padding alone


def batches_of(numbers, **settings):
    count = len(numbers)
    settings = {"batch_size": 8, "word_dropout": 0.0, "seed": 0} | settings
    return training_batches(numbers, np.arange(count), np.ones(count, np.float32), **settings)


def test_batches_hold_hardly_any_padding_and_every_text_once():
    random = np.random.default_rng(0)
    numbers = [[number + 2] * int(length) for number, length in enumerate(random.integers(1, 50, size=8000))]
    batches = batches_of(numbers, batch_size=32)
    seen, computed = [], 0
    for padded, labels, _ in batches.as_numpy_iterator():
        seen += labels.tolist()
        computed += padded.size
        assert (padded[:, 0] == labels + 2).all()
    assert sorted(seen) == list(range(8000))
    assert len(batches) == 250
    assert computed <= 1.05 * sum(map(len, numbers))


def test_batches_come_in_another_order_each_epoch_and_in_the_same_for_a_seed():
    numbers = [[number + 2] for number in range(64)]

    def two_epochs(seed):
        batches = batches_of(numbers, word_dropout=0.5, seed=seed)
        return [[padded.tolist() for padded, _, _ in batches.as_numpy_iterator()] for _ in range(2)]

    assert two_epochs(1) == two_epochs(1)
    first, second = two_epochs(1)
    assert first != second
    assert two_epochs(2) != two_epochs(1)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_training_takes_texts_of_any_length_in_any_order(seed):
    """The first two batches are equally long with one seed and not with the other."""
    dataset = tiny_dataset()
    longer = dataset.train.assign(text=[*dataset.train["text"].head(30), *dataset.train["text"].tail(10) + " so very"])
    model = LSTM(**TINY | {"epochs": 1})
    model.fit(longer, dataset.validation, seed=seed)
    assert np.isfinite(model.predict_proba(longer)).all()


def test_word_dropout_hides_its_share_of_words_but_no_padding():
    numbers = [[7] * 20 for _ in range(500)] + [[7] for _ in range(12)]
    padded, _, _ = next(batches_of(numbers, batch_size=512, word_dropout=0.25).as_numpy_iterator())
    hidden, kept, padding = ((padded == number).sum() for number in (1, 7, 0))
    assert padding == 12 * 19
    assert hidden / (hidden + kept) == pytest.approx(0.25, abs=0.02)


def test_predictions_are_in_the_order_of_the_texts(short_sighted):
    model, _ = short_sighted
    texts = ["lovely", "awful and rude " * 3, "", "kind crew"]
    together = model.predict_proba(texts)
    assert len(np.unique(together[:, 0])) == 4
    alone = np.vstack([model.predict_proba([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    assert [batch.tolist() for batch in length_buckets(np.array([3, 1, 2]), 2)] == [[1, 2], [0]]


def test_rare_words_count_as_unknown_unless_the_vectors_know_them(tmp_path):
    path = tmp_path / "small.vec"
    path.write_text("3 2\nthe 1 0\ncrew 0 1\nzebra 1 1\n", encoding="utf-8")
    first, *others = tiny_dataset().train["text"]
    vectors, vocabulary, _ = choose_vocabulary(["zebra quagga " + first, *others], str(path), width=8, unlabelled="")
    assert set(vocabulary) == {"the", "crew", "zebra"}
    assert isinstance(vectors, WordVectors)
    assert normalise("Zebra") == "zebra"


def test_student_learns_the_answers_of_its_teacher_and_not_the_labels():
    dataset = tiny_dataset()
    wrong = dataset.train.assign(label=1 - dataset.train["label"])
    model = LSTM(**TINY | {"teacher": "a run"})
    answers = np.where(dataset.train["label"].to_numpy()[:, None] == np.arange(2), 0.97, 0.03)
    model.learn_from(dataset.train["text"].tolist(), answers)
    model.fit(wrong, dataset.validation, seed=3)
    predicted = model.predict_proba(dataset.test["text"].tolist())
    assert (predicted.argmax(axis=1) == dataset.test["label"]).mean() >= 0.95


def test_teacher_without_answers_or_of_other_classes_is_refused():
    dataset = tiny_dataset()
    model = LSTM(**TINY | {"teacher": "a run"})
    with pytest.raises(ValueError, match=r"The teacher 'a run' gave no answers\. Call learn_from first\."):
        model.fit(dataset.train, dataset.validation)
    with pytest.raises(ValueError, match=r"2 texts came with 3 answers\. Give one answer for each text"):
        model.learn_from(["a", "b"], np.ones((3, 2)) / 2)
    model.learn_from(["a", "b"], np.ones((2, 3)) / 3)
    with pytest.raises(ValueError, match="The teacher knows 3 classes, but the training data has 2"):
        model.fit(dataset.train, dataset.validation)
