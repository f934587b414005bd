"""A finished experiment is logged to a real SQLite store."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient
from tiny_data import tiny_dataset

from textlab import data, record
from textlab.evaluation.classification.predictions import predict_splits
from textlab.evaluation.tasks import task
from textlab.experiment import log_experiment
from textlab.export.bundle import Bundle
from textlab.models.calibration import Calibration
from textlab.models.logistic_regression import LogisticRegression
from textlab.record import bundle_folder, load_predictions, tracking_uri


@pytest.fixture(scope="module")
def store(empty_store, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("mlruns")
        shutil.copy(empty_store, folder / "mlflow.db")
        patch.setattr("textlab.paths.MLRUNS", folder)
        patch.delenv("MLFLOW_RUN_ID", raising=False)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield folder


@pytest.fixture(scope="module")
def logged(store):
    dataset = tiny_dataset(3)
    model = LogisticRegression(minimum_count=1)
    history = model.fit(dataset.train, dataset.validation, seed=5)
    model.calibration = Calibration("temperature", (0.5,), examples=40)
    model.training_notes = ["This model trained too little."]
    predictions = predict_splits(model, dataset)
    run_id = log_experiment(model, dataset, predictions, history, seed=5)
    return MlflowClient(tracking_uri()).get_run(run_id), dataset, predictions, history


def artifacts(run_id: str, folder: str = "") -> set[str]:
    return {entry.path for entry in MlflowClient(tracking_uri()).list_artifacts(run_id, folder)}


def test_run_has_parameters_dataset_seed_and_scores(logged):
    run, dataset, _, _ = logged
    assert run.info.status == "FINISHED"
    assert run.data.params["features"] == "word_char"
    assert run.data.params["seed"] == "5"
    assert run.data.params["dataset_digest"] == dataset.digest
    assert run.data.tags["textlab.model"] == "logistic_regression"
    assert run.data.tags["textlab.inputs"] == run.data.params["inputs"] == "text"
    assert run.data.metrics["test_macro_recall"] == 1
    assert run.data.metrics["validation_recall_neutral"] == 1
    expected = {
        "fit_seconds",
        "latency_ms",
        "tweets_per_second",
        "bundle_mb",
        "peak_memory_mb",
        "test_brier",
        "test_ece",
        "test_matthews",
    }
    assert expected <= run.data.metrics.keys()
    assert re.search(r", \d+ cores?, \d+ GB of memory$", run.data.tags["textlab.machine"])


def test_run_has_the_notes_of_its_training(logged):
    run, _, _, _ = logged
    assert record.get_run(run.info.run_id).training_notes == ("This model trained too little.",)


def test_run_has_predictions_figures_tables_and_the_bundle(logged):
    run, _, _, _ = logged
    tables = {"predictions_test.parquet", "predictions_validation.parquet", "mistakes_test.csv", "history.csv"}
    tables |= {"class_scores_test.csv"}
    assert tables | {"bundle", "figures", "libraries.json"} <= artifacts(run.info.run_id)
    names = ("roc", "precision_recall", "confusion", "reliability", "learning_curve")
    assert artifacts(run.info.run_id, "figures") == {f"figures/{name}.png" for name in names}


def test_run_says_what_was_done_to_its_data(store, tmp_path):
    path = tmp_path / "tweets.csv"
    rows = [f"the crew was {('lovely', 'awful')[n % 2]} on {n % 60},{('good', 'bad')[n % 2]}" for n in range(66)]
    path.write_text("\n".join(["text,label", *rows, ",bad"]) + "\n")
    dataset = data.load(f"file:{path}")
    model = LogisticRegression(minimum_count=1, features="word")
    history = model.fit(dataset.train, dataset.validation)
    run_id = log_experiment(model, dataset, predict_splits(model, dataset), history, seed=0)
    tags = MlflowClient(tracking_uri()).get_run(run_id).data.tags
    assert (tags["textlab.rows_read"], tags["textlab.rows_dropped"]) == ("67", "7")
    assert json.loads(tags["textlab.dropped"]) == {"copy of another row": 6, "empty text": 1}
    assert json.loads(tags["textlab.data_concerns"]) == ["copies in the data", "empty texts or labels"]
    names = ("class_counts", "dropped", "preparation", "text_lengths")
    assert artifacts(run_id, "data") == {f"data/{name}.csv" for name in names}
    dropped = pd.read_csv(record.artifact(run_id, "data/dropped.csv"))
    assert dropped["line"].tolist() == [*range(62, 69)]


def test_logged_predictions_equal_the_original(logged):
    run, _, predictions, _ = logged
    for split, frame in predictions.items():
        stored = load_predictions(run.info.run_id, split)
        assert list(stored.columns) == [
            "id",
            "text",
            "label",
            "predicted",
            "tags",
            "p_negative",
            "p_positive",
            "p_neutral",
        ]
        pd.testing.assert_frame_equal(stored, frame, check_dtype=False)


def test_logged_bundle_predicts_and_names_its_run(logged):
    run, _, predictions, _ = logged
    client = MlflowClient(tracking_uri())
    bundle = Bundle(Path(client.download_artifacts(run.info.run_id, "bundle")))
    assert bundle.card["run_id"] == run.info.run_id
    served = Calibration("temperature", (0.5,), examples=40)
    assert Calibration.of(bundle.card["calibration"]) == served
    assert Calibration.of(record.get_run(run.info.run_id).calibration) == served
    first = predictions["test"].iloc[0]
    answer = bundle.predict_proba([first["text"]])[0]
    assert answer.tolist() == pytest.approx([first[f"p_{name}"] for name in bundle.label_names], abs=1e-5)


def test_history_is_logged_as_a_curve(logged):
    run, _, _, history = logged
    client = MlflowClient(tracking_uri())
    curve = client.get_metric_history(run.info.run_id, "history/validation_macro_recall")
    assert [point.value for point in curve] == history["validation_macro_recall"].tolist()


def test_every_step_is_a_point_of_a_curve_if_the_family_reports_steps(store):
    dataset = tiny_dataset()
    model = LogisticRegression(minimum_count=1)
    history = model.fit(dataset.train, dataset.validation)
    steps = pd.DataFrame({"step": [10, 20], "epoch": [0.5, 1.0], "train_loss": [0.9, 0.4]})
    predictions = predict_splits(model, dataset)
    run_id = log_experiment(model, dataset, predictions, history, seed=0, step_history=steps)
    curve = MlflowClient(tracking_uri()).get_metric_history(run_id, "steps/train_loss")
    assert [(point.step, point.value) for point in curve] == [(10, 0.9), (20, 0.4)]


def test_in_a_grid_the_run_keeps_its_cell_and_stays_open_for_the_runners_verdict(store, monkeypatch):
    dataset = tiny_dataset()
    model = LogisticRegression(minimum_count=1)
    history = model.fit(dataset.train, dataset.validation)
    experiment_id = record.prepare_store("grid")
    opened = record.open_run(experiment_id, "a", "10_x", "cell-a", {"seed": 3, "features": "word"}, key="k1")
    monkeypatch.setenv("MLFLOW_RUN_ID", opened)
    monkeypatch.setattr("mlflow.tracking.fluent._active_experiment_id", None)  # as in a fresh process
    assert log_experiment(model, dataset, predict_splits(model, dataset), history, seed=3, name="mine") == opened
    run = record.get_run(opened)
    assert (run.name, run.cell, run.notebook, run.key) == ("a", "cell-a", "10_x", "k1")
    assert (run.status, run.parameters) == (record.Status.RUNNING, {"seed": 3, "features": "word"})
    assert (run.model, run.task, run.seed) == ("logistic_regression", "classification", 3)
    assert [each.id for each in record.runs("grid")] == [opened]


def test_run_by_hand_is_done_and_is_found_like_a_run_of_a_grid(logged):
    run, dataset, _, _ = logged
    (found,) = [each for each in record.runs("by-hand") if each.id == run.info.run_id]
    assert (found.status, found.notebook, found.seed) == (record.Status.DONE, "logistic_regression", 5)
    assert found.parameters["dataset"] == found.dataset == dataset.name


def test_bundle_is_found_by_its_run_or_its_folder(logged, tmp_path):
    run, _, _, _ = logged
    folder = bundle_folder(run.info.run_id)
    assert Bundle(folder).card["run_id"] == run.info.run_id
    assert bundle_folder(str(folder)) == folder
    with pytest.raises(FileNotFoundError, match="'nobody' is neither the folder of a bundle nor an MLflow run"):
        bundle_folder("nobody")


def test_versions_of_the_libraries_are_logged(logged):
    run, _, _, _ = logged
    path = MlflowClient(tracking_uri()).download_artifacts(run.info.run_id, "libraries.json")
    versions = json.loads(Path(path).read_text())
    assert {"python", "textlab", "scikit-learn", "mlflow"} <= versions.keys()


def test_importing_the_module_imports_neither_mlflow_nor_tensorflow():
    code = "import sys, textlab.experiment; print([m for m in ('mlflow', 'tensorflow', 'torch') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_scores_of_many_classes_are_no_metrics_of_the_run(logged, monkeypatch):
    _, _, predictions, _ = logged
    monkeypatch.setattr("textlab.evaluation.classification.task.MOST_CLASSES", 2)
    metrics = task("classification").measure(predictions)
    assert {"validation_macro_recall", "test_roc_auc", "test_brier"} <= set(metrics)
    assert not any(name.endswith("neutral") for name in metrics)
