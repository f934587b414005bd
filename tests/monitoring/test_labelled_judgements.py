"""Real labels: feedback joined by prediction id, labelled files, and tests for a fall of accuracy."""

import json

import numpy as np
import pytest

from textlab.monitoring.judgements import Judgements, read_feedback, read_labelled
from textlab.monitoring.labelled import FEWEST_CALLERS, feedback_finding, file_finding, real_score
from textlab.monitoring.traffic import Traffic
from textlab.sealing import Keys, LineFile, SealError

LABELS = ("negative", "positive")
SINCE = 1_000_000.0


def traffic_of(count=6):
    probabilities = np.tile([[0.8, 0.2], [0.3, 0.7]], (count, 1))[:count].astype(np.float32)
    return Traffic(
        "sentiment",
        LABELS,
        np.array([f"id{row}" for row in range(count)]),
        SINCE + np.arange(count, dtype=float),
        np.full(count, 3, np.int32),
        probabilities,
        np.array(["caller"] * count),
        np.full(count, 9, np.int32),
        np.zeros(0, np.int64),
        [],
        {},
    )


def feedback_line(row, label="negative", **changes):
    line = {
        "text": "secret",
        "label": label,
        "predicted": LABELS[row % 2],
        "model": "sentiment",
        "version": 3,
        "prediction_id": f"id{row}",
        "time": SINCE + row,
        "caller": "someone",
    }
    return line | changes


def write(path, lines):
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines))
    return path


def judged(right, wrong, callers=None):
    labels = np.zeros(right + wrong, int)
    predicted = np.array([0] * right + [1] * wrong)
    return Judgements(labels, predicted, callers, None, {})


def test_feedback_is_joined_by_prediction_id(tmp_path):
    path = write(tmp_path / "f.jsonl", [feedback_line(0), feedback_line(3), feedback_line(5, "positive")])
    now, before = read_feedback(path, traffic_of(), 3, SINCE, np.linspace(0, 1, 6))
    assert now.labels.tolist() == [0, 0, 1]
    assert now.predicted.tolist() == [0, 1, 1]
    assert now.right.tolist() == [0, pytest.approx(0.6), 1]
    assert len(before.labels) == 0


def test_feedback_that_cannot_be_used_is_counted_by_reason(tmp_path):
    lines = [
        feedback_line(0),
        feedback_line(0, "positive"),  # the first feedback on a prediction counts
        feedback_line(1, version=2),
        feedback_line(1, model="irony"),
        feedback_line(1, "sideways"),
        feedback_line(7),
        feedback_line(8, time=SINCE - 5),
        '{"text": "half',
        "[1]",
    ]
    now, before = read_feedback(write(tmp_path / "f.jsonl", lines), traffic_of(), 3, SINCE, None)
    assert now.skipped == {
        "another model or version": 2,
        "an unknown label": 1,
        "a prediction that was not recorded": 2,
        "a broken line": 2,
    }
    assert (len(now.labels), len(before.labels)) == (1, 1)


def test_sealed_feedback_is_read_with_the_key_and_refused_without_it(tmp_path):
    keys = Keys({"one": b"k" * 32})
    file = LineFile.create(tmp_path / "f.jsonl", "feedback", keys)
    file.append([json.dumps(feedback_line(0)).encode()])
    file.close()
    now, _ = read_feedback(tmp_path / "f.jsonl", traffic_of(), 3, SINCE, None, keys)
    assert len(now.labels) == 1
    with pytest.raises(SealError) as refused:
        read_feedback(tmp_path / "f.jsonl", traffic_of(), 3, SINCE, None, Keys({"two": b"x" * 32}))
    assert "secret" not in str(refused.value)


