"""A model with a second input is exported, loaded, called and measured like a model whose only input is text."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from two_inputs import NaiveBayes, airline_dataset

from textlab.evaluation.classification.predictions import predict_splits
from textlab.export.answers import cached_answers
from textlab.export.bundle import Bundle, write_bundle
from textlab.export.measured_answers import measure_answers

LABELS = ["negative", "positive"]
SAME_TEXT = pd.DataFrame({"airline": ["virgin", "delta", "virgin"], "id": ["1", "2", "3"], "text": ["late"] * 3})


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    dataset = airline_dataset()
    model = NaiveBayes()
    model.fit(dataset.train, dataset.validation)
    folder = tmp_path_factory.mktemp("airlines") / "bundle"
    facts = write_bundle(model, dataset, folder, {"run_id": "abc"})
    return model, folder, facts


def test_parity_is_proven_on_both_inputs(exported):
    model, folder, facts = exported
    assert 0 <= facts.parity <= 1e-5
    assert facts.parity_texts == 40 + 3 * 11  # odd values of both inputs together, and of each alone
    examples = airline_dataset().test
    np.testing.assert_allclose(Bundle(folder).predict_proba(examples), model.predict_proba(examples), atol=1e-5)


def test_prediction_depends_on_the_second_input(exported):
    answers = Bundle(exported[1]).predict_proba(SAME_TEXT)
    assert answers.argmax(axis=1).tolist() == [1, 0, 1]


def test_signature_names_both_inputs_and_the_manifest_covers_it(exported, tmp_path):
    folder = shutil.copytree(exported[1], tmp_path / "bundle")
    path = folder / "assets.extra/signature.json"
    signature = json.loads(path.read_text())
    assert signature["inputs"] == [{"name": "text", "type": "string"}, {"name": "airline", "type": "string"}]
    assert signature["outputs"] == [{"name": "probabilities", "type": "float32", "size": 2}]
    path.write_text(json.dumps(signature | {"inputs": signature["inputs"][:1]}))
    with pytest.raises(ValueError, match=r"changed: assets\.extra/signature\.json"):
        Bundle(folder)
    path.unlink()
    with pytest.raises(ValueError, match=r"missing: assets\.extra/signature\.json"):
        Bundle(folder)


def test_reference_describes_both_inputs(exported):
    reference = json.loads((exported[1] / "assets.extra/reference.json").read_text())
    assert reference["words_deciles"][5] == 2
    assert set(reference["inputs"]["airline"]["words"]["shares"]) == {"delta", "united", "virgin"}


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        (["late"], "The model reads text, airline, but a list came"),
        (SAME_TEXT[["text"]], "lacks the column airline; it has text"),
    ],
)
def test_missing_input_is_named(exported, examples, message):
    with pytest.raises(ValueError, match=message):
        Bundle(exported[1]).predict_proba(examples)


def test_answers_in_batches_keep_the_order_and_are_cached_for_both_inputs(exported, tmp_path):
    model, bundle, _ = exported
    rows = [("late " * (row % 7), ("virgin", "delta")[row % 2]) for row in range(150)]
    examples = pd.DataFrame(rows, columns=["text", "airline"])
    answers = cached_answers(bundle, examples, LABELS, tmp_path)
    np.testing.assert_allclose(answers, model.predict_proba(examples), atol=1e-5)
    other = cached_answers(bundle, examples.assign(airline="virgin"), LABELS, tmp_path)
    assert other.argmax(axis=1).all()
    assert not answers.argmax(axis=1).all()


@pytest.mark.slow
def test_separate_process_answers_both_inputs(exported, tmp_path):
    answers = measure_answers(exported[1], SAME_TEXT, LABELS, tmp_path).probabilities
    assert answers.argmax(axis=1).tolist() == [1, 0, 1]


def test_predictions_keep_every_input(exported):
    predictions = predict_splits(exported[0], airline_dataset())
    assert list(predictions["test"])[:5] == ["id", "text", "airline", "label", "predicted"]
    assert predictions["test"]["airline"].tolist() == airline_dataset().test["airline"].tolist()


def test_dataset_without_the_second_input_cannot_train_the_model():
    dataset = airline_dataset()
    with pytest.raises(ValueError, match="training frame lacks the column airline"):
        NaiveBayes().fit(dataset.train.drop(columns="airline"), dataset.validation)
