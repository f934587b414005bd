"""A finished run whose model may be promoted, and the checks that its bundle must pass."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from textlab import record
from textlab.bundle_format.manifest import verify_manifest
from textlab.evaluation.tasks import task
from textlab.export.bundle import Bundle
from textlab.export.contents import contents_of
from textlab.export.parity import odd_examples, promotion_tolerance
from textlab.export.session import session_answer


@dataclass(frozen=True)
class Candidate:
    """A finished run with a bundle.

    Attributes:
        run_id: the MLflow run.
        task: the task of its model.
        experiment_id: its MLflow experiment.
        bundle: the folder of its bundle, whose files match the manifest.
        predictions: the predictions frames of "validation" and "test".
    """

    run_id: str
    task: str
    experiment_id: str
    bundle: Path
    predictions: Mapping[str, pd.DataFrame]


def read_candidate(run_id: str) -> Candidate:
    """Read the bundle and the predictions of a run.

    Raises:
        ValueError: the run does not exist, is not finished or saw only a share of the training split, its bundle
            differs from the manifest, or a prediction cannot be scored, such as a probability that is NaN.
        FileNotFoundError: the bundle or the predictions are missing.
    """
    run = record.finished_run(run_id)
    if run.training_share < 1:
        raise ValueError(
            f"Run {run_id} was trained on {run.training_share:.3g} of the training split, for a learning curve. "
            "Promote a run on the whole split."
        )
    predictions = {split: record.load_predictions(run_id, split) for split in ("validation", "test")}
    for split, frame in predictions.items():
        task(run.task).check(f"{run.name}, {split}", frame)
    bundle = record.bundle_folder(run_id)
    verify_manifest(bundle)
    return Candidate(run_id, run.task, run.experiment_id, bundle, predictions)


def check_answers(folder: Path, candidate: Candidate) -> None:
    """Check that the bundle in `folder` answers like the run's model, survives odd examples, and can be served.

    Raises:
        ValueError: the bundle is of another task, its answers differ from the run's or are none of its task, its graph
            may do more than compute, or a session cannot run it.
    """
    bundle, contents = Bundle(folder), contents_of(candidate.task)
    if bundle.signature.task != candidate.task:
        raise ValueError(
            f"The bundle of run {candidate.run_id} is for {bundle.signature.task}, and the run is for "
            f"{candidate.task}. Run the notebook again."
        )
    contents.check_run(bundle, candidate.predictions, f"The bundle of run {candidate.run_id}")
    if bundle.signature.has_graph:
        odd = odd_examples(bundle.signature.input_names)
        answers = bundle.served.answer(bundle.columns(odd))
        contents.check_answers(answers)
        _check_session(bundle, odd, answers)


def _check_session(bundle: Bundle, examples: pd.DataFrame, answers: np.ndarray) -> None:
    """Raise ValueError unless a session, which the service uses, gives the same answers."""
    columns = bundle.columns(examples)
    difference = float(np.abs(session_answer(bundle.folder, bundle.signature, columns) - answers).max())
    tolerance = promotion_tolerance(bundle.card)
    if not difference <= tolerance:
        raise ValueError(
            f"The bundle in {bundle.folder} answers with a difference of {difference:.2g} in the session that the "
            f"service uses; at most {tolerance:.0e} is allowed. Export the model again."
        )


def intervals_on_test(candidate: Candidate) -> dict[str, list[float]]:
    """Compute the 95 % confidence intervals of the primary and the secondary metrics, as [low, high] by metric."""
    of_task = task(candidate.task)
    table = of_task.compare({"model": candidate.predictions["test"]}, of_task.primary_metric).intervals
    (scores,) = table.to_dict("records")
    names = dict.fromkeys((of_task.primary_metric, *of_task.secondary_metrics))
    return {f"test_{name}": [scores[f"{name}_low"], scores[f"{name}_high"]] for name in names}
