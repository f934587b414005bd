"""A promoted model of two classes, and recorded traffic that it could have answered."""

import json

import numpy as np
import pandas as pd
from tiny_data import WORDS

from textlab.bundle_format.labels import labels_digest
from textlab.data.dataset import Dataset
from textlab.promotion.catalog import Entry, write_entry

LABELS = ("negative", "positive")
NAME, VERSION = "sentiment", 3
END = 1_764_525_600.0
DAY = 86_400.0
FILLERS = [f"{first}{second}" for first in ("mo", "ta", "ri", "lu", "ne", "so") for second in ("ba", "di", "ko", "fu")]


def labelled_texts(count, negatives=0.5, seed=0, extra=""):
    """A frame of texts whose words give the label away four times in five."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(count) >= negatives).astype(int)
    told = np.where(rng.random(count) < 0.2, 1 - labels, labels)
    texts = [
        " ".join([*rng.choice(WORDS[LABELS[label]], 2), *rng.choice(FILLERS, rng.integers(4, 11)), extra]).strip()
        for label in told
    ]
    return pd.DataFrame({"id": [f"{seed}-{row}" for row in range(count)], "text": texts, "label": labels, "tags": "a"})


def promote_model(models):
    """Train, export and promote a logistic regression; return it."""
    from textlab.export.bundle import write_bundle
    from textlab.models.logistic_regression import LogisticRegression

    parts = [labelled_texts(600, seed=seed) for seed in (1, 2, 3)]
    dataset = Dataset("tiny", "1", LABELS, *parts)
    model = LogisticRegression.tiny()
    model.fit(dataset.train, dataset.validation)
    write_bundle(model, dataset, models / NAME / str(VERSION), {"run_id": "abc"})
    write_entry(models, NAME, Entry(VERSION))
    return model


def recorded_lines(promoted, examples, times, **changes):
    """The recorded predictions of a promoted model, one JSON object each, as the service writes them."""
    answers = promoted.predict_proba(examples)
    return [
        {
            "id": f"id-{row.id}",
            "time": float(moment),
            "model": NAME,
            "version": VERSION,
            "labels_digest": labels_digest(LABELS),
            "probabilities": [round(float(value), 6) for value in answer],
            "characters": {"text": len(row.text)},
            "inputs": {"text": row.text},
            "caller": f"caller{place % 97}",
        }
        | changes
        for place, (row, answer, moment) in enumerate(zip(examples.itertuples(), answers, times, strict=True))
    ]


def write_lines(path, lines):
    """Write lines of JSON in the clear."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def week_of(count, seed=0, start=END - 7 * DAY):
    """The times of `count` predictions in the week before END."""
    return np.sort(start + np.random.default_rng(seed).random(count) * 7 * DAY)
