"""The concerns of a report: reasons to doubt its answer, from the predictions, the data and the trainings."""

from collections.abc import Iterable, Sequence

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.choice.score_fall import fall_concern
from textlab.evaluation.choice.sufficiency import single_seeds, wide_intervals
from textlab.evaluation.classification.score_fall import mean_fall
from textlab.evaluation.classification.sufficiency import few_texts, few_to_choose, missing_classes
from textlab.evaluation.statistics.comparison import Comparison
from textlab.models import families
from textlab.report.entries import Entry
from textlab.report.leaderboard import seed_of


def prediction_concerns(
    champion: Entry,
    models: Sequence[Entry],
    validation: Comparison,
    test: Comparison,
    about_data: Sequence[Concern] = (),
) -> list[Concern]:
    """Return the concerns that follow from the predictions: the fall of scores, and too few texts.

    Args:
        champion: the champion.
        models: one run of each model.
        validation, test: all runs on each split.
        about_data: the concerns about the data, which may explain a fall.
    """
    frames = {"validation": champion.validation, "test": champion.test}
    mean = mean_fall(validation, test, list(frames.values()))
    fall = fall_concern(champion.name, validation, test, mean, about_data)
    return [
        *([fall] if fall else []),
        *missing_classes(frames),
        *few_to_choose(champion.validation),
        *few_texts(test, champion.name, champion.test),
        *wide_intervals(test, [entry.name for entry in models]),
    ]


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
