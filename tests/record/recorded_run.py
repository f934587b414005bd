"""A finished run in a real store, with texts, folders and a notebook among what it logged."""

import json

import pandas as pd
from mlflow import MlflowClient
from PIL import Image

from textlab import record
from textlab.bundle_format.manifest import write_manifest
from textlab.record import tags
from textlab.record.notebook_run import log_curves

TEXT = "my secret tweet about the crew"
FOLDER = "/home/ada/private"
KEY = "0b23481439aa0454c67c66f5a7a244d1"


def record_run(folder, *, task="classification", key=KEY, grid="g", metric=0.75):
    """Log a run of the grid and close it; return its id."""
    client = MlflowClient(record.tracking_uri())
    parameters = {"dataset": f"file:{FOLDER}/tweets.csv?text=body", "seed": 3, "rate": 0.5}
    run_id = record.open_run(
        record.prepare_store(grid), "regression, seed 3", "10_regression", "c1", parameters, key=key
    )
    for name, value in {
        tags.MODEL: "logistic_regression",
        tags.TASK: task,
        tags.DATASET: parameters["dataset"],
    }.items():
        client.set_tag(run_id, name, value)
    for name, value in {"C": "0.25", "features": "word_char", "lemmas": "False"}.items():
        client.log_param(run_id, name, value)
    record.log_metrics(run_id, {"test_macro_recall": metric})
    log_curves(run_id, "history", pd.DataFrame({"loss": [2.0, 1.0], "validation_macro_recall": [0.5, metric]}), [1, 2])
    write_files(folder)
    record.log_files(run_id, sorted(folder.iterdir()))
    record.close_run(run_id, "done", seconds=4.5, memory=10**9)
    return run_id


def write_files(folder):
    """Write what a notebook logs, in small."""
    predictions = {"id": ["a", "b"], "text": [TEXT, TEXT], "label": ["good", "bad"], "p_good": [0.75, 0.25]}
    pd.DataFrame(predictions).to_parquet(folder / "predictions_test.parquet")
    pd.DataFrame({"text": [TEXT], "label": ["bad"], "probability": [0.75]}).to_csv(folder / "mistakes_test.csv")
    for name in ("data", "notebook", "figures", "bundle"):
        (folder / name).mkdir()
    (folder / "data/dropped.csv").write_text(f"id,text\nc,{TEXT}\n")
    (folder / "notebook/10.ipynb").write_text(json.dumps({"cells": [TEXT, FOLDER]}))
    Image.new("RGB", (2, 2)).save(folder / "figures/roc.png")
    (folder / "bundle/assets.extra").mkdir()
    (folder / "bundle/saved_model.pb").write_bytes(b"graph")
    (folder / "bundle/assets.extra/card.json").write_text(json.dumps({"dataset": f"file:{FOLDER}/tweets.csv"}))
    write_manifest(folder / "bundle")
