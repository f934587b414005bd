"""The baseline: logistic regression on tf-idf."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression as Solver
from sklearn.pipeline import make_pipeline, make_union
from tiny_data import tiny_dataset

from textlab import data
from textlab.models import logistic_regression
from textlab.models.linear_head import climb, tolerance
from textlab.models.logistic_regression import LogisticRegression
from textlab.models.training_facts import TrainingFacts
from textlab.text.graph import encode
from textlab.text.normalisation import normalise


def test_probabilities_equal_the_scikit_learn_pipeline():
    dataset = tiny_dataset(3)
    model = LogisticRegression(features="word", minimum_count=1, C=2.0)
    model.fit(dataset.train, dataset.validation)
    pipeline = make_pipeline(
        TfidfVectorizer(
            tokenizer=lambda text: normalise(text).split(), token_pattern=None, ngram_range=(1, 2), sublinear_tf=True
        ),
        Solver(C=2.0, class_weight="balanced", solver="newton-cg", tol=1e-8),
    )
    pipeline.fit(dataset.train["text"], dataset.train["label"])
    expected = pipeline.predict_proba(dataset.test["text"])
    np.testing.assert_allclose(
        model.predict_proba(dataset.test["text"].tolist()), expected, atol=1e-3
    )  # two solvers stop apart


def test_penalty_is_chosen_on_validation():
    dataset = tiny_dataset()
    model = LogisticRegression(minimum_count=1)
    history = model.fit(dataset.train, dataset.validation)
    assert list(history.columns) == ["C", "validation_macro_recall"]
    assert history["C"].is_monotonic_increasing
    assert len(history) >= 2


@pytest.mark.parametrize(
    ("peak", "start", "tried"),
    [
        (0.5, 0.5, [0.5, 1]),
        (2, 0.5, [0.5, 1, 2, 4]),
        (4, 2, [2, 4, 8]),
        (1, 2, [2, 4, 1, 0.5]),
        (0.5, 2, [2, 4, 1, 0.5]),
    ],
)
def test_penalties_are_tried_until_the_score_has_passed_its_peak(peak, start, tried):
    scores = {}

    def score(C):
        scores[C] = -abs(np.log2(C / peak))
        return scores[C]

    climb(score, start)
    assert list(scores) == tried


def test_peak_lies_inside_the_penalties_that_are_tried():
    tried = []
    climb(lambda C: tried.append(C) or -abs(np.log2(C / 128)), 2.0)
    assert tried[-2:] == [128, 256]


def test_kept_weights_are_those_of_the_best_penalty():
    dataset = tiny_dataset(3)
    chosen = LogisticRegression(minimum_count=1)
    history = chosen.fit(dataset.train, dataset.validation)
    best = history["C"][history["validation_macro_recall"].idxmax()]
    given = LogisticRegression(minimum_count=1, C=float(best))
    given.fit(dataset.train, dataset.validation)
    np.testing.assert_allclose(
        chosen.predict_proba(dataset.test), given.predict_proba(dataset.test), atol=2e-3
    )  # from another start, the solver stops elsewhere


def test_rare_n_grams_are_dropped_if_columns_times_classes_exceed_the_limit(monkeypatch):
    dataset = tiny_dataset(3)
    monkeypatch.setattr(logistic_regression, "MOST_WEIGHTS", 3 * 150)
    model = LogisticRegression(minimum_count=1, C=1.0)
    model.fit(dataset.train, dataset.validation)
    assert 10 < len(model.head.weights) <= 150


@pytest.mark.parametrize(("words", "classes", "expected"), [(20, 2, 1), (30_000, 2, 1), (50_000, 2, 2), (50_000, 3, 1)])
def test_n_grams_of_a_single_text_are_kept_if_there_are_few_words_per_class(words, classes, expected):
    facts = TrainingFacts(texts=words // 10, classes=classes, rarest=1, median_words=10, long_words=10)
    assert LogisticRegression()._automatic_values(facts) == {"minimum_count": expected}


def test_given_minimum_count_is_used_as_it_is():
    dataset = tiny_dataset()
    for given, used in (("auto", 1), (3, 3)):
        model = LogisticRegression(minimum_count=given, C=1.0)
        model.fit(dataset.train, dataset.validation)
        assert model.resolved["minimum_count"] == model.features.minimum_count == used


def test_solution_that_starts_at_another_penaltys_equals_one_that_starts_at_zero():
    dataset = tiny_dataset(3)
    train = pd.concat([dataset.train] * 50)  # many texts: a change of the penalty changes the gradient by little
    model = LogisticRegression(minimum_count=1)
    rows = model.features.fit_transform(train["text"].tolist())
    solver = model._solver(seed=0)
    for penalty in (32.0, 64.0):
        solver.set_params(C=penalty, tol=tolerance(solver, penalty, len(train))).fit(rows, train["label"])
    rows = rows.astype(float)
    alone = Solver(C=64.0, class_weight="balanced", solver="newton-cg", tol=1e-8).fit(rows, train["label"])
    assert solver.n_iter_.max() > 0
    np.testing.assert_allclose(solver.predict_proba(rows), alone.predict_proba(rows), atol=1e-3)


def test_top_features_name_the_words_that_tell_the_classes_apart():
    dataset = tiny_dataset()
    model = LogisticRegression(features="word", minimum_count=1, C=10.0)
    model.fit(dataset.train, dataset.validation)
    top = model.top_features(4)
    assert set(top.loc[top["label"] == 1, "n_gram"]) & {"lovely", "great", "kind", "fast"}
    assert (top["weight"] > 0).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"features": "words"}, r"Unknown features 'words'\. Did you mean 'word'\? Available: word, char, word_char"),
        ({"C": -1.0}, r"C is -1\.0\. It must be at least 0\."),
        ({"class_weight": "equal"}, "Unknown class_weight 'equal'"),
        ({"minimum_count": 0}, r"minimum_count is 0\. It must be at least 1 or auto\."),
    ],
)
def test_impossible_parameter_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        LogisticRegression(**wrong)


def test_metric_that_validation_cannot_give_is_refused():
    dataset = tiny_dataset()
    validation = dataset.validation[dataset.validation["label"] == 1]
    with pytest.raises(ValueError, match=r"roc_auc on validation is nan, probably .* same class\. Give validation"):
        LogisticRegression(primary_metric="roc_auc").fit(dataset.train, validation)


def test_texts_that_share_nothing_are_refused():
    dataset = tiny_dataset()
    train = dataset.train.assign(text=[f"w{number}" for number in range(len(dataset.train))])
    with pytest.raises(ValueError, match="No word n-gram occurs in 2 of the 40 training texts"):
        LogisticRegression(features="word", minimum_count=2).fit(train, dataset.validation)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("tweet_eval/irony", id="two classes"),
        pytest.param("tweet_eval/sentiment", id="three classes", marks=pytest.mark.slow),
    ],
)
def test_exported_model_agrees_with_scikit_learn_on_two_thousand_real_tweets(name, real_data, monkeypatch, tmp_path):
    import tensorflow as tf

    monkeypatch.setenv("TEXTLAB_MIRROR", str(real_data))
    dataset = data.load(name)
    model = LogisticRegression(C=1.0, minimum_count=2)
    solver = model._solver(seed=0)
    monkeypatch.setattr(model, "_solver", lambda seed: solver)
    model.fit(dataset.train.head(2500), dataset.validation)
    model.export(tmp_path / "export")
    texts = [*dataset.train["text"].tail(300), *dataset.validation["text"], *dataset.test["text"]][:2000]
    assert len(texts) == 2000
    rows = scikit_learn_rows(dataset.train["text"].head(2500), texts)
    served = tf.saved_model.load(str(tmp_path / "export")).signatures["serving_default"]
    probabilities = served(text=tf.constant(encode(texts)))["probabilities"].numpy()
    expected = model.calibration.apply(solver.predict_proba(rows))
    assert np.abs(probabilities - expected).max() <= 1e-5


def scikit_learn_rows(train, texts):
    """The features of `texts` from scikit-learn's own vectorizers."""
    settings = {"preprocessor": normalise, "min_df": 2, "sublinear_tf": True}
    union = make_union(
        TfidfVectorizer(tokenizer=str.split, token_pattern=None, ngram_range=(1, 2), **settings),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **settings),
    )
    return union.fit(train).transform(texts)


