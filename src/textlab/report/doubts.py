"""The concerns of a report about the trainings, whatever the task: too short, or with one seed."""

from collections.abc import Iterable

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.choice.sufficiency import single_seeds
from textlab.models import families
from textlab.report.entries import Entry
from textlab.report.leaderboard import seed_of


def training_concerns(entries: Iterable[Entry], champion: str) -> list[Concern]:
    """Name the families whose best run ended its training too early, according to its notes.

    The concern is serious unless that run's model is the champion: trained longer, the model might overtake it. The
    leaderboard marks the other runs with notes.

    Args:
        entries: all runs, the best on validation first.
        champion: the champion's model, see `Entry`.
    """
    best: dict[str | None, Entry] = {}
    for entry in entries:
        best.setdefault(entry.run.model, entry)
    return [
        Concern(
            ConcernKind.TRAINED_TOO_LITTLE,
            f"{entry.name} may score too low. {' '.join(entry.run.training_notes)}",
            "Do not conclude yet that it is worse than another model.",
            is_serious=entry.model != champion,
        )
        for entry in best.values()
        if entry.run.training_notes
    ]


def seed_concerns(entries: Iterable[Entry]) -> list[Concern]:
    """Say which models ran with one seed, among those whose training depends on the seed."""
    seeds: dict[str, set[int]] = {}
    known = families()
    for entry in entries:
        family = known.get(entry.run.model or "")
        if family is None or family.uses_seed:
            seeds.setdefault(entry.model, set()).add(seed_of(entry.run))
    return single_seeds({model: len(used) for model, used in seeds.items()})
