"""A grid of retrievers in a real store: sixty people, queries of three kinds, and rankings made by hand."""

import json

import numpy as np
import pandas as pd
from mlflow import MlflowClient

from textlab import record
from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.evaluation.retrieval.predictions import search_predictions
from textlab.evaluation.tasks import task
from textlab.record.notebook_run import log_training_notes
from textlab.search import FieldKind, Hit

PEOPLE = 60
KINDS = ("skills", "paraphrase", "conditions")
CITIES = ("Berlin", "Lima")


def people(queries: int = 120) -> RetrievalDataset:
    """Sixty people, each found by several queries; the third kind of query states a place."""
    numbers = range(PEOPLE)
    documents = pd.DataFrame(
        {
            "id": [f"d{number}" for number in numbers],
            "title": [f"Person <b>{number}" for number in numbers],
            "text": [f"knows topic{number} and " + "writes long sentences about it " * 20 for number in numbers],
            "place": [CITIES[number % 2] for number in numbers],
        }
    )
    splits, relevance = {}, []
    for turn, split in enumerate(("train", "validation", "test")):
        rows = []
        for number in range(queries):
            query, person = f"{split}-{number}", (number * 7 + turn) % PEOPLE
            kind = KINDS[number % 3]
            conditions = {"place": CITIES[person % 2]} if kind == "conditions" else {}
            text = f"somebody for job {number} of {split} <script>alert(1)</script>"
            rows.append({"id": query, "text": text, "tags": kind, "conditions": json.dumps(conditions)})
            relevance.append({"query": query, "document": f"d{person}", "grade": 2})
            relevance.append({"query": query, "document": f"d{(person + 2) % PEOPLE}", "grade": 1})
        splits[split] = pd.DataFrame(rows)
    return RetrievalDataset(
        "people", "1", documents, **splits, relevance=pd.DataFrame(relevance), fields={"place": FieldKind.WORD}
    )


def rankings(dataset: RetrievalDataset, split: str, quality: dict[str, float] | float, seed: int) -> pd.DataFrame:
    """Rank all people; a query's best person is first with the probability `quality`, by kind or for all kinds."""
    rng, queries, hits = np.random.default_rng([seed, len(split)]), getattr(dataset, split), []
    for kind, grades in zip(queries["tags"], dataset.relevant(split).values(), strict=True):
        order = list(rng.permutation(dataset.documents["id"].to_numpy()))
        if rng.random() < (quality if isinstance(quality, float) else quality[kind]):
            best = max(grades, key=lambda document: grades[document])
            order.remove(best)
            order.insert(0, best)
        hits.append([Hit(str(name), 1 - place / PEOPLE, place) for place, name in enumerate(order)])
    frame = search_predictions(dataset, split, hits)
    return frame.assign(found_without_conditions=frame["found"])


class SearchStore:
    """A store of the grid "search", to which tests add runs of retrievers."""

    def __init__(self, folder, dataset=None):
        self.folder, self.experiment_id = folder, record.prepare_store("search")
        self.client, self.dataset = MlflowClient(record.tracking_uri()), people() if dataset is None else dataset

    def add(self, family, quality, seed=0, latency=1.0, notes=(), **measured):
        """Add a run of a retriever; return all runs so far."""
        parameters = {"seed": seed, "dataset": self.dataset.name}
        run_id = record.open_run(self.experiment_id, f"{family} {seed}", f"40_{family}", f"{family}-{seed}", parameters)
        log_training_notes(run_id, notes)
        described = {"model": family, "task": "retrieval", "dataset": self.dataset.name, "seed": seed}
        for tag, value in (described | {"dataset_digest": self.dataset.digest}).items():
            self.client.set_tag(run_id, f"textlab.{tag}", value)
        frames = {split: rankings(self.dataset, split, quality, seed) for split in ("validation", "test")}
        costs = {"fit_seconds": 2.0, "latency_ms": latency, "bundle_mb": 1.0}
        for metric, value in (task("retrieval").measure(frames) | costs | measured).items():
            self.client.log_metric(run_id, metric, value)
        for split, frame in frames.items():
            path = self.folder / f"predictions_{split}.parquet"
            frame.to_parquet(path, index=False)
            self.client.log_artifact(run_id, str(path))
        record.close_run(run_id, "done", None)
        return record.runs("search")