def test_model_of_lemmas_is_saved_and_exported_with_its_table(tmp_path, monkeypatch):
    import tensorflow as tf

    dataset = tiny_dataset()
    model = LogisticRegression(features="word", minimum_count=1, lemmas=True, C=100.0)
    model.fit(dataset.train, dataset.validation)
    texts = ["The flights were late", "the flight be late", "mice", ""]
    expected = model.predict_proba(texts)
    np.testing.assert_array_equal(expected[0], expected[1])
    model.save(tmp_path / "saved")
    model.export(tmp_path / "export")
    monkeypatch.setitem(sys.modules, "spacy_lookups_data", None)  # importing it would fail
    np.testing.assert_array_equal(LogisticRegression.load(tmp_path / "saved").predict_proba(texts), expected)
    served = tf.saved_model.load(str(tmp_path / "export")).signatures["serving_default"]
    np.testing.assert_allclose(served(text=tf.constant(texts))["probabilities"], expected, atol=1e-6)


def test_model_that_was_saved_without_a_text_processor_reads_word_forms(tmp_path):
    dataset = tiny_dataset()
    model = LogisticRegression(minimum_count=1, C=1.0)
    model.fit(dataset.train, dataset.validation)
    model.save(tmp_path)
    document = json.loads((tmp_path / "model.json").read_text())
    del document["parameters"]["lemmas"]
    (tmp_path / "model.json").write_text(json.dumps(document))
    (tmp_path / "text_processor.json").unlink()
    texts = dataset.test["text"].tolist()
    loaded = LogisticRegression.load(tmp_path)
    np.testing.assert_array_equal(loaded.predict_proba(texts), model.predict_proba(texts))
