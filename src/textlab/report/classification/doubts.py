"""The concerns of a report that follow from the predictions of classifiers."""

from collections.abc import Sequence

from textlab.concerns import Concern
from textlab.evaluation.choice.score_fall import fall_concern
from textlab.evaluation.choice.sufficiency import wide_intervals
from textlab.evaluation.classification.score_fall import mean_fall
from textlab.evaluation.classification.sufficiency import few_texts, few_to_choose, missing_classes
from textlab.evaluation.statistics.comparison import Comparison
from textlab.report.entries import Entry


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
