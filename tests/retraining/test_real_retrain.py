"""A retrain as a user starts it, with a real grid, in a laboratory of its own."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from promoted import promote
from rolled_out import catalog
from tiny_data import tiny_dataset

ROOT = Path(__file__).resolve().parents[2]
NAMES = {"negative": "bad", "neutral": "plain", "positive": "good"}
GRID = """
name: tiny
dataset: file:{tweets}
primary_metric: macro_f1
runs:
  - notebook: 10_logistic_regression
    parameters: {{features: word, minimum_count: 1}}
"""


def write_counting_model(folder):
    """A SavedModel whose class follows from the number of letters. A constant one would pass every invariance test."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        chosen = tf.one_hot(tf.math.floormod(tf.strings.length(text), 3), 3)
        return {"probabilities": 0.1 + 0.7 * chosen}

    module = tf.Module()
    module.serve = serve
    tf.saved_model.save(module, str(folder), signatures=serve)


@pytest.fixture
def command(tmp_path, empty_store):
    """Run the command in a laboratory whose champion counts letters; return its code, its JSON and what it showed."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    (tmp_path / "mlruns").mkdir()
    shutil.copy(empty_store, tmp_path / "mlruns" / "mlflow.db")
    dataset = tiny_dataset(3, 120)
    frames = [dataset.labelled(frame).assign(split=split) for split, frame in dataset.splits()]
    table = pd.concat(frames)
    table["label"] = table["label"].map(NAMES)
    table.to_csv(tmp_path / "tweets.csv", index=False, quoting=csv.QUOTE_ALL)
    new = table.tail(30).assign(text=lambda rows: rows["text"].str.replace("test flight", "newest trip"))
    new[["text", "label"]].to_csv(tmp_path / "new.csv", index=False)
    write_counting_model(tmp_path / "counting")
    promote(tmp_path / "counting", tmp_path / "models" / "sentiment" / "1", sorted(NAMES.values()))
    (tmp_path / "models" / "catalog.json").write_text(json.dumps({"sentiment": {"champion": 1}}))
    (tmp_path / "tiny.yaml").write_text(GRID.format(tweets=tmp_path / "tweets.csv"))

    def run(*options):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW")}
        arguments = ["-m", "textlab", "retrain", "--name", "sentiment", "--grid", "tiny.yaml", "--labelled", "new.csv"]
        done = subprocess.run(
            [sys.executable, *arguments, "--json", *options],
            env=environment | {"TEXTLAB_ROOT": str(tmp_path), "PYTHONPATH": str(ROOT / "src")},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr

    return run


@pytest.mark.slow
def test_better_challenger_of_a_real_grid_is_promoted_once(command, tmp_path):
    code, answer, shown = command("--id", "one", "--promote")
    assert (code, answer["verdict"], answer["promoted"]) == (0, "promote", 2), shown
    assert "1 of 1 cells done" in shown
    assert catalog(tmp_path / "models") == (2, ["1", "2"])
    folder = tmp_path / answer["folder"]
    assert {path.name for path in folder.iterdir()} >= {"snapshot", "grid.yaml", "state.json", "decision.html"}
    code, again, shown = command("--id", "one", "--promote")
    assert (code, again, "Writing the report" in shown) == (0, answer, False)
    assert catalog(tmp_path / "models") == (2, ["1", "2"])
