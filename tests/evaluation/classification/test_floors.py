"""Floors, the refusal to recommend a model, and sentences about accuracy."""

import numpy as np
import pytest

from textlab.concerns import ConcernKind
from textlab.evaluation.classification.comparison import compare_classifiers
from textlab.evaluation.classification.floors import FLOORS, MAJORITY, SHARES, floor_predictions, floor_test
from textlab.evaluation.classification.refusal import accuracy_note, refusal, weak_choice

SHARES_OF_TRAINING = {"negative": 0.6, "positive": 0.4}


@pytest.fixture
def model(predict):
    """Make predictions that are right for a share of each class; 42 % of the texts are positive."""

    def make(texts, right, seed=0, labels=None):
        rng = np.random.default_rng(seed)
        labels = (rng.random(texts) < 0.42).astype(int) if labels is None else labels
        is_right = rng.random(texts) < np.array(right)[labels]
        predicted = np.where(is_right, labels, 1 - labels)
        return predict(labels, np.where(predicted[:, None] == [0, 1], 0.8, 0.2))

    return make


def beside_floors(frame, shares=SHARES_OF_TRAINING, metric="macro_f1"):
    return floor_test("bert", frame, shares, metric, resamples=300)


def test_floors_predict_the_majority_and_the_training_shares(model):
    floors = floor_predictions(model(2_000, (0.9, 0.9)), SHARES_OF_TRAINING)
    assert set(floors[MAJORITY]["predicted"]) == {"negative"}
    assert (floors[SHARES]["predicted"] == "negative").mean() == pytest.approx(0.6, abs=0.03)


def test_class_without_a_training_share_is_never_predicted(random_predictions):
    frame = random_predictions(3)
    drawn = floor_predictions(frame, {"joy": 0.3, "optimism": 0.7})[SHARES]["predicted"]
    assert set(drawn) == {"joy", "optimism"}


def test_draw_depends_on_ids_and_not_on_the_order_of_texts(model):
    frame = model(50, (0.9, 0.9))
    whole = floor_predictions(frame, SHARES_OF_TRAINING)[SHARES]
    turned = floor_predictions(frame.iloc[::-1], SHARES_OF_TRAINING)[SHARES]
    assert turned["predicted"].tolist() == whole["predicted"].iloc[::-1].tolist()
    renamed = floor_predictions(frame.assign(id=frame["id"] + "x"), SHARES_OF_TRAINING)[SHARES]
    assert renamed["predicted"].tolist() != whole["predicted"].tolist()


def test_no_draw_of_the_shares_is_lucky(model):
    for seed in range(10):
        test = beside_floors(model(40, (0.7, 0.7), seed=seed), metric="macro_recall")
        assert test.score(SHARES) == pytest.approx(0.5, abs=0.05)


def test_validation_within_noise_of_the_floor_is_no_serious_concern_if_it_is_not_small(model):
    validation = beside_floors(model(200, (0.55, 0.55), seed=2))
    assert validation.difference > 0
    concern = weak_choice(validation, 3)
    assert concern is not None
    assert not concern.is_serious


def test_floors_leave_the_intervals_of_the_model_alone(model):
    frame = model(300, (0.8, 0.7))
    alone = compare_classifiers({"bert": frame}, "macro_f1", resamples=300).intervals.loc["bert"]
    beside = beside_floors(frame).comparison.intervals.loc["bert"]
    for column in ("macro_f1", "macro_f1_low", "macro_f1_high", "accuracy_low"):
        assert alone[column] == pytest.approx(beside[column], abs=1e-12)


def test_better_floor_decides_for_macro_f1_and_for_accuracy(model):
    frame = model(1_000, (0.5, 0.5))
    assert beside_floors(frame).floor == SHARES
    assert beside_floors(frame, metric="accuracy").floor == MAJORITY
    assert list(beside_floors(frame).table.index) == list(FLOORS)


def test_model_that_calls_nearly_everything_positive_is_refused(model):
    test, validation = beside_floors(model(1_000, (0.08, 0.95))), beside_floors(model(500, (0.75, 0.75), seed=1))
    concern = refusal(test, validation, 0, 3)
    assert concern is not None
    assert concern.kind is ConcernKind.NOT_ABOVE_FLOOR
    assert concern.finding.startswith("No model can be recommended: on test, the macro F1 of bert is 36.4, and answers")
    assert " that ignore the example (class shares) reach " in concern.finding
    assert " None of the 3 runs scores above this floor." in concern.finding
    assert concern.finding.endswith(' of always answering "negative".')


def test_lead_within_noise_is_refused_with_its_p_value(model):
    test = beside_floors(model(40, (0.6, 0.55), seed=4))
    assert test.difference > 0
    concern = refusal(test, beside_floors(model(500, (0.75, 0.75))), 1, 1)
    assert concern is not None
    assert " is within noise (p = " in concern.finding


def test_clear_lead_is_not_refused(model):
    test, validation = beside_floors(model(500, (0.7, 0.7))), beside_floors(model(200, (0.7, 0.7), seed=1))
    assert refusal(test, validation, 3, 3) is None
    assert weak_choice(validation, 3) is None
    assert accuracy_note(test) == ""


def test_model_below_the_floor_on_validation_is_refused_whatever_test_says(model):
    concern = refusal(beside_floors(model(500, (0.8, 0.8))), beside_floors(model(200, (0.1, 0.1), seed=1)), 3, 3)
    assert concern is not None
    assert "on validation, the macro F1 of bert is " in concern.finding
    assert concern.finding.endswith(", so validation scores cannot choose a model.")


def test_validation_with_few_texts_makes_the_choice_weak_but_refuses_nothing(model):
    validation = beside_floors(model(12, (0.7, 0.7), seed=1))
    assert validation.difference > 0
    assert refusal(beside_floors(model(500, (0.8, 0.8))), validation, 3, 3) is None
    concern = weak_choice(validation, 3)
    assert concern is not None
    assert concern.finding.startswith("Validation hardly supports the choice of bert: on validation, ")
    assert concern.is_serious
    assert weak_choice(validation, 1) is None  # there was no choice


def test_test_texts_of_one_class_refuse_and_validation_texts_of_one_class_do_not(model):
    single = beside_floors(model(100, (0.9, 0.9), labels=np.zeros(100, dtype=int)))
    good = beside_floors(model(500, (0.8, 0.8)))
    assert refusal(good, single, 1, 1) is None
    concern = refusal(single, good, 1, 1)
    assert concern is not None
    assert concern.finding.startswith("No model can be recommended: all test texts have one class")


def test_balanced_model_on_skewed_classes_is_recommended_and_its_low_accuracy_told(model):
    labels = (np.arange(1_000) % 10 == 0).astype(int)
    test = beside_floors(model(1_000, (0.8, 0.8), labels=labels), {"negative": 0.9, "positive": 0.1}, "macro_recall")
    assert refusal(test, test, 1, 1) is None
    assert accuracy_note(test).endswith(', is significantly below the 90.0 of always answering "negative".')
