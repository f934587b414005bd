"""A finished run whose model may be promoted, and the checks that its bundle must pass."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from textlab import record
from textlab.bundle_format.manifest import verify_manifest
from textlab.evaluation.classification.comparison import ALWAYS, compare_classifiers
from textlab.evaluation.classification.decisions import check_finite
from textlab.evaluation.classification.predictions import check_probabilities, label_names_of, probabilities_of
from textlab.export.answers import answers_in_batches
from textlab.export.bundle import Bundle
from textlab.export.parity import PARITY_EXAMPLES, odd_examples
from textlab.export.session import session_answer
from textlab.wording import shortlist

# Ten times the tolerance of an export: the run may have used another processor, which rounds differently.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Candidate:
    """A finished run with a bundle.

    Attributes:
        run_id: the MLflow run.
        experiment_id: its MLflow experiment.
        bundle: the folder of its bundle, whose files match the manifest.
        predictions: the predictions frames of "validation" and "test".
    """

    run_id: str
    experiment_id: str
    bundle: Path
    predictions: Mapping[str, pd.DataFrame]


def read_candidate(run_id: str) -> Candidate:
    """Read the bundle and the predictions of a run.

    Raises:
        ValueError: the run does not exist or is not finished, its bundle differs from the manifest, or a probability is
            NaN.
        FileNotFoundError: the bundle or the predictions are missing.
    """
    run = record.finished_run(run_id)
    predictions = {split: record.load_predictions(run_id, split) for split in ("validation", "test")}
    for split, frame in predictions.items():
        check_finite(f"{run.name}, {split}", frame)
    bundle = record.bundle_folder(run_id)
    verify_manifest(bundle)
    return Candidate(run_id, run.experiment_id, bundle, predictions)


def check_answers(folder: Path, candidate: Candidate) -> None:
    """Check that the bundle in `folder` answers like the run's model, survives odd examples, and can be served.

    Raises:
        ValueError: the bundle has other classes, its probabilities differ from the run's, it answers something other
            than probabilities, its graph may do more than compute, or a session cannot run it.
    """
    bundle = Bundle(folder)
    validation = candidate.predictions["validation"].head(PARITY_EXAMPLES)
    names = label_names_of(validation)
    if bundle.label_names != names:
        raise ValueError(
            f"The bundle of run {candidate.run_id} has the classes {shortlist(bundle.label_names)}; the run's "
            f"predictions have {shortlist(names)}. Run the notebook again."
        )
    difference = float(np.abs(answers_in_batches(bundle, validation) - probabilities_of(validation)).max())
    if not difference <= TOLERANCE:
        raise ValueError(
            f"The bundle of run {candidate.run_id} differs from the run's predictions by {difference:.2g} in a "
            f"probability; at most {TOLERANCE:.0e} is allowed. Run the notebook again."
        )
    odd = odd_examples(bundle.signature.input_names)
    answers = bundle.predict_proba(odd)
    check_probabilities(answers, (len(odd), len(names)))
    _check_session(bundle, folder, odd, answers)


def _check_session(bundle: Bundle, folder: Path, examples: pd.DataFrame, answers: np.ndarray) -> None:
    """Raise ValueError unless a session, which the service uses, gives the same answers."""
    difference = float(np.abs(session_answer(folder, bundle.signature, bundle.columns(examples)) - answers).max())
    if not difference <= TOLERANCE:
        raise ValueError(
            f"The bundle in {folder} answers with a difference of {difference:.2g} in the session that the service "
            f"uses; at most {TOLERANCE:.0e} is allowed. Export the model again."
        )


def intervals_on_test(candidate: Candidate) -> dict[str, list[float]]:
    """Compute the 95 % confidence intervals of macro recall, accuracy and macro F1, as [low, high] by metric."""
    (scores,) = compare_classifiers({"model": candidate.predictions["test"]}, "macro_recall").intervals.to_dict(
        "records"
    )
    names = ("macro_recall", *ALWAYS)
    return {f"test_{name}": [scores[f"{name}_low"], scores[f"{name}_high"]] for name in names}
