"""Promote a run's model to champion of a name, and roll back.

A promotion is prepared in models/.staging and checked there. Then it is registered in MLflow and moved to
models/<name>/<number> in one step. It takes effect when the catalog is replaced. MLflow's aliases follow the catalog:
each promotion and rollback sets them again, so an interruption does no lasting harm.
"""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from textlab.bundle_format.decisions import write_decisions
from textlab.bundle_format.documents import BundleError, write_document
from textlab.bundle_format.manifest import verify_manifest, write_manifest
from textlab.concerns import Concern
from textlab.evaluation.wishes import Wishes
from textlab.export.bundle import CARD, read_card
from textlab.promotion.candidate import Candidate, check_answers, intervals_on_test, read_candidate
from textlab.promotion.catalog import Entry, check_name, locked, promoted_numbers, read_catalog, write_entry
from textlab.promotion.stated_decisions import StatedDecisions, stated_decisions, wishes_of
from textlab.record import finished_run, registry

STAGING = ".staging"


@dataclass(frozen=True)
class Promoted:
    """The champion after a promotion or a rollback.

    Attributes:
        folder: the folder of its bundle.
        previous: the number that rolling back restores; None if there is none.
        decisions: what was stated about decisions, and what validation and test gave, in sentences.
    """

    folder: Path
    previous: int | None
    decisions: tuple[str, ...] = ()


def promote(
    run_id: str,
    name: str,
    models: Path,
    refusal: str = "",
    concerns: Sequence[Concern] = (),
    *,
    replaces: int | None = None,
    retrain: str = "",
    wishes: Wishes | None = None,
) -> Promoted:
    """Make the model of a finished run the champion of `name`, under the next number.

    Args:
        run_id: the MLflow run.
        name: the model's name, such as sentiment.
        models: the folder of promoted models.
        refusal: why the report recommends no model, if one is promoted all the same; the card records the sentence.
        concerns: the concerns of the report; the card records the serious ones.
        replaces: the number of the champion that the model must replace; None means any.
        retrain: the id of the retrain that promotes the model; the card records it. A promotion that was interrupted is
            completed by the same call, and repeating a completed one changes nothing.
        wishes: what the bundle's decisions should achieve. None means: of a retrain, what those of the champion before
            should; otherwise nothing.

    Raises:
        ValueError, FileNotFoundError: the name is not valid, the run's model fails a check or cannot keep a promise, or
            another model has become the champion. Nothing has changed.
    """
    check_name(name)
    candidate = read_candidate(run_id)
    with locked(models):
        entry = read_catalog(models).get(name)
        earlier = _number_of(models, name, retrain) if retrain else None
        if entry is not None and entry.champion == earlier:
            return _put_into_effect(models, name, entry)
        if replaces is not None and (entry is None or entry.champion != replaces):
            champion = "no model" if entry is None else f"number {entry.champion}"
            raise ValueError(
                f"The champion of '{name}' is {champion} now, and the challenger was compared with number {replaces}. "
                "Nothing was promoted. Begin another retrain with --id."
            )
        if earlier is not None:
            before = (*entry.before, entry.champion) if entry else ()
            verify_manifest(models / name / str(earlier))
            return _put_into_effect(models, name, Entry(earlier, before))
        doubts = _doubts(refusal, concerns) | ({"retrain": retrain} if retrain else {})
        if wishes is None and retrain and entry is not None:
            wishes = wishes_of(models / name / str(entry.champion))
        decisions = stated_decisions(candidate, wishes) if wishes and not wishes.is_empty else None

        def stage(bundle: Path, number: int) -> None:
            _stage(candidate, {"name": name, "number": number} | doubts, bundle, decisions)
            check_answers(bundle, candidate)

        promoted = add_number(name, models, entry, stage, candidate.run_id, candidate.experiment_id)
        return replace(promoted, decisions=decisions.sentences if decisions else _end_of_decisions(models, name, entry))


def _end_of_decisions(models: Path, name: str, before: Entry | None) -> tuple[str, ...]:
    """Say that a champion without decisions has replaced one with them; nothing if there were none."""
    with contextlib.suppress(ValueError, OSError):  # the bundle before may be damaged or gone
        if before is not None and not wishes_of(models / name / str(before.champion)).is_empty:
            return (
                f"Number {before.champion} had decisions, and this one has none: it answers with the most probable "
                "class. To restore them, promote the run again with the options of the decisions.",
            )
    return ()


