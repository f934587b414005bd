"""The answer that a report gives about a dataset, from two small models that train in a moment."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from trap_tables import TextSet

from textlab import data
from textlab.data.dataset import Dataset
from textlab.evaluation.classification.metrics import decision_metrics
from textlab.evaluation.classification.predictions import predict_splits
from textlab.record import Run, Status
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.entries import Entry
from textlab.report.leaderboard import model_names, unique_names

PRIMARY = "macro_recall"
SETTINGS: tuple[dict[str, Any], ...] = ({"n_grams": 1, "C": 1.0}, {"n_grams": 2, "C": 10.0})


class SmallModel:
    """Tf-idf of words and a logistic regression with balanced classes."""

    def __init__(self, train: pd.DataFrame, n_grams: int, C: float) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        self.pipeline = make_pipeline(
            TfidfVectorizer(ngram_range=(1, n_grams), sublinear_tf=True, min_df=2),
            LogisticRegression(C=C, class_weight="balanced", solver="newton-cg", random_state=0),
        )
        self.pipeline.fit(train["text"].tolist(), train["label"].to_numpy())

    def predict_proba(self, examples: pd.DataFrame) -> np.ndarray:
        return self.pipeline.predict_proba(examples["text"].tolist())


def findings_of(dataset: Dataset) -> ClassificationFindings:
    """Return the findings of a report about two models, as they would be after a grid."""
    predictions = [predict_splits(SmallModel(dataset.train, **setting), dataset) for setting in SETTINGS]
    runs = [_run(number, dataset, SETTINGS[number], of_run) for number, of_run in enumerate(predictions)]
    names, models = unique_names(runs), model_names(runs)
    entries = [
        Entry(names[run.id], models[run.id], run, **of_run) for run, of_run in zip(runs, predictions, strict=True)
    ]
    findings = ClassificationFindings(runs, PRIMARY, entries, left_out=[], shown=7)
    findings.data.__dict__["_loaded"] = (dataset, "")  # saves loading and checking the same file once more
    return findings


def _run(number: int, dataset: Dataset, setting: dict[str, Any], predictions: dict[str, pd.DataFrame]) -> Run:
    scores = {
        f"{split}_{metric}": value
        for split, frame in predictions.items()
        for metric, value in decision_metrics(frame).items()
    }
    return Run(
        id=f"{number:032x}",
        name=f"10_logistic_regression {number}",
        notebook="10_logistic_regression",
        status=Status.DONE,
        model="logistic_regression",
        dataset=dataset.name,
        dataset_version=dataset.version,
        dataset_digest=dataset.digest,
        seed=0,
        parameters=setting | {"dataset": dataset.name, "seed": 0},
        metrics=scores | {"latency_ms": 1.0 + number / 10},
    )


def answer_of(dataset: Dataset) -> list[str]:
    """Return the paragraphs that a report on two small models would show as its answer."""
    return findings_of(dataset).answer


@dataclass(frozen=True)
class Verdict:
    """What a report says about a generated set.

    Attributes:
        source: the set.
        answer: the paragraphs of the answer; the error if the set was refused.
        kinds: names of the kinds of its serious concerns.
        is_refused: whether the set could not be loaded.
    """

    source: TextSet
    answer: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    is_refused: bool = False

    @property
    def outcome(self) -> str:
        """One of hit, missed, false alarm, and quiet."""
        if not self.source.kinds:
            return "false alarm" if self.kinds or self.is_refused else "quiet"
        return "hit" if self._is_named and self._is_described else "missed"

    @property
    def _is_named(self) -> bool:
        return self.source.may_be_refused if self.is_refused else bool(set(self.kinds) & set(self.source.kinds))

    @property
    def _is_described(self) -> bool:
        text = " ".join(self.answer).lower()
        return any(word.lower() in text for word in self.source.words)


def judge(source: TextSet, folder: Path, seed: int = 0) -> Verdict:
    """Write a set as a file, load it as a user would, and return what a report says about it."""
    address = source.table(seed).write(folder, source.name)
    try:
        dataset = data.load(address)
    except ValueError as error:
        return Verdict(source, (str(error),), is_refused=True)
    findings = findings_of(dataset)
    kinds = dict.fromkeys(concern.kind.name for concern in findings.concerns if concern.is_serious)
    return Verdict(source, tuple(findings.answer), tuple(kinds))
