"""A store, bundles with different answers, promoted models, a service on loopback, and a grid that is a stand-in."""

import json
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "api"))  # models and servers of the service's tests

from answering import answering
from mlflow import MlflowClient
from promoted import ADMIN_KEY, promote, write_admin_key, write_constant_model

from textlab import record
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.export.bundle import Bundle
from textlab.retraining import campaign
from textlab.retraining.challenger import Challenger

TEXTS = [f"text {row}" for row in range(20)]
GRID = """
name: tiny
dataset: file:{tweets}
runs:
  - notebook: 10_logistic_regression
    parameters: {{minimum_count: 1}}
"""


def write_failing_model(folder):
    """A SavedModel whose answer to "fail" is no number, which no check before the promotion finds."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        fails = tf.strings.regex_full_match(text, ".*fail.*")[:, None]
        return {"probabilities": tf.where(fails, float("nan"), tf.zeros([tf.size(text), 2]) + 0.5)}

    module = tf.Module()
    module.serve = serve
    tf.saved_model.save(module, str(folder), signatures=serve)


def write_marking_model(folder):
    """A SavedModel that gives the second class to texts with an exclamation mark, and the first one to others."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        is_marked = tf.strings.regex_full_match(text, ".*!.*")[:, None]
        return {"probabilities": tf.where(is_marked, tf.constant([[0.1, 0.9]]), tf.constant([[0.9, 0.1]]))}

    module = tf.Module()
    module.serve = serve
    tf.saved_model.save(module, str(folder), signatures=serve)


@pytest.fixture(scope="session")
def bundles(tmp_path_factory):
    """Bundles by name: `old` and `good` have constant answers, and `bad` fails on "fail".

    `no` and `right` have the classes "no" and "yes": `no` always says no, `right` says yes to an exclamation mark.
    """
    folder = tmp_path_factory.mktemp("bundles")
    write_constant_model(folder / "old-model", [0.9, 0.1])
    write_constant_model(folder / "good-model", [0.2, 0.8])
    write_failing_model(folder / "bad-model")
    write_marking_model(folder / "marking-model")
    found = {name: promote(folder / f"{name}-model", folder / name / "bundle") for name in ("old", "good", "bad")}
    for name, model in (("no", "old"), ("right", "marking")):
        found[name] = promote(folder / f"{model}-model", folder / name / "bundle", ["no", "yes"])
    return found


@pytest.fixture
def new_run(store, tmp_path):
    """`new_run(bundle)` logs a finished run with this bundle, and returns its id."""

    def log(bundle, grid="tiny"):
        labels = [row % 2 for row in range(len(TEXTS))]
        examples = pd.DataFrame({"id": [str(row) for row in range(len(TEXTS))], "text": TEXTS, "label": labels})
        loaded = Bundle(bundle)
        frame = predictions_frame(examples, loaded.predict_proba(TEXTS), loaded.label_names)
        client = MlflowClient(record.tracking_uri())
        tags = {"textlab.status": "done", "textlab.model": "constant", "textlab.cell": "10_constant"}
        run_id = client.create_run(record.prepare_store(grid), run_name="constant", tags=tags).info.run_id
        for split in ("validation", "test"):
            frame.to_parquet(tmp_path / f"predictions_{split}.parquet", index=False)
            client.log_artifact(run_id, str(tmp_path / f"predictions_{split}.parquet"))
        client.log_artifact(run_id, str(bundle))
        client.set_terminated(run_id)
        return run_id

    return log


@pytest.fixture
def models(tmp_path, bundles):
    """models/ with the old model as number 1 of sentiment."""
    folder = tmp_path / "models"
    shutil.copytree(bundles["old"], folder / "sentiment" / "1")
    (folder / "catalog.json").write_text(json.dumps({"sentiment": {"champion": 1}}))
    return folder


@pytest.fixture
def service(models, tmp_path, monkeypatch):
    """The address of a service that serves sentiment."""
    from api.application import create
    from api.settings import Settings

    monkeypatch.setenv("TEXTLAB_SERVICE_KEY", ADMIN_KEY)
    settings = Settings(
        model=models / "sentiment",
        state=tmp_path / "state",
        log_level="error",
        load_trial=False,
        keys_file=write_admin_key(tmp_path),
        rate_limit=0,
    )
    app = create(settings, testing=True)
    with answering(app) as address:
        yield address
    app.extensions["textlab_api"].close()


def write_tweets(path, test=200):
    """A file of texts in three splits; those with an exclamation mark are labelled "yes"."""
    counts = {"train": 60, "validation": 40, "test": test}
    rows = [(split, row) for split, count in counts.items() for row in range(count)]
    frame = pd.DataFrame({"split": [split for split, _ in rows], "row": [row for _, row in rows]})
    frame["text"] = [f"{split} text number {row} of many{' !' * (row % 2)}" for split, row in rows]
    frame["label"] = [("no", "yes")[row % 2] for _, row in rows]
    frame.drop(columns="row").to_csv(path, index=False)
    new = frame.tail(20).assign(text=lambda table: "entirely fresh words " + table["text"])
    new[["text", "label"]].to_csv(path.with_name("new.csv"), index=False)


@pytest.fixture
def laboratory(tmp_path, monkeypatch, store, bundles):
    """A folder with a grid, and `no` as the champion of sentiment."""
    monkeypatch.setattr(campaign, "REPORTS", tmp_path / "reports")
    monkeypatch.setattr("textlab.export.measuring.TIMED_CALLS", 20)
    promoted = tmp_path / "models"
    (promoted / "sentiment").mkdir(parents=True)
    shutil.copytree(bundles["no"], promoted / "sentiment" / "1")
    (promoted / "catalog.json").write_text(json.dumps({"sentiment": {"champion": 1}}))
    monkeypatch.setattr("textlab.commands.retraining.MODELS", promoted)
    monkeypatch.setenv("TEXTLAB_API_STATE", str(promoted / ".service"))
    write_tweets(tmp_path / "tweets.csv")
    (tmp_path / "tiny.yaml").write_text(GRID.format(tweets=tmp_path / "tweets.csv"))
    return tmp_path


@pytest.fixture
def grids(laboratory, monkeypatch, new_run, bundles):
    """The grids that were run. `challenger` names the bundle that wins, and `refusal` is the report's reason."""

    class Grids(list):
        challenger, refusal = "right", ""

        def run(self, path, console):
            self.append(path)

        def find(self, path):
            if self.challenger not in self.run_ids:
                self.run_ids[self.challenger] = new_run(bundles[self.challenger])
            run, metrics = self.run_ids[self.challenger], ("macro_recall", "macro_recall")
            return Challenger(run, self.challenger, "It is the only run.", self.refusal, *metrics, ())

    grids = Grids()
    grids.run_ids = {}
    monkeypatch.setattr(campaign, "run_grid", grids.run)
    monkeypatch.setattr(campaign, "find_challenger", grids.find)
    return grids