def add_number(
    name: str, models: Path, entry: Entry | None, stage: Callable[[Path, int], None], run_id: str, experiment_id: str
) -> Promoted:
    """Make a new bundle the champion of `name`, under the next number. The caller holds the lock.

    Args:
        name, models: see `promote`.
        entry: the catalog's entry for the name; None if there is none.
        stage: writes and checks the bundle, from its folder and its number.
        run_id, experiment_id: the MLflow run of the model, and its experiment.
    """
    number = _next_number(models, name, entry)
    staging = models / STAGING
    shutil.rmtree(staging, ignore_errors=True)  # an interrupted promotion may have left it
    bundle, folder = staging / str(number), models / name / str(number)
    try:
        staging.mkdir(parents=True)
        stage(bundle, number)
        registry.register(name, number, bundle, run_id, experiment_id)
        folder.parent.mkdir(exist_ok=True)
        bundle.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    before = (*entry.before, entry.champion) if entry else ()
    return _put_into_effect(models, name, Entry(number, before))


def roll_back(name: str, models: Path, number: int | None = None) -> Promoted:
    """Make the previous champion of `name` the champion again. The bundle that it replaces keeps its number.

    Args:
        name: the model's name.
        models: the folder of promoted models.
        number: roll back only if this is the champion; if another one is, nothing changes. None means any champion.

    Raises:
        ValueError, FileNotFoundError: there is no previous champion, or its bundle is damaged. Nothing has changed.
    """
    check_name(name)
    with locked(models):
        entry = read_catalog(models).get(name)
        if entry is None:
            raise ValueError(f"'{name}' cannot be rolled back: no model is promoted under that name. Correct the name.")
        if number is not None and entry.champion != number:
            return _put_into_effect(models, name, entry)
        if entry.previous is None:
            raise ValueError(
                f"'{name}' cannot be rolled back: number {entry.champion} is its first champion. Promote another model "
                "to replace it."
            )
        verify_manifest(models / name / str(entry.previous))
        return _put_into_effect(models, name, Entry(entry.previous, entry.before[:-1]))


def _next_number(models: Path, name: str, entry: Entry | None) -> int:
    """Return a number that was never used, so that each number identifies one model."""
    catalog_numbers = [entry.champion, *entry.before] if entry else []
    return max([0, *promoted_numbers(models, name), *registry.taken_numbers(name), *catalog_numbers]) + 1


def number_of_run(models: Path, name: str, run_id: str) -> int | None:
    """Return the newest number under which the model of a run was promoted to `name`; None if it never was.

    Raises:
        ValueError: there is no such run, or it is not finished.
    """
    run = finished_run(run_id)
    same = {run.id, run.reused} - {None}  # the model of a reused run is that of the run that was executed
    return next((number for number, card in _cards(models, name) if card.get("run_id") in same), None)


def _number_of(models: Path, name: str, retrain: str) -> int | None:
    """Return the number of the bundle that a retrain has moved to its place; None if there is none."""
    for number, card in _cards(models, name):
        promoted = card.get("promoted")
        if isinstance(promoted, dict) and promoted.get("retrain") == retrain:
            return number
    return None


def _cards(models: Path, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield number and card of each promoted bundle, the newest first; damaged ones are left out."""
    for number in reversed(promoted_numbers(models, name)):
        with contextlib.suppress(BundleError):
            yield number, read_card(models / name / str(number))


def _doubts(refusal: str, concerns: Sequence[Concern]) -> dict[str, Any]:
    """Return what the card says against the promotion; empty if nothing speaks against it."""
    serious = [{"kind": str(concern.kind), "text": concern.text} for concern in concerns if concern.is_serious]
    return ({"anyway": refusal} if refusal else {}) | ({"concerns": serious} if serious else {})


def _stage(
    candidate: Candidate, promoted: dict[str, Any], bundle: Path, decisions: StatedDecisions | None = None
) -> None:
    """Copy the candidate's bundle to `bundle`, add its decisions, complete its card, and write its manifest last."""
    shutil.copytree(candidate.bundle, bundle)
    card = read_card(bundle)
    if decisions:
        write_decisions(bundle, decisions.rules)
        card |= {"decisions": decisions.facts}
    promoted = promoted | {"at": datetime.now(UTC).isoformat(timespec="seconds")}
    write_document(bundle / CARD, card | {"intervals": intervals_on_test(candidate), "promoted": promoted})
    write_manifest(bundle)


def _put_into_effect(models: Path, name: str, entry: Entry) -> Promoted:
    write_entry(models, name, entry)
    registry.set_aliases(name, {"champion": entry.champion, "previous": entry.previous})
    return Promoted(models / name / str(entry.champion), entry.previous)