def test_a_labelled_file_is_joined_by_prediction_id(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("prediction_id,label\nid1,positive\nid0,positive\nid9,negative\nid1,negative\n")
    found = read_labelled(path, traffic_of(), None, ("text",), np.arange(6.0))
    assert found.labels.tolist() == [1, 1]
    assert found.predicted.tolist() == [1, 0]
    assert found.right.tolist() == [1, 0]
    assert found.skipped == {"a prediction that is not in the window": 2}


def test_a_labelled_file_of_new_texts_is_predicted_again(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("text,label\ngood,positive\nbad,negative\n")
    asked = []

    def predict(examples):
        asked.extend(examples["text"])
        return np.array([[0.1, 0.9], [0.2, 0.8]])

    found = read_labelled(path, traffic_of(), predict, ("text",), None)
    assert asked == ["good", "bad"]
    assert found.predicted.tolist() == [1, 1]


def test_examples_that_nobody_has_labelled_yet_are_left_out_and_counted(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("prediction_id,label\nid1,positive\nid0,\nid2, negative \n")
    found = read_labelled(path, traffic_of(), None, ("text",), None)
    assert found.labels.tolist() == [1, 0]
    assert found.skipped == {"an example without a label": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,label\na,sideways\n", "the label sideways, and the model's labels are negative, positive. Correct the"),
        ("tweet,label\na,positive\n", "has no column text. Give it the columns label and prediction_id, or label and"),
        ("text\na\n", "has no column label"),
    ],
)
def test_a_labelled_file_that_cannot_be_scored_is_explained(tmp_path, content, message):
    (tmp_path / "new.csv").write_text(content)
    with pytest.raises(ValueError, match=message):
        read_labelled(tmp_path / "new.csv", traffic_of(), None, ("text",), None)


def test_a_real_score_has_an_interval():
    score = real_score("new.csv", judged(80, 20), 2)
    assert score.accuracy.value == 0.8
    assert 0.70 < score.accuracy.low < 0.74
    assert 0.85 < score.accuracy.high < 0.89
    assert score.caveat == ""
    assert real_score("new.csv", judged(0, 0), 2) is None


def test_labels_without_a_mistake_do_not_have_an_interval_of_no_width():
    score = real_score("new.csv", judged(20, 0), 2)
    assert score.accuracy.low < 0.9
    assert score.accuracy.high == 1


def test_feedback_of_few_callers_has_a_wider_interval_than_that_of_many():
    many = real_score("feedback", judged(80, 20, np.array([f"c{row}" for row in range(100)])), 2)
    few = real_score("feedback", judged(80, 20, np.repeat([f"c{number}" for number in range(5)], 20)), 2)
    assert few.accuracy.high - few.accuracy.low > 2 * (many.accuracy.high - many.accuracy.low)
    assert "Feedback is not a random sample" in many.caveat
    assert "Only 5 callers" in few.caveat


def test_a_fall_below_validation_is_a_finding():
    assert file_finding("new.csv", judged(60, 40), 800, 1_000).p < 1e-4
    assert file_finding("new.csv", judged(80, 20), 800, 1_000).p > 0.3
    assert file_finding("new.csv", judged(95, 5), 800, 1_000).p > 0.9  # a rise is no fall
    assert file_finding("new.csv", judged(0, 0), 800, 1_000) is None


def test_p_values_of_a_labelled_file_are_valid_without_a_fall():
    rng = np.random.default_rng(0)
    p_values = []
    for _ in range(400):
        right, before = rng.binomial(100, 0.7), rng.binomial(1_000, 0.7)
        p_values.append(file_finding("new.csv", judged(right, 100 - right), before, 1_000).p)
    assert np.mean(np.array(p_values) <= 0.05) <= 0.08


def feedback_of(rng, rates, per_caller=8):
    labels = np.zeros(len(rates) * per_caller, int)
    predicted = (rng.random((len(rates), per_caller)) > rates[:, None]).astype(int).ravel()
    return Judgements(labels, predicted, np.repeat([f"c{row}" for row in range(len(rates))], per_caller), None, {})


def test_feedback_is_compared_with_earlier_feedback_never_with_validation():
    rng = np.random.default_rng(1)
    before = feedback_of(rng, np.full(40, 0.5))
    fallen, alike = feedback_of(rng, np.full(40, 0.2)), feedback_of(rng, np.full(40, 0.5))
    assert feedback_finding(fallen, before).p < 0.001
    assert feedback_finding(alike, before).p > 0.05
    assert "earlier feedback on this version confirmed" in feedback_finding(fallen, before).sentence


def test_callers_who_differ_do_not_raise_false_alarms():
    rng = np.random.default_rng(2)
    p_values = [
        feedback_finding(*(feedback_of(rng, rng.beta(0.5, 0.5, 25), 20) for _ in range(2))).p for _ in range(300)
    ]
    assert np.mean(np.array(p_values) <= 0.05) <= 0.09  # labels taken one by one would give 0.3


def test_feedback_of_too_few_callers_is_not_tested():
    rng = np.random.default_rng(3)
    few = feedback_of(rng, np.full(FEWEST_CALLERS - 1, 0.1), 50)
    assert feedback_finding(few, feedback_of(rng, np.full(40, 0.9))) is None
