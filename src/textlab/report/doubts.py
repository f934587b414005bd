"""The concerns of a report about the trainings, whatever the task: too short, with one seed, or on cut texts."""

from collections.abc import Iterable

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.choice.sufficiency import single_seeds
from textlab.models import families
from textlab.record import TRUNCATED_SHARE
from textlab.report.entries import Entry
from textlab.report.leaderboard import seed_of

MANY_TRUNCATED = 0.05


def training_concerns(entries: Iterable[Entry], champion: str) -> list[Concern]:
    """Name the families whose best run ended its training too early, according to its notes.

    The concern is serious unless that run's model is the champion: trained longer, the model might overtake it. The
    leaderboard marks the other runs with notes.

    Args:
        entries: all runs, the best on validation first.
        champion: the champion's model, see `Entry`.
    """
    return [
        Concern(
            ConcernKind.TRAINED_TOO_LITTLE,
            f"{entry.name} may score too low. {' '.join(entry.run.training_notes)}",
            "Do not conclude yet that it is worse than another model.",
            is_serious=entry.model != champion,
        )
        for entry in _best_of_families(entries)
        if entry.run.training_notes
    ]


def truncation_concerns(entries: Iterable[Entry], champion: str) -> list[Concern]:
    """Say for the best run of each family how many test texts it did not read to their end.

    The concern is serious from `MANY_TRUNCATED` on, unless that run's model is the champion: with whole texts, the
    model might overtake it.

    Args:
        entries: all runs, the best on validation first.
        champion: the champion's model, see `Entry`.
    """
    found = []
    for entry in _best_of_families(entries):
        share, texts = entry.run.metrics.get(TRUNCATED_SHARE, 0.0), len(entry.test)
        if share:
            finding = (
                f"{entry.name} did not read the end of {round(share * texts):,} of {texts:,} test texts ({share:.1%})."
            )
            advice = "Raise its maximum_length, or the number of its windows, if the ends may matter."
            is_serious = share >= MANY_TRUNCATED and entry.model != champion
            found.append(Concern(ConcernKind.TRUNCATED, finding, advice, is_serious=is_serious))
    return found


def seed_concerns(entries: Iterable[Entry]) -> list[Concern]:
    """Say which models ran with one seed, among those whose training depends on the seed."""
    seeds: dict[str, set[int]] = {}
    known = families()
    for entry in entries:
        family = known.get(entry.run.model or "")
        if family is None or family.uses_seed:
            seeds.setdefault(entry.model, set()).add(seed_of(entry.run))
    return single_seeds({model: len(used) for model, used in seeds.items()})


def _best_of_families(entries: Iterable[Entry]) -> list[Entry]:
    """Return the first run of each family."""
    best: dict[str | None, Entry] = {}
    for entry in entries:
        best.setdefault(entry.run.model, entry)
    return list(best.values())
