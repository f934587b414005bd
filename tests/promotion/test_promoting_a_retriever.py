"""Runs of retrievers are logged, promoted, registered in MLflow, and refused where classes are needed."""

import json

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from tiny_retriever import fitted_retriever
from typer.testing import CliRunner

from textlab import record
from textlab.experiment import log_experiment
from textlab.export.bundle import read_card
from textlab.promotion.catalog import promoted_classifier, read_catalog
from textlab.promotion.champion import promote, roll_back

KINDS = ("encoder", "bm25")


@pytest.fixture(scope="module")
def runs(store, tmp_path_factory):
    """The ids of finished runs by hand, with the predictions, by kind."""
    found = {}
    for kind in KINDS:
        model, dataset, index, predictions = fitted_retriever(kind, tmp_path_factory.mktemp(kind))
        run_id = log_experiment(model, dataset, predictions, model.history, seed=1, parts={"index": index.folder})
        found[kind] = run_id, predictions
    return found


@pytest.fixture(scope="module")
def promoted(runs, tmp_path_factory):
    models = tmp_path_factory.mktemp("models")
    return models, {kind: promote(runs[kind][0], f"people-{kind}", models) for kind in KINDS}


def test_run_of_a_retriever_has_its_metrics_tables_and_bundle(runs):
    run_id, predictions = runs["encoder"]
    run = record.get_run(run_id)
    assert (run.task, run.status) == ("retrieval", record.Status.DONE)
    assert {"validation_ndcg_10", "test_ndcg_10", "test_recall_100", "latency_ms", "bundle_mb"} <= run.metrics.keys()
    names = {entry.path for entry in MlflowClient(record.tracking_uri()).list_artifacts(run_id)}
    assert {"bundle", "data", "predictions_test.parquet", "history.csv", "libraries.json"} <= names
    stored = record.load_predictions(run_id, "test")
    assert [list(ids) for ids in stored["found"]] == predictions["test"]["found"].tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_retriever_is_promoted_with_intervals_and_rolled_back(runs, promoted, kind):
    models, first = promoted
    card = read_card(first[kind].folder)
    low, high = card["intervals"]["test_ndcg_10"]
    assert 0 <= low <= card["metrics"]["test_ndcg_10"] <= high <= 1
    assert card["documents"] == 12
    name = f"people-{kind}"
    promote(runs[kind][0], name, models)
    assert roll_back(name, models).folder == first[kind].folder
    assert read_catalog(models)[name].champion == 1


@pytest.mark.parametrize("kind", KINDS)
def test_registered_retriever_finds_documents(promoted, kind):
    import mlflow

    mlflow.set_tracking_uri(record.tracking_uri())
    loaded = mlflow.pyfunc.load_model(f"models:/people-{kind}@champion")
    table = loaded.predict(["python work in Lima", "rust in Oslo"], params={"k": 2})
    assert list(table.columns) == ["query", "rank", "document", "title", "score"]
    assert table["query"].tolist() == [0, 0, 1, 1]
    assert table["rank"].tolist() == [1, 2, 1, 2]
    assert table["document"].iloc[0] == "d2"
    assert table["title"].iloc[0] == "Person 2"
    assert len(loaded.predict(["python"])) >= 4


def test_run_whose_predictions_were_changed_is_not_promoted(runs, tmp_path, monkeypatch):
    run_id, predictions = runs["encoder"]
    test = predictions["test"]
    wrong = test.assign(found=[ids[::-1] for ids in test["found_without_conditions"]])
    monkeypatch.setattr(
        "textlab.record.load_predictions", lambda _, split: wrong if split == "test" else predictions[split]
    )
    with pytest.raises(ValueError, match=rf"The bundle of run {run_id} finds \d+ of the \d+ documents"):
        promote(run_id, "wrong", tmp_path)
    assert not (tmp_path / "wrong").exists()


def test_session_that_answers_other_vectors_is_noticed(runs, tmp_path, monkeypatch):
    monkeypatch.setattr("textlab.promotion.candidate.session_answer", lambda *_: np.zeros((1, 64), np.float32))
    with pytest.raises(ValueError, match="in the session that the service uses"):
        promote(runs["encoder"][0], "wrong", tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [["predict", "a text"], ["monitor"], ["feedback"]],
    ids=lambda arguments: arguments[0],
)
def test_command_for_classifiers_refuses_a_retriever_in_one_sentence(promoted, monkeypatch, arguments):
    from textlab.__main__ import app

    models, _ = promoted
    for module in ("textlab.commands.prediction", "textlab.commands.feedback", "textlab.monitoring.watch"):
        monkeypatch.setattr(f"{module}.MODELS", models)
    answer = CliRunner().invoke(app, [*arguments, "--name", "people-bm25"])
    assert answer.exit_code == 2
    assert "'people-bm25' is a model for retrieval, and this command is for classification" in answer.stderr


def test_retrain_refuses_a_retriever(promoted):
    with pytest.raises(ValueError, match="is a model for retrieval, and this command is for classification"):
        promoted_classifier(promoted[0], "people-encoder")


def test_tables_of_the_run_name_no_person(runs):
    run_id, _ = runs["encoder"]
    folder = record.artifact(run_id, "data/counts.csv").parent
    for path in folder.glob("*.csv"):
        assert "Person" not in path.read_text(), path.name
    libraries = json.loads(record.artifact(run_id, "libraries.json").read_text())
    assert "textlab" in libraries
    assert pd.read_csv(record.artifact(run_id, "history.csv"))["validation_ndcg_10"].tolist() == [0.5]
