"""Promote a challenger, switch the running service, watch it, and roll back if it does worse.

rollout.json holds the phase, written before and after each act. Whatever the moment of an interruption, the same call
continues: it completes the rollout, or rolls it back. It never promotes twice.

    observed       the service was watched before the switch
    promoted       the catalog names the challenger
    switching      the service is switched, or about to be; the watch counts from here
    rolling back   the catalog and the service are going back
    kept, rolled back, unwatched   the end
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textlab.log import import_tensorflow
from textlab.promotion.catalog import read_catalog
from textlab.promotion.champion import promote, roll_back
from textlab.promotion.service import admin_key, check_swap, read_metrics, served_number, swapped, switch
from textlab.retraining.decision import Decision
from textlab.retraining.state import State
from textlab.retraining.watch import Counts, read_counts, rises

ROLLOUT = "rollout.json"
LOOKS = 10
MOST_SILENT = 3  # a service may leave fewer successive looks unanswered
FEWEST_REQUESTS = 100  # before the switch; with fewer, everything that the service has ever counted is the comparison
KEPT, ROLLED_BACK, UNWATCHED = "kept", "rolled back", "unwatched"
ENDS = (KEPT, ROLLED_BACK, UNWATCHED)

Say = Callable[[str], object]


@dataclass(frozen=True)
class Plan:
    """The plan of a rollout.

    Attributes:
        decision: the decision to promote.
        models: the folder of promoted models.
        swap: the address of the service; None to promote only.
        watch_seconds: how long the service is watched before the switch, and again after it.
    """

    decision: Decision
    models: Path
    swap: str | None
    watch_seconds: float


class Rollout(State):
    """The state of one rollout, in rollout.json."""

    file = ROLLOUT

    @property
    def phase(self) -> str | None:
        """The phase; None if nothing has begun."""
        return self.get("phase")

    @property
    def has_ended(self) -> bool:
        """Whether the rollout is complete or rolled back."""
        return self.phase in ENDS


def roll_out(folder: Path, plan: Plan, say: Say) -> Rollout:
    """Promote, switch and watch, or continue where an earlier call was interrupted.

    Args:
        folder: the retrain's folder.
        plan: what to roll out, and how.
        say: shows a sentence to the user.

    Raises:
        ValueError: the promotion is refused, or the service is not as it must be. Nothing has changed.
    """
    rollout = Rollout(folder)
    name = plan.decision.document["name"]
    if rollout.phase is None:
        check_swap(plan.swap, name)
        rollout.record(phase="observed", swap=plan.swap, **_observe(plan, name, say))
    if rollout.phase == "observed":
        _promote(rollout, plan, name)
        say(f"Number {rollout.get('number')} is the champion of {name}.")
    if rollout.phase == "promoted":
        if rollout.get("swap") is None:
            say(swapped(None, plan.models / name / str(rollout.get("number"))))
            rollout.record(phase=UNWATCHED, reasons=[])
            return rollout
        counts = _counts(rollout)
        rollout.record(phase="switching", switched=time.time(), start=counts.to_json())
    if rollout.phase == "switching":
        reasons = _switch(rollout, plan, say) or _watch(rollout, plan, name, say)
        rollout.record(phase="rolling back" if reasons else KEPT, reasons=reasons)
    if rollout.phase == "rolling back":
        _roll_back(rollout, plan, name, say)
    return rollout


def _observe(plan: Plan, name: str, say: Say) -> dict[str, Any]:
    """Watch the service before the switch; return what it serves and what it counts meanwhile."""
    if plan.swap is None:
        return {}
    served, key = served_number(plan.swap, name), admin_key()
    say(f"The service is observed for {plan.watch_seconds / 60:g} min before the switch.")
    first = read_counts(read_metrics(plan.swap, key))
    time.sleep(plan.watch_seconds)
    last = read_counts(read_metrics(plan.swap, key))
    recent = last.since(first)
    before = recent if recent.requests >= FEWEST_REQUESTS else last
    return {"served": served, "before": before.to_json()}


def _promote(rollout: Rollout, plan: Plan, name: str) -> None:
    challenger = plan.decision.challenger
    import_tensorflow()
    promoted = promote(
        challenger.run_id,
        name,
        plan.models,
        challenger.refusal,
        challenger.concerns,
        replaces=plan.decision.champion,
        retrain=rollout.id,
    )
    rollout.record(phase="promoted", number=int(promoted.folder.name), previous=promoted.previous)


def _counts(rollout: Rollout) -> Counts:
    return read_counts(read_metrics(rollout.get("swap"), admin_key()))


def _switch(rollout: Rollout, plan: Plan, say: Say) -> list[str]:
    """Switch the service to the new champion; return why it could not be switched."""
    try:
        switch(rollout.get("swap"), rollout.get("number"), admin_key())
    except ValueError as error:
        return [str(error)]
    minutes = plan.watch_seconds / 60
    say(f"The service has switched to number {rollout.get('number')}. It is watched for {minutes:g} min.")
    return []


def _watch(rollout: Rollout, plan: Plan, name: str, say: Say) -> list[str]:
    """Look at the service several times; return why it must go back, [] if it need not."""
    start, before = (Counts.from_json(rollout.get(key)) for key in ("start", "before"))
    end, silent, after = rollout.get("switched") + plan.watch_seconds, 0, start.since(start)
    pause = plan.watch_seconds / LOOKS
    while True:
        # A service that did not answer gets a whole pause to recover, also after the end.
        time.sleep(pause if silent else max(0.0, min(pause, end - time.time())))
        is_last = time.time() >= end
        if read_catalog(plan.models)[name].champion != rollout.get("number"):
            say(f"Another model of {name} has been promoted, so the watch ends.")
            return []
        try:
            after, silent = _counts(rollout).since(start), 0
        except ValueError as error:
            silent += 1
            if silent >= MOST_SILENT:
                return [str(error)]
            continue
        if found := rises(before, after, LOOKS, plan.decision.times_slower):
            return found
        if is_last:
            say(_quiet(after))
            rollout.record(after=after.to_json())
            return []


def _quiet(after: Counts) -> str:
    if not after.requests:
        return "The service had no request while it was watched, so nothing is known about the new model's behaviour."
    return f"Errors, rejections and latency have not risen in {after.requests:,} requests."


def _roll_back(rollout: Rollout, plan: Plan, name: str, say: Say) -> None:
    """Switch the service back first, then the catalog. Each is safe to repeat."""
    trouble = ""
    try:
        switch(rollout.get("swap"), rollout.get("served"), admin_key())
    except ValueError as error:  # the catalog must go back all the same: a service that starts again reads it
        trouble = f" The service could not be switched back: {error}"
    champion = roll_back(name, plan.models, rollout.get("number"))
    rollout.record(phase=ROLLED_BACK, trouble=trouble.strip())
    say(f"Rolled back: number {champion.folder.name} is the champion of {name} again.{trouble}")
