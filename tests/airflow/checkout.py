"""A small checkout in a temporary folder, in which Airflow's tasks run the real textlab."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
AIRFLOW = ROOT / ".venv-airflow" / "bin" / "python"
WORDS = {"negative": ["awful", "late", "rude", "broken"], "positive": ["lovely", "fast", "kind", "great"]}
NEW_WORDS = {"negative": ["dismal", "soggy", "grim", "crooked"], "positive": ["splendid", "crisp", "sunny", "mellow"]}
FILLERS = [f"{first}{second}" for first in ("mo", "ta", "ri", "lu", "ne", "so") for second in ("ba", "di", "ko", "fu")]
GRID = """name: tiny
dataset: file:data/tweets.csv
primary_metric: macro_recall
runs:
  - notebook: 10_logistic_regression
"""


def labelled_texts(count, words, seed):
    """A frame of texts, two words of which give the label away."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(["negative", "positive"], count)
    texts = [
        " ".join([*rng.choice(words[label], 2), *rng.choice(FILLERS, rng.integers(4, 11)), f"n{seed}x{row}"])
        for row, label in enumerate(labels)
    ]
    return pd.DataFrame({"text": texts, "label": labels})


def write_checkout(folder, texts=1000):
    """Write a champion called sentiment, number 3, the data it learned from, new labels and a grid."""
    from textlab import data
    from textlab.export.bundle import write_bundle
    from textlab.models.logistic_regression import LogisticRegression
    from textlab.promotion.catalog import Entry, write_entry

    for name in ("data/labelled", "experiments", "models/.service/traffic"):
        (folder / name).mkdir(parents=True)
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    (folder / "experiments" / "tiny.yaml").write_text(GRID)
    labelled_texts(texts, WORDS, 1).to_csv(folder / "data" / "tweets.csv", index=False)
    labelled_texts(texts, NEW_WORDS, 2).to_csv(folder / "data" / "labelled" / "new.csv", index=False)
    dataset = data.load(f"file:{folder / 'data' / 'tweets.csv'}")
    model = LogisticRegression.tiny()
    model.fit(dataset.train, dataset.validation)
    card = {"run_id": "abc", "dataset": "file:data/tweets.csv"}
    write_bundle(model, dataset, folder / "models" / "sentiment" / "3", card)
    write_entry(folder / "models", "sentiment", Entry(3))
    return folder


def write_traffic(folder, count=600):
    """Write recorded predictions of the last minutes, whose words the champion does not know.

    The run that was last due, and that Airflow starts when a DAG is switched on, looks at the time before.
    """
    from textlab.bundle_format.labels import labels_digest

    now = time.time()
    lines = [
        {
            "id": f"p{row}",
            "time": now - count + row,
            "model": "sentiment",
            "version": 3,
            "labels_digest": labels_digest(("negative", "positive")),
            "probabilities": [0.45, 0.55],
            "characters": {"text": len(text)},
            "inputs": {"text": text},
            "caller": f"caller{row % 50}",
        }
        for row, text in enumerate(labelled_texts(count, NEW_WORDS, 3)["text"])
    ]
    path = folder / "models" / ".service" / "traffic" / "1.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def write_texts(path, rows):
    """Write a file of texts that has not changed for a while."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("text\n" + "an awful day\na lovely day\n" * (rows // 2))
    os.utime(path, (time.time() - 3600,) * 2)


def interpreter(folder):
    """Write a program that is the interpreter of these tests with this checkout's textlab; return its path."""
    path = folder / "python"
    path.write_text(f'#!/bin/sh\nexport PYTHONPATH="{ROOT / "src"}"\nexec "{sys.executable}" "$@"\n')
    path.chmod(0o700)
    return path


def environment(home, checkout, **more):
    """Airflow's environment, without any variable of the surroundings that would change it."""
    ours = ("AIRFLOW", "MLFLOW", "PYTHON", "TEXTLAB")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
        "AIRFLOW_HOME": str(home),
        "TEXTLAB_ROOT": str(checkout),
        "TEXTLAB_PYTHON": str(interpreter(checkout)),
        **more,
    }


def run_dags(folder, checkout, request, **more):
    """Run DAGs in Airflow's environment, as tests/airflow/dag_runs.py says; return its answer and its output."""
    (folder / "request.json").write_text(json.dumps(request))
    settings = environment(
        folder,
        checkout,
        AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "deploy" / "airflow" / "dags"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{folder / 'airflow.db'}",
        AIRFLOW__USAGE_DATA_COLLECTION__ENABLED="False",
        TEXTLAB_AIRFLOW_RETRY_SECONDS="0",
        **more,
    )
    program = [AIRFLOW, Path(__file__).with_name("dag_runs.py"), folder / "request.json", folder / "answer.json"]
    done = subprocess.run(program, env=settings, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    return json.loads((folder / "answer.json").read_text()) | {"output": done.stdout + done.stderr}
