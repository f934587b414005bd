"""The bundle of several labels per text: what it holds, answers and refuses."""

import json

import numpy as np
import pandas as pd
import pytest
from tiny_data import tiny_multilabel_dataset

from textlab.bundle_format.manifest import write_manifest
from textlab.bundle_format.mlflow_model import RegisteredBundle
from textlab.bundle_format.signature import format_of
from textlab.evaluation.multilabel.predicting import predict_splits
from textlab.evaluation.multilabel.thresholds import thresholds_of
from textlab.export.bundle import Bundle, write_bundle
from textlab.export.contents import contents_of
from textlab.models.logistic_regression import LogisticRegression
from textlab.promotion.scoring import score_examples, score_file

TEXTS = ["the crew was awful and lovely", "the crew was monday", "the crew"]


@pytest.fixture(scope="module")
def data():
    return tiny_multilabel_dataset(48)


@pytest.fixture(scope="module")
def model(data):
    fitted = LogisticRegression.tiny()
    fitted.fit(data.train, data.validation)
    return fitted


@pytest.fixture(scope="module")
def predictions(model, data):
    return predict_splits(model, data)


@pytest.fixture(scope="module")
def bundle(model, data, predictions, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle") / "bundle"
    write_bundle(model, data, folder, {"run_id": "abc"}, predictions["validation"])
    return Bundle(folder)


def test_bundle_answers_like_the_model(bundle, model):
    assert bundle.signature.task == "multilabel"
    assert bundle.label_names == ["negative", "positive", "neutral"]
    np.testing.assert_allclose(bundle.predict_proba(TEXTS), model.predict_proba(TEXTS), atol=1e-5)


def test_thresholds_are_those_that_the_predictions_were_made_with(bundle, predictions):
    assert bundle.thresholds == thresholds_of(predictions["validation"])
    document = json.loads((bundle.folder / "assets.extra/decisions.json").read_text())
    assert document["stated"]["sentences"] == [
        "The threshold of each label is the one with the highest F1 on validation."
    ]


def test_reference_states_the_share_of_each_label_and_quotes_no_text(bundle, data):
    text = (bundle.folder / "assets.extra/reference.json").read_text()
    assert json.loads(text)["label_shares"] == {"negative": 0.5, "positive": 0.5, "neutral": 0.5}
    assert not [line for line in data.train["text"] if line in text]


def test_run_is_compared_with_its_bundle(bundle, predictions):
    contents = contents_of("multilabel")
    contents.check_run(bundle, predictions, "The bundle")
    changed = {"validation": predictions["validation"].assign(p_neutral=np.float32(0.3))}
    with pytest.raises(ValueError, match=r"The bundle differs from the run's predictions by 0\.\d+ in a probability"):
        contents.check_run(bundle, changed, "The bundle")
    renamed = {"validation": predictions["validation"].rename(columns=lambda name: name.replace("neutral", "other"))}
    with pytest.raises(ValueError, match="the run's predictions have negative, positive and other"):
        contents.check_run(bundle, renamed, "The bundle")


def test_thresholds_of_another_run_are_refused(bundle, predictions):
    flipped = predictions["validation"].assign(true_neutral=~predictions["validation"]["true_neutral"])
    with pytest.raises(ValueError, match=r"other thresholds than the run's predictions for the labels neutral\. Run"):
        contents_of("multilabel").check_run(bundle, {"validation": flipped}, "The bundle")


@pytest.mark.parametrize("value", [1.2, -0.1, np.nan])
def test_numbers_that_are_no_probabilities_are_refused(value):
    with pytest.raises(ValueError, match=r"Probabilities range|NaN or infinite"):
        contents_of("multilabel").check_answers(np.array([[0.2, value]], np.float32))


def test_registered_model_answers_a_table_of_labels_and_probabilities(bundle):
    table = RegisteredBundle(bundle.folder).predict(pd.DataFrame({"text": TEXTS}))
    assert [name for _, name in format_of("multilabel").columns(bundle.folder)] == table.columns.tolist()
    assert table["labels"].tolist() == ["negative|positive", "neutral", ""]
    np.testing.assert_allclose(table["p_neutral"], bundle.predict_proba(TEXTS)[:, 2], atol=1e-6)


def test_bundle_without_decisions_predicts_from_one_half(bundle, tmp_path):
    import shutil

    folder = tmp_path / "bundle"
    shutil.copytree(bundle.folder, folder)
    (folder / "assets.extra/decisions.json").unlink()
    write_manifest(folder)
    assert Bundle(folder).thresholds == {"negative": 0.5, "positive": 0.5, "neutral": 0.5}


def test_texts_and_rows_of_a_file_get_labels_in_one_column(bundle, tmp_path):
    scored = score_examples(bundle, TEXTS)
    assert scored.columns.tolist() == ["labels", "p_negative", "p_positive", "p_neutral"]
    (tmp_path / "texts.csv").write_text("text\n" + "\n".join(TEXTS) + '\n" "\n')
    done = score_file(bundle, tmp_path / "texts.csv", tmp_path / "scored.csv")
    assert (done.rows, done.blank) == (4, 1)
    lines = (tmp_path / "scored.csv").read_text().splitlines()
    assert lines[0] == "text,labels,p_negative,p_positive,p_neutral"
    assert lines[1].startswith("the crew was awful and lovely,negative|positive,0.")
    assert lines[3].startswith("the crew,,0.")
    assert lines[4] == '" ",,,,' or lines[4] == " ,,,,"
