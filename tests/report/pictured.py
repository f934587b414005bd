"""Runs of models that read texts, pictures or both, in a real store."""

import numpy as np
import pandas as pd
from tiny_pictures import COLOURS, LABEL_NAMES, WORDS, picture

from textlab import record
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.inputs.references import inline_reference
from textlab.record import Run
from textlab.record.notebook_run import log_description

DATA = {"name": "tiny_pictures", "version": "1", "digest": "d1"}
PICTURES = {colour: [inline_reference(picture(rgb, seed)) for seed in range(3)] for colour, rgb in COLOURS.items()}
BOTH = ("text", "image")


def examples(rows: int = 120, inputs: tuple[str, ...] = BOTH) -> pd.DataFrame:
    """Titles name one of two things and pictures have one of two colours. Every tenth picture is missing."""
    table = []
    for row in range(rows):
        colour, word = LABEL_NAMES[row % 4].split()
        image = "" if row % 10 == 9 else PICTURES[colour][row % 3]
        tag = "both" if row % 2 else "noisy"
        table.append({"id": f"t{row}", "text": f"a {word} <b>", "image": image, "label": row % 4, "tags": tag})
    return pd.DataFrame(table)[["id", *inputs, "label", "tags"]]


def predictions(rows: pd.DataFrame, read: tuple[str, ...], right: float, seed: int = 0) -> pd.DataFrame:
    """Predict with the inputs that a model reads; what it does not read, it guesses."""
    rng, inputs = np.random.default_rng(seed), tuple(name for name in BOTH if name in rows)
    words, colours = rows["label"].to_numpy() // 2, rows["label"].to_numpy() % 2
    known = {"text": words, "image": colours}
    decided = {
        name: np.where(rng.random(len(rows)) < (right if name in read else 0.5), part, 1 - part)
        for name, part in known.items()
    }
    chosen = np.eye(len(LABEL_NAMES))[decided["text"] * len(WORDS) + decided["image"]]
    confidence = rng.uniform(0.4, 0.9, (len(rows), 1))
    return predictions_frame(rows, chosen * confidence + (1 - confidence) / 4, LABEL_NAMES, inputs)


def add(
    store,
    read: tuple[str, ...],
    right: float = 0.95,
    seed: int = 0,
    inputs: tuple[str, ...] = BOTH,
    grid: str = "grid",
) -> list[Run]:
    """Add a run of a model that reads some of the inputs; return all runs so far."""
    family, parameters = "_".join(read), {"seed": seed, "dataset": "tiny_pictures"}
    experiment_id = record.prepare_store(grid)
    run_id = record.open_run(experiment_id, f"{family} {seed}", f"50_{family}", f"{family}-{seed}", parameters)
    log_description(run_id, family, "classification", read, DATA, seed, {})
    frames = {
        split: predictions(examples(rows, inputs), read, right, seed + number)
        for number, (split, rows) in enumerate({"validation": 80, "test": 120}.items(), 10)
    }
    for split, frame in frames.items():
        accuracy = float((frame["label"] == frame["predicted"]).mean())
        store.client.log_metric(run_id, f"{split}_accuracy", accuracy)
        path = store.folder / f"predictions_{split}.parquet"
        frame.to_parquet(path, index=False)
        store.client.log_artifact(run_id, str(path))
    for metric, value in {"fit_seconds": 2.0, "latency_ms": 1.0, "bundle_mb": 1.0}.items():
        store.client.log_metric(run_id, metric, value)
    record.close_run(run_id, "done")
    return record.runs(grid)
