"""Trees: the features and the nodes have the same bits in training, in what is saved, and in the graph."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tiny_data import ODD_TEXTS, tiny_dataset

from textlab.features.tfidf import TfidfFeatures
from textlab.models.boosted_trees import BoostedTrees
from textlab.models.discovery import families
from textlab.models.random_forest import RandomForest
from textlab.models.trees.features import LARGEST_COUNT, TreeFeatures, count_multiples
from textlab.models.trees.graph import _columns, _sums, _windows
from textlab.models.trees.lightgbm_trees import lightgbm_trees
from textlab.models.trees.nodes import Nodes, Tree, rounded_down
from textlab.models.trees.selection import telling_columns
from textlab.text.graph import encode

TEXTS = [*tiny_dataset(3).train["text"], "a a a a b", "late late late flight 😂 é", *ODD_TEXTS, "a " * 3000]
LABELS = np.arange(len(TEXTS)) % 3


def chain(length, leaf_class=0):
    """A tree whose every node tests column 0 for another count: right at the first threshold that is exceeded."""
    inner = np.arange(length)
    return Tree(
        left=np.r_[inner + 1, np.full(length + 1, -1)],
        right=np.r_[length + 1 + inner, np.full(length + 1, -1)],
        feature=np.zeros(2 * length + 1, int),
        threshold=np.r_[length - inner - 0.5, np.zeros(length + 1)],
        classes=np.full((2 * length + 1, 1), leaf_class),
        values=np.r_[np.zeros(length), 0.0, np.arange(length, 0, -1)][:, None],
    )


def in_graph(nodes, columns, n_classes):
    import tensorflow as tf

    arrays = [tf.constant(nodes.classes), tf.constant(nodes.values)]
    return _sums(tf.constant(columns), nodes.roots, _windows(nodes), arrays, n_classes).numpy()


@pytest.mark.parametrize("length", [1, 9, 31, 32, 33, 64, 100])
def test_a_chain_of_nodes_is_followed_to_the_same_leaf_whatever_its_length(length):
    nodes = Nodes.of([chain(length), chain(3, leaf_class=1)])
    columns = np.arange(length + 3, dtype=np.float32)[:, None]
    expected = np.stack([np.minimum(columns[:, 0], length), np.minimum(columns[:, 0], 3)], axis=1)
    np.testing.assert_array_equal(nodes.sums(columns, 2), expected)
    np.testing.assert_array_equal(in_graph(nodes, columns, 2), expected)


def test_a_tree_without_a_split_answers_alike_for_every_text():
    leaf = Tree(*(np.array([-1]), np.array([-1]), np.array([-2]), np.array([-2.0])), np.array([[1]]), np.array([[0.5]]))
    nodes = Nodes.of([leaf, chain(2)])
    columns = np.array([[0], [2]], np.float32)
    np.testing.assert_array_equal(nodes.sums(columns, 2), [[0, 0.5], [2, 0.5]])
    np.testing.assert_array_equal(in_graph(nodes, columns, 2), [[0, 0.5], [2, 0.5]])


def test_no_texts_have_no_sums():
    assert in_graph(Nodes.of([chain(2)]), np.zeros((0, 1), np.float32), 2).shape == (0, 2)


def test_a_threshold_is_rounded_down_so_that_no_float32_changes_sides():
    generator = np.random.default_rng(0)
    values = generator.normal(size=2000).astype(np.float32)
    above = np.nextafter(values, np.float32(np.inf)).astype(float)
    for thresholds in (values.astype(float), (values + above) / 2, above, np.nextafter(above, -np.inf)):
        rounded = rounded_down(thresholds)
        assert rounded.dtype == np.float32
        np.testing.assert_array_equal(values <= rounded, values.astype(float) <= thresholds)
        np.testing.assert_array_equal(above <= rounded, above <= thresholds)


@pytest.mark.parametrize("components", [0, 5])
def test_features_have_the_same_bits_in_the_graph(components, tmp_path):
    import tensorflow as tf

    from textlab.features.tfidf_graph import write_vocabulary
    from textlab.text.vocabulary_table import vocabulary_table

    features = TreeFeatures(TfidfFeatures("word_char"), 150, components)
    fitted = features.fit_transform(TEXTS, LABELS, seed=0)
    expected = fitted if components else fitted.toarray()
    assert expected.shape == (len(TEXTS), components or 150)
    assert expected.dtype == np.float32
    features.save(tmp_path)
    loaded = TreeFeatures.load(tmp_path)
    transformed = loaded.transform(TEXTS)
    np.testing.assert_array_equal(transformed if components else transformed.toarray(), expected)
    tables = [vocabulary_table(write_vocabulary(block, tmp_path)) for block in features.tfidf.blocks]
    variables = [tf.constant(features.directions), tf.constant(features.idf_multiples)]
    processed = features.tfidf.processor.in_graph(tmp_path)(tf.constant(encode(TEXTS)))
    np.testing.assert_array_equal(_columns(features, tables, variables, processed).numpy(), expected)


def test_projections_are_those_of_scaled_tfidf_rows():
    features = TreeFeatures(TfidfFeatures("word"), 10_000, 4)
    projected = features.fit_transform(TEXTS, LABELS, seed=0)
    expected = features.tfidf.transform(TEXTS) @ (features.directions / 2**20)
    few = [number for number, text in enumerate(TEXTS) if len(text) < 1000]
    np.testing.assert_allclose(projected[few], expected[few], atol=5e-3)  # seven fractional bits of each factor


def test_multiples_of_counts_rise_with_the_count():
    multiples = count_multiples()
    assert len(multiples) == LARGEST_COUNT + 1
    assert multiples[0] == 0
    assert (np.diff(multiples) >= 0).all()


def test_telling_columns_are_those_that_depend_on_the_class():
    from scipy.sparse import csr_matrix

    counts = csr_matrix(np.array([[1, 3, 0], [1, 1, 0], [1, 0, 1], [1, 0, 0]], np.float32))
    np.testing.assert_array_equal(telling_columns(counts, np.array([0, 0, 1, 1]), 1), [1])
    np.testing.assert_array_equal(telling_columns(counts, np.array([0, 0, 1, 1]), 5), [0, 1, 2])
    np.testing.assert_array_equal(counts.data, [1, 3, 1, 1, 1, 1, 1])


def test_the_forest_answers_like_scikit_learns():
    from sklearn.ensemble import RandomForestClassifier

    train = pd.DataFrame({"text": pd.Series(TEXTS, dtype=object), "label": LABELS})
    model = RandomForest(features="word", minimum_count=1, trees=15, minimum_leaf=1, class_weight="none")
    model.fit(train, tiny_dataset(3).validation, seed=4)
    counts = TfidfFeatures("word", 1).fit_counts(TEXTS)
    forest = RandomForestClassifier(15, random_state=4).fit(counts, LABELS, np.ones(len(LABELS)))
    np.testing.assert_allclose(model.predict_proba(TEXTS), forest.predict_proba(counts), atol=1e-7)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_trees_of_lightgbm_add_up_to_its_own_sums(n_classes):
    import lightgbm

    counts = TfidfFeatures("word", 1).fit_counts(TEXTS).toarray()
    labels = LABELS % n_classes
    parameters = {"objective": "binary"} if n_classes == 2 else {"objective": "multiclass", "num_class": n_classes}
    parameters |= {"min_data_in_leaf": 3, "verbosity": -1, "use_missing": False, "num_threads": 1}
    booster = lightgbm.train(parameters, lightgbm.Dataset(counts, labels), num_boost_round=8)
    nodes = Nodes.of(lightgbm_trees(booster.model_to_string(), n_classes))
    sums = nodes.sums(counts, n_classes)
    expected = booster.predict(counts, raw_score=True)
    np.testing.assert_allclose(sums[:, 1] if n_classes == 2 else sums, expected, atol=1e-6)


@pytest.mark.parametrize("model_class", [RandomForest, BoostedTrees])
def test_only_the_columns_that_the_trees_use_are_kept(model_class):
    dataset = tiny_dataset(2)
    model = model_class.tiny()
    model.fit(dataset.train, dataset.validation)
    usage = model.ensemble.usage()
    assert (usage > 0).all()
    assert usage.is_monotonic_decreasing
    assert len(usage) < TfidfFeatures("word", 1).fit_counts(dataset.train["text"].tolist()).shape[1]


@pytest.mark.parametrize("model_class", [RandomForest, BoostedTrees])
def test_trees_on_directions_of_lemmas_export_the_same_probabilities(model_class, tmp_path):
    import tensorflow as tf

    dataset = tiny_dataset(3)
    model = model_class(**model_class.tiny().parameters | {"components": 6, "lemmas": True})
    model.fit(dataset.train, dataset.validation)
    model.export(tmp_path / "export")
    loaded = tf.saved_model.load(str(tmp_path / "export"))
    served = loaded.signatures["serving_default"](text=tf.constant(encode(TEXTS)))["probabilities"].numpy()
    np.testing.assert_allclose(served, model.predict_proba(TEXTS), atol=1e-6)


def test_directions_of_a_single_n_gram_are_refused():
    features = TreeFeatures(TfidfFeatures("word"), 1, 6)
    with pytest.raises(ValueError, match=r"Directions need at least two n-grams, and one is left\. Raise maximum_feat"):
        features.fit_transform(TEXTS, LABELS, seed=0)


def test_a_tree_of_one_leaf_is_refused():
    with pytest.raises(ValueError, match=r"maximum_leaves is 1\. Set it to 0 for no limit, or to at least 2"):
        RandomForest(maximum_leaves=1)


def test_many_classes_keep_the_eight_most_frequent_of_each_leaf():
    labels = np.repeat(np.arange(12), 6)
    texts = [f"word{label} and {number % 3}" for number, label in enumerate(labels)]
    frame = pd.DataFrame({"text": texts, "label": labels})
    model = RandomForest(minimum_count=1, minimum_leaf=20, trees=5)
    model.fit(frame, frame)
    assert model.ensemble.nodes.classes.shape[1] == 8
    np.testing.assert_allclose(model.predict_proba(texts).sum(axis=1), 1, atol=1e-6)


def test_the_number_of_trees_and_rounds_falls_with_the_number_of_classes():
    from textlab.models.training_facts import TrainingFacts

    few, many = (TrainingFacts(50_000, classes, 10, 5, 9) for classes in (3, 1016))
    assert RandomForest()._automatic_values(few) == {"features": "word", "trees": 300, "minimum_leaf": 4}
    assert RandomForest()._automatic_values(many) == {"features": "word", "trees": 60, "minimum_leaf": 4}
    assert RandomForest()._automatic_values(replace(few, texts=10_000))["features"] == "word_char"
    assert BoostedTrees()._automatic_values(few)["rounds"] == 300
    expected = {"maximum_features": 2000, "rounds": 12, "learning_rate": 0.3, "leaves": 7, "minimum_leaf": 1}
    assert BoostedTrees()._automatic_values(many) == expected
    assert BoostedTrees()._automatic_values(replace(few, texts=10_000))["minimum_leaf"] == 5


def test_a_spent_budget_ends_the_growth_and_says_so():
    dataset = tiny_dataset(2)
    for model in (
        RandomForest(minimum_count=1, trees=40, budget_minutes=1e-9),
        BoostedTrees(minimum_count=1, rounds=40, budget_minutes=1e-9),
    ):
        history = model.fit(dataset.train, dataset.validation)
        assert len(history) == 1
        assert "budget_minutes" in model.training_notes[0]


def test_the_shared_code_is_no_family():
    assert "trees" not in families()
