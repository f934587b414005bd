"""The calibration of a classifier: when it is chosen, what it changes, and what it keeps."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax
from tiny_data import tiny_dataset

from textlab.models.calibration import FEWEST, Calibration, calibration_rows, fit_calibration
from textlab.models.logistic_regression import LogisticRegression

VECTOR = Calibration("vector", (0.5, 1.0, 2.0), (0.3, -0.4, 0.1))


def drawn(factor=1.0, shift=(0.0, 0.0, 0.0), examples=1500, seed=0):
    """Validation examples, and probabilities whose logits are `factor` times the true ones, plus `shift`."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 1.5, (examples, 3))
    labels = (softmax(logits, axis=1).cumsum(axis=1) > random.random((examples, 1))).argmax(axis=1)
    return pd.DataFrame({"id": range(examples), "label": labels}), softmax(factor * logits + shift, axis=1)


def test_overconfident_model_gets_a_temperature_that_keeps_every_class():
    validation, probabilities = drawn(factor=2.5)
    found = fit_calibration(validation, probabilities, "macro_recall")
    assert found.method == "temperature"
    assert found.temperature == pytest.approx(2.5, rel=0.1)
    assert found.ece_after < 0.03 < 0.1 < found.ece_before
    assert (found.apply(probabilities).argmax(axis=1) == probabilities.argmax(axis=1)).all()


def test_calibrated_model_stays_as_it_is():
    found = fit_calibration(*drawn(), "macro_recall")
    assert (found.method, found.temperature, found.examples) == ("none", 1.0, 1500)
    assert found.ece_before == found.ece_after


def test_model_with_a_class_too_likely_gets_a_vector_and_loses_no_accuracy():
    validation, probabilities = drawn(factor=2, shift=(2.0, 0.0, -1.0))
    found = fit_calibration(validation, probabilities, "accuracy")
    assert found.method == "vector"
    assert found.temperature is None
    right = [
        (each.argmax(axis=1) == validation["label"]).mean() for each in (found.apply(probabilities), probabilities)
    ]
    assert right[0] > right[1]
    assert found.ece_after < found.ece_before / 2


def test_vector_that_would_lower_the_primary_metric_is_refused():
    """A model with class weights finds the rare class, at the cost of accuracy: a vector would take that back."""
    random = np.random.default_rng(1)
    labels = (random.random(3000) < 0.1).astype(int)
    score = random.normal(1.5 * labels, 1)
    logits = np.stack([np.zeros(3000), 2 * (1.5 * score - 1.5**2 / 2)], axis=1)  # as if both classes were as frequent
    validation = pd.DataFrame({"id": range(3000), "label": labels})
    probabilities = softmax(logits, axis=1)
    assert fit_calibration(validation, probabilities, "accuracy").method == "vector"
    found = fit_calibration(validation, probabilities, "macro_recall")
    assert found.method != "vector"
    assert (found.apply(probabilities).argmax(axis=1) == probabilities.argmax(axis=1)).all()


def test_rare_class_and_many_classes_get_no_vector():
    validation, probabilities = drawn(factor=2, shift=(2.0, 0.0, -1.0))
    rare = np.flatnonzero(validation["label"] == 2)[19:]
    kept = np.delete(np.arange(len(validation)), rare)
    found = fit_calibration(validation.iloc[kept], probabilities[kept], "accuracy")
    assert found.method == "temperature"


def test_validation_that_is_too_small_teaches_nothing():
    assert len(calibration_rows(FEWEST - 1, 3)) == 0
    assert len(calibration_rows(FEWEST, 3)) == FEWEST
    model, data = LogisticRegression.tiny(), tiny_dataset()
    model.fit(data.train, data.validation)
    assert model.calibration == Calibration()


def test_large_validation_is_thinned_out_evenly():
    rows = calibration_rows(50_000, 3)
    assert (len(rows), rows[0], rows[-1]) == (10_000, 0, 49_999)
    assert len(calibration_rows(50_000, 1_000)) == 1_000


