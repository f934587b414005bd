"""Wrong labels come first in the list, and the estimates of their number hold what they promise."""

import numpy as np
import pandas as pd
import pytest

from textlab.evaluation.classification.predictions import predictions_frame
from textlab.evaluation.label_issues import estimate_wrong, find_label_issues, label_scores
from textlab.evaluation.label_issues.issues import FEWEST

NAMES = ("bad", "fair", "good")


def simulated(
    n: int, wrong: float, classes: int, seed: int, sharpness: float = 3.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels of which a share is replaced at random, probabilities of a model that never saw them, and truth.

    The true class is drawn from the probabilities, as of a calibrated model.
    """
    random = np.random.default_rng(seed)
    logits = sharpness * random.normal(size=(n, classes))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = (probabilities.cumsum(axis=1) < random.random((n, 1))).sum(axis=1).clip(max=classes - 1)
    labels = truth.copy()
    replaced = random.random(n) < wrong
    labels[replaced] = (labels[replaced] + random.integers(1, classes, replaced.sum())) % classes
    return labels, probabilities, truth


def frame_of(labels: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    letters = [f"{number:04d}".translate(str.maketrans("0123456789", "abcdefghij")) for number in range(len(labels))]
    texts = [f"{word} {word[::-1]}x my {word}" for word in letters]
    examples = pd.DataFrame({"id": [f"r{number}" for number in range(len(labels))], "text": texts, "label": labels})
    return predictions_frame(examples, probabilities, NAMES[: probabilities.shape[1]])


def test_the_score_of_a_label_is_its_log_odds_against_the_likeliest_other_class() -> None:
    scores = label_scores(np.array([0, 2, 1]), np.array([[0.5, 0.25, 0.25], [0.8, 0.1, 0.1], [0.2, 0.6, 0.2]]))
    assert scores == pytest.approx([np.log(2), np.log(1 / 8), np.log(3)])


def test_the_first_rows_are_the_labels_that_the_model_contradicts_most_with_its_suggestion() -> None:
    labels, probabilities, _ = simulated(200, 0.0, 3, seed=0)
    labels[7], probabilities[7] = 0, [0.001, 0.001, 0.998]
    table = find_label_issues(frame_of(labels, probabilities)).table
    first = table.iloc[0]
    assert first[["id", "given_label", "suggested_label"]].tolist() == ["r7", "bad", "good"]
    assert first["probability"] == pytest.approx(0.998, abs=1e-6)
    scores = np.log(table["given_probability"] / table["probability"])
    assert scores.is_monotonic_increasing


def test_confident_learning_counts_what_it_counts_by_hand() -> None:
    """Thresholds are the mean self-confidence of a class: 0.6 for each, so only r4 and r9 are off the diagonal."""
    own = np.array([0.8, 0.8, 0.7, 0.7, 0.0] * 2 * 10)
    labels = np.repeat([0, 1], 50)
    probabilities = np.where(labels[:, None] == [0, 1], own[:, None], 1 - own[:, None])
    issues = find_label_issues(frame_of(labels, probabilities))
    assert len(issues.table) == 20
    assert (issues.table["given_probability"] == 0).all()


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("wrong", [0.03, 0.1, 0.2])
def test_the_estimated_share_of_wrong_labels_is_near_the_true_one(wrong: float, classes: int) -> None:
    labels, probabilities, truth = simulated(8000, wrong, classes, seed=1, sharpness=4.0)
    estimate, right = estimate_wrong(labels, probabilities, 400)
    is_wrong, listed = labels != truth, np.argsort(label_scores(labels, probabilities))[:400]
    assert estimate.value == pytest.approx(is_wrong.mean(), abs=0.025)
    assert right.low - 0.1 <= 1 - is_wrong[listed].mean() <= right.high + 0.1
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_estimates_are_the_same_for_the_same_seed() -> None:
    labels, probabilities, _ = simulated(300, 0.1, 3, seed=2)
    assert estimate_wrong(labels, probabilities, 30) == estimate_wrong(labels, probabilities, 30)


def test_a_near_duplicate_with_another_label_is_named() -> None:
    labels, probabilities, _ = simulated(200, 0.0, 2, seed=3)
    labels[5], probabilities[5] = 0, [0.001, 0.999]
    labels[6], probabilities[6] = 1, [0.001, 0.999]
    frame = frame_of(labels, probabilities)
    frame.loc[[5, 6], "text"] = ["the late flight was awful", "the late flight was awful !"]
    issues = find_label_issues(frame)
    assert issues.table.set_index("id").loc["r5", "contradicted_by"] == "r6"
    assert issues.pairs[["id", "other_id"]].iloc[0].tolist() == ["r5", "r6"]


def test_of_few_examples_nothing_is_said() -> None:
    labels, probabilities, _ = simulated(FEWEST - 1, 0.1, 2, seed=4)
    issues = find_label_issues(frame_of(labels, probabilities))
    assert issues.table.empty
    assert issues.sentences() == ["No label of 49 training examples stands out as wrong."]


def test_a_class_without_examples_is_no_error() -> None:
    labels, probabilities, _ = simulated(200, 0.1, 3, seed=5)
    kept = labels != 2
    assert find_label_issues(frame_of(labels[kept], probabilities[kept])).examples == kept.sum()
