"""Copy finished runs to another tracker. MLflow stays the record: the other tracker is never read.

A tag of the MLflow run says where it was copied to, so that nothing is copied twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from textlab.record import tags
from textlab.record.copies.run_copy import RunCopy, run_copy
from textlab.record.decisions import store_must_answer
from textlab.record.run import Status
from textlab.record.store import client

MOST_FAILURES = 2  # in a row; a server that does not answer is not asked for every run


class Tracker(Protocol):
    """A service that keeps copies of runs."""

    @property
    def name(self) -> str:
        """One word, for the tag."""

    @property
    def place(self) -> str:
        """Where the copies go, such as "online textlab"; a run that was copied to another place is copied again."""

    def copy(self, run: RunCopy) -> None:
        """Write a run; one that is there under the same id is replaced.

        Raises:
            OSError: the service does not answer or refuses, or a file cannot be written.
        """


@dataclass(frozen=True)
class Copied:
    """The result of copying one run. `error` is "" if the tracker now has the run."""

    run_id: str
    error: str = ""


def is_copied(run_id: str, tracker: Tracker) -> bool:
    """Return whether a tracker has a run already."""
    return (_tags(run_id) or {}).get(tags.COPIED + tracker.name) == tracker.place


def _tags(run_id: str) -> Mapping[str, str] | None:
    """Return the tags of a run; None if the store has no such run."""
    from mlflow import MlflowException

    try:
        return dict(client().get_run(run_id).data.tags)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def copied_to(run_id: str) -> Mapping[str, str]:
    """Return where a run was copied to: the place by the tracker's name."""
    found = _tags(run_id) or {}
    return {tag.removeprefix(tags.COPIED): place for tag, place in found.items() if tag.startswith(tags.COPIED)}


def copy_runs(
    run_ids: Sequence[str], tracker: Tracker, *, again: bool = False, with_texts: bool = False
) -> Iterator[Copied]:
    """Copy finished runs, and yield what became of each. Nothing is done to runs that the tracker has.

    Args:
        run_ids: ids of MLflow runs.
        tracker: the other tracker.
        again: copy runs that the tracker has, too.
        with_texts: see `run_copy`.

    Raises:
        ConnectionError: MLflow's store has failed.
    """
    failures = 0
    for run_id in run_ids:
        with store_must_answer():
            found = _tags(run_id)
        if found is None:
            yield Copied(run_id, f"MLflow has no run '{run_id}'. Look the id up in reports/<grid>/leaderboard.csv.")
            continue
        if found.get(tags.STATUS) != Status.DONE:
            yield Copied(run_id, f"Run {run_id} is not finished. Name a run that is done.")
            continue
        if not again and found.get(tags.COPIED + tracker.name) == tracker.place:
            yield Copied(run_id)
            continue
        if failures == MOST_FAILURES:
            yield Copied(run_id, f"Run {run_id} was not tried after {failures} failures in a row. Copy it again later.")
            continue
        try:
            with store_must_answer(), run_copy(run_id, with_texts=with_texts) as copy:
                tracker.copy(copy)
            failures = 0
        except (OSError, ValueError) as error:
            failures += not isinstance(error, FileNotFoundError | ValueError)  # those concern this run alone
            yield Copied(run_id, (str(error).splitlines() or [type(error).__name__])[0])
            continue
        with store_must_answer():
            client().set_tag(run_id, tags.COPIED + tracker.name, tracker.place)
        yield Copied(run_id)
