"""The decisions of retrains: one run for each in MLflow's experiment `retraining`."""

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from textlab.record import tags
from textlab.record.store import client, connected_mlflow, prepare_store, tracking_uri, without_password
from textlab.record.writing import log_metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPERIMENT = "retraining"


def log_decision(
    name: str,
    retrain: str,
    *,
    verdict: str,
    outcome: str,
    note: str,
    metrics: Mapping[str, float],
    files: Sequence[Path],
) -> str:
    """Log the decision of a retrain, or what became of it; return the run's id. A retrain always has the same run.

    Args:
        name: the name of the promoted model.
        retrain: the retrain's id.
        verdict: "promote" or "keep".
        outcome: what has happened since, such as "decided", "promoted" or "rolled back".
        note: the description on the run's page.
        metrics: numbers of the decision; NaN is left out.
        files: files to add to the run, such as decision.json.
    """
    experiment_id = prepare_store(EXPERIMENT)
    identity = {tags.RETRAIN: retrain, tags.RETRAINED: name}
    query = " and ".join(f"tags.`{tag}` = '{value}'" for tag, value in identity.items())
    found = client().search_runs([experiment_id], query, max_results=1)
    if found:
        run_id = str(found[0].info.run_id)
    else:
        kind = {tags.KIND: tags.RETRAINING}
        run_id = str(client().create_run(experiment_id, run_name=f"{name} {retrain}", tags=identity | kind).info.run_id)
    for tag, value in {tags.VERDICT: verdict, tags.OUTCOME: outcome, tags.NOTE: note}.items():
        client().set_tag(run_id, tag, value)
    log_metrics(run_id, metrics)
    for path in files:
        client().log_artifact(run_id, str(path))
    client().set_terminated(run_id, "FINISHED")
    return run_id


@contextmanager
def store_must_answer() -> "Iterator[None]":
    """Turn a failure of the store into an error that says so.

    Raises:
        ConnectionError: the store has failed while the context lasted.
    """
    mlflow = connected_mlflow()
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (mlflow.MlflowException, SQLAlchemyError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ConnectionError(
            without_password(f"The MLflow store {tracking_uri()} has failed: {reason} ")
            + "Nothing is lost: start the store again, and give the same command to continue."
        ) from error
