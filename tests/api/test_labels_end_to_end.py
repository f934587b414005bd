"""Several labels per text, from generated data to feedback: fitted, logged, promoted, served on loopback, judged."""

import json
import re
import urllib.request
from dataclasses import replace

import pytest
from answering import answering
from typer.testing import CliRunner

import textlab.data
from api.application import create
from api.settings import Settings
from textlab import record
from textlab.__main__ import app as command
from textlab.evaluation.multilabel.predicting import predict_splits
from textlab.experiment import log_experiment
from textlab.export.bundle import Bundle
from textlab.models.logistic_regression import LogisticRegression
from textlab.promotion.champion import promote


def call(address, path, document):
    request = urllib.request.Request(
        f"{address}/{path}", json.dumps(document).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.mark.slow
def test_generated_messages_are_learnt_promoted_served_and_judged(store, tmp_path, monkeypatch):
    whole = textlab.data.load("passenger_topics", of=textlab.data.LabelledDataset)
    data = replace(whole, train=whole.train.head(600), validation=whole.validation.head(200), test=whole.test.head(200))
    model = LogisticRegression(C=16.0)
    history = model.fit(data.train, data.validation, seed=0)
    predictions = predict_splits(model, data)
    run_id = log_experiment(model, data, predictions, history, seed=0)
    run = record.get_run(run_id)
    assert run.task == "multilabel"
    assert run.metrics["test_macro_f1"] >= 0.9
    number = promote(run_id, "topics", tmp_path / "models").folder
    thresholds = Bundle(number).thresholds
    monkeypatch.setattr("textlab.commands.prediction.MODELS", tmp_path / "models")
    printed = (
        CliRunner().invoke(command, ["predict", "The tarmac, for ninety minutes.", "hi", "--name", "topics"]).stdout
    )
    assert re.search(r"^delay [01]\.\d{3}.*  The tarmac", printed, re.MULTILINE), printed
    assert re.search(r"^-  hi$", printed, re.MULTILINE), printed
    app = create(
        Settings(model=tmp_path / "models" / "topics", state=tmp_path / "state", log_level="error"), testing=True
    )
    first = predictions["test"].iloc[0]
    expected = [name for name in data.label_names if first[f"predicted_{name}"]]
    with answering(app) as address:
        (prediction,) = call(address, "predict", {"text": first["text"]})["predictions"]
        assert prediction["labels"] == expected
        for name in data.label_names:
            assert prediction["probabilities"][name] == pytest.approx(first[f"p_{name}"], abs=1e-4)
            assert (name in expected) == (first[f"p_{name}"] >= thresholds[name])
        right = [name for name in data.label_names if first[f"true_{name}"]]
        taken = call(address, "feedback", {"prediction_id": prediction["prediction_id"], "labels": right})
        assert taken["status"] == ("confirmed" if right == expected else "rejected")
    app.extensions["textlab_api"].close()
    (file,) = (tmp_path / "state").rglob("feedback*.jsonl")
    assert json.loads(file.read_text())["labels"] == right
