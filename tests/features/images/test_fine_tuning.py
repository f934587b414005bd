import numpy as np
import pytest
from tiny_pictures import picture_dataset

from textlab.features.images import load_network, saved_network
from textlab.features.images.fine_tuning import fine_tune
from textlab.features.images.tuning import Recipe
from textlab.inputs import kind_of

RECIPE = Recipe(epochs=12, learning_rate=0.05, block_rate=0.5, dropout=0.1)
BLANK = ""


@pytest.fixture(scope="module")
def dataset():
    return picture_dataset(("image",))


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return load_network("tiny", tmp_path_factory.mktemp("picture_features"))


def colours(frame):
    """The labels that the picture decides: its colour."""
    return frame["label"].to_numpy() % 2


@pytest.fixture(scope="module")
def tune(dataset, network):
    truth = colours(dataset.validation)

    def evaluate(probabilities):
        return {"accuracy": float(np.mean(probabilities.argmax(axis=1) == truth))}

    def tune(train=None, recipe=RECIPE, validation=None, **options):
        train = list(dataset.train["image"]) if train is None else train
        validation = list(dataset.validation["image"]) if validation is None else validation
        labels = colours(dataset.train)
        return fine_tune(
            network, train, labels, validation, evaluate, "accuracy", recipe=recipe, show_progress=False, **options
        )

    return tune


@pytest.fixture(scope="module")
def tuned(tune):
    return tune()


def answers(graph, values):
    import tensorflow as tf

    return graph(tf.constant(kind_of("image").encode(values))).numpy()


def test_blocks_and_classifier_learn_the_colours(tuned):
    assert tuned.history[-1]["train_loss"] < tuned.history[0]["train_loss"]
    assert max(row["accuracy"] for row in tuned.history) >= 0.9


def test_graph_gives_the_tuned_features(tuned, network, dataset):
    values = [*dataset.test["image"], *kind_of("image").odd_values()]
    features = tuned.network.features(values, show_progress=False)
    np.testing.assert_allclose(answers(tuned.network.in_graph(), values), features, atol=1e-4)
    assert np.abs(features - network.features(values, show_progress=False)).max() > 0.01
    assert not features[values.index(BLANK)].any()


def test_only_the_last_blocks_are_tuned(tuned, network):
    last = network.architecture.blocks[network.architecture.frozen :]
    names = {convolution.name for block in last for convolution in block.convolutions}
    assert {name.rpartition("/")[0] for name in tuned.network.tuned} == names


def test_saved_network_gives_the_same_features(tuned, network, dataset, tmp_path):
    values = list(dataset.test["image"][:3])
    tuned.network.save(tmp_path)
    loaded = saved_network("tiny", tmp_path, tmp_path)
    expected = tuned.network.features(values, show_progress=False)
    np.testing.assert_array_equal(loaded.features(values, show_progress=False), expected)


def test_pretrained_network_saves_nothing(network, tmp_path):
    network.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert saved_network("tiny", tmp_path).tuned is None


def test_seed_decides_the_result(tune, tuned):
    again, other = tune(), tune(seed=1)
    assert again.history == tuned.history
    assert other.history != tuned.history


def test_row_without_a_picture_teaches_nothing(tune, dataset):
    train = list(dataset.train["image"])
    weights = np.ones(len(train), np.float32)
    one = Recipe(epochs=1)
    tuned = tune([*train[:40], *[BLANK] * 8], one, sample_weights=weights)
    weights[40:] = 1000
    assert tune([*train[:40], *[BLANK] * 8], one, sample_weights=weights).history == tuned.history


def test_training_ends_when_validation_stalls(tune):
    tuned = tune(recipe=Recipe(epochs=30, learning_rate=1e-9, patience=2))
    assert len(tuned.history) == 3


def test_training_without_any_picture_is_refused(tune, dataset):
    with pytest.raises(ValueError, match="No training example has a picture"):
        tune([BLANK] * len(dataset.train))
    with pytest.raises(ValueError, match="No validation example has a picture"):
        tune(validation=[BLANK] * len(dataset.validation))
