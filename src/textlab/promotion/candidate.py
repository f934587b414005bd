"""A finished run that may be promoted, and the checks that its bundle has to pass."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from textlab import record
from textlab.evaluation.classification.comparison import ALWAYS, compare_classifiers
from textlab.evaluation.classification.decisions import check_finite
from textlab.evaluation.classification.predictions import check_probabilities, label_names_of, probabilities_of
from textlab.export.answers import answers_in_batches
from textlab.export.bundle import ODD_TEXTS, PARITY_TEXTS, Bundle
from textlab.export.manifest import verify_manifest

# Ten times what an export may differ by where it was written: another processor rounds otherwise.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Candidate:
    """What is known of a run.

    Attributes:
        run_id: of MLflow.
        experiment_id: of MLflow.
        bundle: the folder of its bundle, whose files match its manifest.
        predictions: the frames of "validation" and "test".
    """

    run_id: str
    experiment_id: str
    bundle: Path
    predictions: Mapping[str, pd.DataFrame]


def read_candidate(run_id: str) -> Candidate:
    """Read what a run has left.

    Raises:
        ValueError: there is no such run, it is not done, its bundle differs from the manifest, or a probability is NaN.
        FileNotFoundError: its bundle or its predictions are missing.
    """
    run = record.finished_run(run_id)
    predictions = {split: record.load_predictions(run_id, split) for split in ("validation", "test")}
    for split, frame in predictions.items():
        check_finite(f"{run.name}, {split}", frame)
    bundle = record.bundle_folder(run_id)
    verify_manifest(bundle)
    return Candidate(run_id, run.experiment_id, bundle, predictions)


def check_answers(folder: Path, candidate: Candidate) -> None:
    """Load the bundle in `folder` and ask it: it answers as the run's model did, and odd texts do it no harm.

    Raises:
        ValueError: it knows other classes, answers otherwise, or gives something else than probabilities.
    """
    bundle = Bundle(folder)
    validation = candidate.predictions["validation"].head(PARITY_TEXTS)
    names = label_names_of(validation)
    if bundle.label_names != names:
        raise ValueError(
            f"The bundle of run {candidate.run_id} tells {', '.join(bundle.label_names)} apart, its predictions "
            f"{', '.join(names)}. Run it again."
        )
    answers = answers_in_batches(bundle, validation["text"].tolist())
    difference = float(np.abs(answers - probabilities_of(validation)).max())
    if not difference <= TOLERANCE:
        raise ValueError(
            f"The bundle of run {candidate.run_id} differs from the run's predictions by {difference:.2g} in a "
            f"probability; at most {TOLERANCE:.0e} is allowed. Run it again."
        )
    check_probabilities(bundle.predict_proba(ODD_TEXTS), (len(ODD_TEXTS), len(names)))


def intervals_on_test(candidate: Candidate) -> dict[str, list[float]]:
    """The ends of the 95 % intervals of macro recall, accuracy and macro F1, by the metric's name in the card."""
    (scores,) = compare_classifiers({"model": candidate.predictions["test"]}, "macro_recall").intervals.to_dict(
        "records"
    )
    names = ("macro_recall", *ALWAYS)
    return {f"test_{name}": [scores[f"{name}_low"], scores[f"{name}_high"]] for name in names}