def test_all_right_is_no_reason_for_certainty():
    labels = np.arange(60) % 2
    probabilities = np.where(np.eye(2)[labels] == 1, 0.9, 0.1)
    found = fit_calibration(pd.DataFrame({"id": labels, "label": labels}), probabilities, "accuracy")
    assert found.apply(probabilities).max() < 0.995


@pytest.mark.parametrize(
    "calibration", [Calibration(), Calibration("temperature", (0.4,)), VECTOR], ids=lambda each: each.method
)
def test_undo_gives_the_uncalibrated_probabilities_back(calibration):
    _, probabilities = drawn(examples=200)
    calibrated = calibration.apply(probabilities)
    assert calibrated.sum(axis=1) == pytest.approx(1)
    np.testing.assert_allclose(calibration.undo(calibrated), probabilities, atol=1e-9)


def test_formula_is_the_softmax_of_scaled_logarithms():
    p = np.array([[0.2, 0.3, 0.5]])
    expected = p ** np.array([0.5, 1, 2]) * np.exp([0.3, -0.4, 0.1])
    np.testing.assert_allclose(VECTOR.apply(p), expected / expected.sum())


def test_graph_computes_the_same_even_where_a_probability_is_0():
    import tensorflow as tf

    _, probabilities = drawn(factor=20, examples=100)
    probabilities[0] = [1, 0, 0]
    given = probabilities.astype(np.float32)
    for calibration in (VECTOR, Calibration("temperature", (0.2,))):
        answer = calibration.in_graph(tf.constant(given)).numpy()
        assert answer.dtype == np.float32
        np.testing.assert_allclose(answer, calibration.apply(given), atol=1e-6)


@pytest.mark.parametrize(
    ("calibration", "words"),
    [
        (Calibration(), "are not calibrated."),
        (Calibration("none", (1.0,), (0.0,), 90, 0.02, 0.02), "shows no need to calibrate its probabilities: "),
        (
            Calibration("temperature", (0.5,), (0.0,), 90, 0.1, 0.02),
            "by a temperature of 2.00 changes its expected calibration error on validation from 0.100 to 0.020.",
        ),
        (Calibration("vector", (0.5, 1.0), (0.0, 1.0), 90, 0.1, 0.02), "A calibration by a vector changes "),
    ],
)
def test_calibration_is_told_in_a_sentence(calibration, words):
    assert words in calibration.in_words()


def test_calibration_is_read_back_from_json_and_an_earlier_model_has_none():
    document = json.loads(json.dumps(fit_calibration(*drawn(factor=2, examples=100), "accuracy").document()))
    assert Calibration.of(document).document() == {**document, "scale": tuple(document["scale"]), "offset": (0.0,)}
    assert Calibration.of(None) == Calibration()


def test_model_saved_by_an_earlier_version_answers_as_it_did(tmp_path):
    model, data = LogisticRegression.tiny(), tiny_dataset()
    model.fit(data.train, data.validation)
    expected = model.predict_proba(data.test)
    model.calibration = VECTOR
    model.save(tmp_path)
    saved = json.loads((tmp_path / "model.json").read_text())
    assert saved.pop("calibration")["method"] == "vector"
    (tmp_path / "model.json").write_text(json.dumps(saved))
    np.testing.assert_array_equal(LogisticRegression.load(tmp_path).predict_proba(data.test), expected)


def test_fit_calibrates_what_the_family_answers_and_a_second_fit_starts_anew():
    data = tiny_dataset(per_split=400)
    random = np.random.default_rng(0)
    noisy = data.validation.assign(
        label=np.where(random.random(400) < 0.3, 1 - data.validation["label"], data.validation["label"])
    )
    model = LogisticRegression.tiny()
    model.fit(data.train, noisy)
    assert model.calibration.method == "temperature"
    assert model.card_facts()["calibration"]["method"] == "temperature"
    assert model.predict_proba(data.test).max(axis=1).mean() == pytest.approx(0.7, abs=0.06)
    model.fit(data.train, data.validation.head(40))
    assert model.calibration == Calibration()
