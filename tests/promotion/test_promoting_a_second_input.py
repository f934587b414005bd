"""A model with a second input is promoted, registered and used on files like a model whose only input is text."""

import csv

import pandas as pd
import pytest
from two_inputs import NaiveBayes, airline_dataset

from textlab import record
from textlab.evaluation.classification.predictions import predict_splits
from textlab.export.bundle import Bundle, write_bundle
from textlab.promotion.champion import promote
from textlab.promotion.scoring import Layout, score_file


@pytest.fixture(scope="module")
def airlines(tmp_path_factory):
    dataset = airline_dataset()
    model = NaiveBayes()
    model.fit(dataset.train, dataset.validation)
    folder = tmp_path_factory.mktemp("airlines") / "bundle"
    write_bundle(model, dataset, folder, {"run_id": "abc"})
    return folder, predict_splits(model, dataset)


def test_promoted_and_registered_model_reads_both_inputs(airlines, new_run, tmp_path):
    import mlflow

    folder, predictions = airlines
    promoted = promote(new_run(frames=predictions, folder=folder), "airlines", tmp_path / "models")
    assert Bundle(promoted.folder).signature.input_names == ("text", "airline")
    mlflow.set_tracking_uri(record.tracking_uri())
    registered = mlflow.pyfunc.load_model("models:/airlines@champion")
    examples = pd.DataFrame({"airline": ["virgin", "delta"], "text": ["late", "late"]})
    assert registered.predict(examples)["predicted"].tolist() == ["positive", "negative"]
    with pytest.raises(mlflow.MlflowException, match=r"missing inputs.*airline"):
        registered.predict(examples[["text"]])


def test_run_whose_predictions_lack_an_input_is_not_promoted(airlines, new_run, tmp_path):
    folder, predictions = airlines
    frames = {split: frame.drop(columns="airline") for split, frame in predictions.items()}
    with pytest.raises(ValueError, match="lacks the column airline"):
        promote(new_run(frames=frames, folder=folder), "lacking", tmp_path / "models")


def test_columns_of_a_file_are_assigned_to_inputs(airlines, tmp_path):
    path, output = tmp_path / "tweets.csv", tmp_path / "scored.csv"
    path.write_text("carrier,text\nvirgin,late\ndelta,late\n")
    bundle = Bundle(airlines[0])
    assert score_file(bundle, path, output, Layout({"airline": "carrier"})).rows == 2
    header, *rows = csv.reader(output.read_text().splitlines())
    assert header == ["carrier", "text", "predicted", "p_negative", "p_positive"]
    assert [row[:3] for row in rows] == [["virgin", "late", "positive"], ["delta", "late", "negative"]]
    with pytest.raises(ValueError, match=r"has no column 'airline'.* --input airline=COLUMN"):
        score_file(bundle, path, output)
    with pytest.raises(ValueError, match="has no input image; it reads text, airline"):
        score_file(bundle, path, output, Layout({"image": "carrier"}))
