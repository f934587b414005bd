"""Make a run's model the champion of a name, and undo it.

A promotion is prepared in models/.staging, checked there, registered in MLflow, moved to models/<name>/<number> by one
rename, and in force from the moment that the catalog is replaced. MLflow's aliases follow the catalog: each promotion
and rollback sets them anew, whatever interrupted the one before.
"""

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from textlab.evaluation.classification.predictions import label_names_of
from textlab.export.bundle import EXTRA, write_json
from textlab.export.manifest import verify_manifest, write_manifest
from textlab.promotion import registered_bundle
from textlab.promotion.candidate import Candidate, check_answers, intervals_on_test, read_candidate
from textlab.promotion.catalog import Entry, check_name, locked, promoted_numbers, read_catalog, write_entry
from textlab.record import registry

STAGING = ".staging"


@dataclass(frozen=True)
class Promoted:
    """What is in force now.

    Attributes:
        folder: of the champion's bundle.
        previous: the number that rolling back makes the champion; None where there is nothing.
    """

    folder: Path
    previous: int | None


def promote(run_id: str, name: str, models: Path) -> Promoted:
    """Make the model of a finished run the champion of `name`, under the next number.

    Args:
        run_id: of MLflow.
        name: of the model, such as sentiment.
        models: the folder of promoted models.

    Raises:
        ValueError, FileNotFoundError: the name is not fit, or the run's model is not sound; nothing has changed.
    """
    check_name(name)
    candidate = read_candidate(run_id)
    with locked(models):
        entry = read_catalog(models).get(name)
        number = _next_number(models, name, entry)
        staging = models / STAGING
        shutil.rmtree(staging, ignore_errors=True)  # what an interrupted promotion left
        try:
            bundle = _stage(candidate, name, number, staging)
            check_answers(bundle, candidate)
            _register(candidate, name, number, bundle)
            folder = models / name / str(number)
            folder.parent.mkdir(exist_ok=True)
            bundle.rename(folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return _put_in_force(models, name, Entry(number, (*entry.before, entry.champion) if entry else ()))


def roll_back(name: str, models: Path) -> Promoted:
    """Make the champion before this one the champion again. The bundle that it replaces stays under its number.

    Raises:
        ValueError, FileNotFoundError: there is nothing to go back to, or it is not sound; nothing has changed.
    """
    check_name(name)
    with locked(models):
        entry = read_catalog(models).get(name)
        if entry is None or entry.previous is None:
            now = f"number {entry.champion} is its first champion" if entry else "no model is promoted under that name"
            raise ValueError(f"'{name}' cannot be rolled back: {now}.")
        verify_manifest(models / name / str(entry.previous))
        return _put_in_force(models, name, Entry(entry.previous, entry.before[:-1]))


def _next_number(models: Path, name: str, entry: Entry | None) -> int:
    """One that nothing has ever had, so that a number always means the same model."""
    of_catalog = [entry.champion, *entry.before] if entry else []
    return max([0, *promoted_numbers(models, name), *registry.taken_numbers(name), *of_catalog]) + 1


def _stage(candidate: Candidate, name: str, number: int, staging: Path) -> Path:
    """Copy the bundle, tell more in its card, and write its manifest, last."""
    bundle = staging / str(number)
    shutil.copytree(candidate.bundle, bundle)
    path = bundle / EXTRA / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    promoted = {"name": name, "number": number, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    write_json(path, card | {"intervals": intervals_on_test(candidate), "promoted": promoted})
    write_manifest(bundle)
    return bundle


def _register(candidate: Candidate, name: str, number: int, bundle: Path) -> None:
    registry.register(
        name,
        number,
        bundle,
        Path(registered_bundle.__file__),
        label_names_of(candidate.predictions["validation"]),
        candidate.run_id,
        candidate.experiment_id,
    )


def _put_in_force(models: Path, name: str, entry: Entry) -> Promoted:
    write_entry(models, name, entry)
    registry.set_aliases(name, {"champion": entry.champion, "previous": entry.previous})
    return Promoted(models / name / str(entry.champion), entry.previous)
