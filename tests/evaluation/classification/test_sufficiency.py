"""Too few texts, classes that a split lacks, intervals that are too wide, and single seeds."""

import numpy as np
import pytest

from textlab.concerns import ConcernKind
from textlab.evaluation.choice.sufficiency import single_seeds, wide_intervals
from textlab.evaluation.classification.comparison import compare_classifiers
from textlab.evaluation.classification.sufficiency import few_texts, few_to_choose, missing_classes

NAMES = ("anger", "joy", "optimism")


@pytest.fixture
def mistaken(predict):
    """Make predictions on given numbers of texts a class, wrong on every n-th text."""

    def make(counts, every, start=0):
        labels = np.repeat(np.arange(len(counts)), counts)
        wrong = (np.arange(len(labels)) + start) % every == 0
        predicted = np.where(wrong, (labels + 1) % len(NAMES), labels)
        return predict(labels, np.eye(len(NAMES))[predicted], NAMES)

    return make


def compared(*frames):
    models = {f"m{number}": frame for number, frame in enumerate(frames)}
    return compare_classifiers(models, "macro_recall", "m0", resamples=300)


def test_class_with_few_test_texts_is_named_with_its_count(mistaken):
    frame = mistaken((300, 12, 200), 4)
    (concern,) = few_texts(compared(frame), "m0", frame)
    assert concern.finding.startswith("The test split has few texts: 12 of joy; the interval of the champion's score")
    assert concern.is_serious


def test_few_texts_with_a_perfect_score_are_serious(mistaken):
    frame = mistaken((10, 10, 10), 1_000, start=1)
    (concern,) = few_texts(compared(frame), "m0", frame)
    assert concern.is_serious
    assert concern.finding == "The test split has few texts: 10 of anger, 10 of joy and 10 of optimism."


def test_thirty_texts_of_every_class_are_enough(mistaken):
    frame = mistaken((30, 30, 30), 4)
    assert few_texts(compared(frame), "m0", frame) == []


def test_choice_on_few_validation_texts_is_serious(mistaken):
    (concern,) = few_to_choose(mistaken((9, 10, 40), 4))
    assert concern.finding == "The champion is chosen on few validation texts: 9 of anger."
    assert concern.is_serious
    assert few_to_choose(mistaken((10, 10, 10), 4)) == []


def test_missing_classes_are_named_by_split(mistaken):
    whole, part, single = (mistaken(counts, 4) for counts in ((50, 50, 50), (50, 0, 50), (50, 0, 0)))
    assert missing_classes({"validation": whole, "test": whole}) == []
    (concern,) = missing_classes({"validation": whole, "test": part})
    assert concern.finding == "No test text has the class joy, so scores on test leave out this class."
    (concern,) = missing_classes({"validation": single, "test": whole})
    assert concern.finding == "All 50 validation texts have the class anger, so scores on validation mean little."
    assert concern.is_serious


def test_models_that_no_test_can_rank_are_told_in_a_note(mistaken):
    same = compared(mistaken((40, 40, 40), 5), mistaken((40, 40, 40), 5, start=2))
    (concern,) = wide_intervals(same, ["m0", "m1"])
    assert concern.kind is ConcernKind.WIDE_INTERVALS
    assert concern.finding.startswith("The test split cannot rank the 2 models: the narrowest interval spans ")
    assert not concern.is_serious
    assert wide_intervals(same, ["m0"]) == []


def test_models_that_differ_are_ranked(mistaken):
    assert wide_intervals(compared(mistaken((40, 40, 40), 20), mistaken((40, 40, 40), 2)), ["m0", "m1"]) == []


def test_single_seeds_are_a_note_and_models_without_a_seed_are_left_out():
    (concern,) = single_seeds({"lstm": 1, "bert": 3})
    assert concern.finding == "Training depends on the random seed, and lstm ran with one seed."
    assert not concern.is_serious
    assert single_seeds({"bert": 3}) == []


@pytest.mark.parametrize(("classes", "is_serious"), [(10, True), (80, False)])
def test_few_validation_texts_of_each_class_are_serious_only_for_few_classes(predict, classes, is_serious):
    labels = np.arange(9 * classes) % classes
    names = [f"class {number}" for number in range(classes)]
    (concern,) = few_to_choose(predict(labels, np.eye(classes)[labels], names))
    assert concern.finding == (
        f"The champion is chosen on few validation texts: {classes} of {classes} classes have fewer than 10, such as 9 "
        "of class 0."
    )
    assert concern.is_serious is is_serious
