"""A retrain: snapshot, grid, gate and promotion, as steps that an interruption cannot spoil.

Each step ends by writing its result into the retrain's state. A step that is done is not repeated, and one that was
interrupted begins again or, as the grid and the rollout do, continues.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from tqdm.auto import tqdm

from textlab import data, record
from textlab.bundle_format.manifest import verify_manifest
from textlab.data.snapshots import Snapshot
from textlab.export.bundle import read_card
from textlab.log import import_tensorflow
from textlab.paths import REPORTS, shown
from textlab.promotion.catalog import promoted_classifier
from textlab.record.machine import library_versions
from textlab.retraining.challenger import Challenger, find_challenger
from textlab.retraining.decision import DECISION, KEEP, PROMOTE, Decision, decide, log, write_decision
from textlab.retraining.gate import Contest, compare
from textlab.retraining.grid import check_grid, run_grid, write_grid
from textlab.retraining.request import Request, Step
from textlab.retraining.rollout import ENDS, ROLLED_BACK, ROLLOUT, Plan, Rollout, Say, roll_out
from textlab.retraining.rules import Result, Rule
from textlab.retraining.snapshot_step import open_retrain, snapshot_of
from textlab.retraining.state import State, only_retrain

FOLDER = "retraining"  # in reports/
GRID = "grid.yaml"


@dataclass(frozen=True)
class Outcome:
    """Where a retrain stands.

    Attributes:
        folder: the retrain's folder.
        step: the last step that is done.
        decision: the decision; None before the gate.
        rollout: the rollout; None before a promotion.
    """

    folder: Path
    step: Step
    decision: Decision | None = None
    rollout: Rollout | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the challenger was not promoted: the gate refused it, or it was rolled back."""
        if self.rollout is not None and self.rollout.phase == ROLLED_BACK:
            return True
        return self.decision is not None and self.decision.verdict == KEEP

    def to_json(self) -> dict[str, Any]:
        """Return the outcome for a program."""
        decision, rollout = self.decision, self.rollout
        return {
            "id": self.folder.name,
            "folder": shown(self.folder),
            "step": str(self.step),
            "verdict": None if decision is None else decision.verdict,
            "headline": None if decision is None else decision.headline,
            "promoted": None if rollout is None or rollout.phase == ROLLED_BACK else rollout.get("number"),
            "rollout": None if rollout is None else rollout.phase,
            "reasons": [] if rollout is None else rollout.get("reasons") or [],
        }


def retrain(request: Request, console: Console) -> Outcome:
    """Do the steps of a retrain up to the last one that is asked for, or continue an earlier one.

    Raises:
        ValueError, OSError: an option, a file or the store is not as it must be, or another retrain is running. The
            same request continues when the cause is removed.
    """
    request.check()
    grid, base = check_grid(request.grid), REPORTS / FOLDER / request.name
    champion = promoted_classifier(request.models, request.name)
    say = partial(console.print, soft_wrap=True, markup=False)
    with only_retrain(base, request.name), record.store_must_answer():
        import_tensorflow()
        with console.status("Making the snapshot") if console.is_terminal else nullcontext():
            state = open_retrain(base, request, grid, champion)
        snapshot = snapshot_of(state.folder)
        assert snapshot is not None, "open_retrain has made it"
        say(f"Retrain {state.id}: the snapshot is in {shown(snapshot.folder)}.")
        if not request.reaches(Step.GRID):
            return Outcome(state.folder, Step.SNAPSHOT)
        challenger = _grid_step(state, request, snapshot, console)
        if not request.reaches(Step.GATE):
            return Outcome(state.folder, Step.GRID)
        decision = _gate_step(state, request, snapshot, challenger, say)
        return _promotion_step(state, request, decision, say)


def _grid_step(state: State, request: Request, snapshot: Snapshot, console: Console) -> Challenger:
    """Run the grid on the snapshot; return the challenger."""
    path = state.folder / GRID
    if state.get("challenger") is None:
        if not path.exists():
            write_grid(request.grid, snapshot.dataset, state.id, path)
        run_grid(path, console)
        state.record(challenger=find_challenger(path).to_json())
    return Challenger.from_json(state.get("challenger"))


def _gate_step(state: State, request: Request, snapshot: Snapshot, challenger: Challenger, say: Say) -> Decision:
    """Compare challenger and champion, and write the decision down; once made, a decision stays."""
    settings: dict[str, Any] = {"metric": challenger.metric, "primary": challenger.primary}
    settings |= {"margin": request.margin, "floor": request.floor}
    if (kept := state.get("gate")) is None:
        decision = _decided(state, request, snapshot, challenger, settings)
        write_decision(decision, state.folder)
        state.record(gate=dict(decision.document))
    else:
        decision = Decision(kept)
        if decision.document["settings"] != settings:
            raise ValueError(
                f"The gate of retrain {state.id} has decided with other values of --margin or --floor. A decision is "
                "not made twice: give the same values, or begin another retrain with --id."
            )
    if state.get("logged") is None:
        state.record(logged=log(decision, state.folder, "decided"))
    for rule in decision.rules:
        say(f"{rule.result:6}  {rule.name}: {rule.reason}")
    say(decision.headline)
    say(f"Decision: {shown(state.folder / DECISION)}")
    return decision


def _decided(
    state: State, request: Request, snapshot: Snapshot, challenger: Challenger, settings: dict[str, Any]
) -> Decision:
    champion = promoted_classifier(request.models, request.name)
    card = read_card(champion)
    described = {name: card.get(name) for name in ("run_id", "dataset", "dataset_digest")}
    described |= {"number": int(champion.name), "manifest_sha256": verify_manifest(champion)}
    rules, evidence = [_recommended(challenger)], None
    if not challenger.refusal:
        contest = Contest(
            champion,
            record.bundle_folder(challenger.run_id),
            data.load(snapshot.dataset),
            snapshot.newest(),
            challenger.metric,
            request.margin,
            request.floor,
        )
        with tqdm(desc="Answers of both models", unit=" texts", leave=False, disable=None) as bar:
            judged, evidence = compare(contest, bar.update)
        rules += judged
    return decide(
        request.name,
        state.id,
        rules,
        evidence,
        challenger,
        champion=described,
        snapshot={"dataset": snapshot.dataset, "digest": snapshot.digest},
        settings=settings,
        versions=library_versions(),
    )


def _recommended(challenger: Challenger) -> Rule:
    name = "Recommended by the report"
    if challenger.refusal:
        return Rule(name, Result.FAILED, challenger.refusal)
    return Rule(name, Result.PASSED, challenger.reason)


def _promotion_step(state: State, request: Request, decision: Decision, say: Say) -> Outcome:
    """Roll the challenger out if this is asked for; a rollout that has begun is always brought to its end."""
    rollout = Rollout(state.folder)
    if rollout.phase is None:
        if decision.verdict == PROMOTE and request.reaches(Step.PROMOTE) and not request.promote:
            say("Nothing has been promoted. Give the same command with --promote to do so.")
        if decision.verdict == KEEP or not request.promote or not request.reaches(Step.PROMOTE):
            return Outcome(state.folder, Step.GATE, decision)
    if rollout.phase not in ENDS:
        rollout = roll_out(state.folder, Plan(decision, request.models, request.swap, request.watch_seconds), say)
    else:
        say(f"The rollout has ended before: {rollout.phase}.")
    if rollout.get("logged") != rollout.phase:
        log(decision, state.folder, str(rollout.phase), [state.folder / ROLLOUT])
        rollout.record(logged=rollout.phase)
    return Outcome(state.folder, Step.PROMOTE, decision, rollout)
