"""No test text enters train, no caller dominates, and no contradiction is trained on unseen."""

import json

import numpy as np
import pandas as pd
import pytest
from world import LABELS, Champion, base_dataset, feedback, honest, read, tweets

from textlab.data.preparation import Reason
from textlab.retraining.rows import Rules, examine, read_feedback, read_labelled
from textlab.retraining.rows.callers import caller_limit

BASE, POOL = base_dataset(), tweets(1_000, 5)
NEW = honest(POOL, 60)


def line(text, label="positive", **members):
    given = {"text": text, "label": label, "predicted": "negative", "model": "moods", "time": 1.7e9, "caller": "a"}
    return json.dumps(given | members)


def reasons(tmp_path, *lines, rules=None):
    verdicts = examine(BASE, [read(tmp_path / "feedback.jsonl", list(lines))], Champion(), rules or Rules())
    return dict(zip(verdicts.frame["text"], verdicts.frame["reason"], strict=True))


def one_word_changed(text):
    return " ".join([*text.split()[:-1], "another"])


@pytest.mark.parametrize(
    "change", [str, str.upper, lambda text: f"  {text} ", one_word_changed, lambda text: f"{text}!"]
)
@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("test", {Reason.IN_TEST, Reason.NEAR_TEST}),
        ("validation", {Reason.IN_VALIDATION, Reason.NEAR_VALIDATION}),
    ],
)
def test_text_of_a_held_out_split_is_left_out_however_it_is_written(tmp_path, split, expected, change):
    text = change(getattr(BASE, split)["text"].iloc[0])
    for label in LABELS:
        assert reasons(tmp_path, line(text, label))[text] in expected


def test_text_of_train_is_dropped_with_its_label_and_held_with_another(tmp_path):
    row = BASE.train.iloc[0]
    same, other = LABELS[row["label"]], LABELS[1 - row["label"]]
    assert reasons(tmp_path, line(row["text"], same))[row["text"]] == Reason.IN_TRAIN
    assert reasons(tmp_path, line(row["text"], other))[row["text"]] == Reason.CONTRADICTION
    near = one_word_changed(row["text"])
    assert reasons(tmp_path, line(near, same))[near] == Reason.NEAR_TRAIN
    assert reasons(tmp_path, line(near, other))[near] == Reason.CONTRADICTION


def test_half_a_surrogate_pair_in_any_member_stops_no_review(tmp_path):
    text = NEW["text"].iloc[0]
    label = LABELS[NEW["label"].iloc[0]]
    odd = [
        line(f"{text} number {member}", label, **{member: "\ud800"})
        for member in ("prediction_id", "caller", "predicted")
    ]
    found = reasons(tmp_path, line(text, label), *odd)
    assert found[text] == ""
    assert len(found) == 4


def test_of_near_copies_only_the_first_is_used(tmp_path):
    text = NEW["text"].iloc[0]
    label = LABELS[NEW["label"].iloc[0]]
    changed = [" ".join([*text.split()[:-1], f"end{letter}"]) for letter in "abcdefgh"]
    found = reasons(tmp_path, *(line(each, label, caller=each, time=1.7e9 + n) for n, each in enumerate(changed)))
    assert list(found.values()) == ["", *[Reason.NEAR_COPY] * 7]


def test_new_rows_that_contradict_each_other_are_both_held(tmp_path):
    first = NEW["text"].iloc[0]
    second = one_word_changed(first)
    found = reasons(tmp_path, line(first, "positive"), line(second, "negative", caller="b"))
    assert list(found.values()) == [Reason.CONTRADICTION] * 2


def test_labelled_file_is_believed_rather_than_feedback(tmp_path):
    text = NEW["text"].iloc[0]
    (tmp_path / "labels.csv").write_text(f"text,label\n{text},positive\n")
    new = [read(tmp_path / "feedback.jsonl", [line(text, "negative")]), read_labelled(tmp_path / "labels.csv")]
    frame = examine(BASE, new, Champion(), Rules()).frame
    assert frame.set_index("origin")["reason"].to_dict() == {"labels.csv": "", "feedback": Reason.CONTRADICTION}


def test_blank_unknown_and_long_rows_are_dropped_with_the_reason(tmp_path):
    text = NEW["text"].iloc[0]
    found = reasons(tmp_path, line(" "), line(text, ""), line(f"x {text}", "neutral"), line("word " * 3_000))
    assert list(found.values()) == [Reason.EMPTY_TEXT, Reason.EMPTY_LABEL, Reason.UNKNOWN_LABEL, Reason.TOO_LONG]


def test_repeated_prediction_is_used_once(tmp_path):
    texts = NEW["text"].iloc[:2]
    labels = [LABELS[label] for label in NEW["label"].iloc[:2]]
    lines = [line(text, label, prediction_id="f" * 36) for text, label in zip(texts, labels, strict=True)]
    assert list(reasons(tmp_path, *lines).values()) == ["", Reason.SAME_ID]


def test_feedback_that_names_no_prediction_is_no_repetition(tmp_path):
    texts = NEW["text"].iloc[:2]
    labels = [LABELS[label] for label in NEW["label"].iloc[:2]]
    lines = [line(text, label, prediction_id="") for text, label in zip(texts, labels, strict=True)]
    assert list(reasons(tmp_path, *lines).values()) == ["", ""]


def test_one_caller_never_gives_more_than_the_allowed_share(tmp_path):
    callers = ["greedy"] * 40 + [f"user {row}" for row in range(20)]
    lines = feedback(NEW["text"], NEW["label"].to_numpy(), callers, tmp_path / "lines")
    rules = Rules(caller_free=3, caller_share=0.2)
    verdicts = examine(BASE, [read(tmp_path / "feedback.jsonl", lines)], Champion(), rules)
    used = verdicts.frame[verdicts.in_use]["caller"]
    assert (used == "greedy").mean() <= 0.2
    assert (used != "greedy").sum() == 20
    assert (verdicts.frame["reason"] == Reason.CALLER).sum() >= 35


@pytest.mark.parametrize(
    ("counts", "limit"),
    [([1_000] * 20, 500), ([1_000, 1_000], 50), ([10_000] + [1] * 600, 66), ([3, 4], 50)],
)
def test_limit_of_a_caller_follows_from_what_is_used(counts, limit):
    assert caller_limit(pd.Series(counts), Rules()) == limit


def test_lines_without_a_caller_count_as_those_of_one(tmp_path):
    lines = [json.loads(each) for each in feedback(NEW["text"], NEW["label"].to_numpy(), ["x"] * 60, tmp_path / "a")]
    for each in lines:
        del each["caller"]
    new = read(tmp_path / "feedback.jsonl", [json.dumps(each) for each in lines])
    assert set(new.frame["caller"]) == {"unknown"}
    verdicts = examine(BASE, [new], Champion(), Rules(caller_free=10))
    assert verdicts.in_use.sum() == 10


def test_broken_lines_and_feedback_on_other_models_are_counted_and_the_rest_is_used(tmp_path):
    good = line(NEW["text"].iloc[0], LABELS[NEW["label"].iloc[0]])
    new = read(tmp_path / "f.jsonl", [good, '{"text": "half', "[1]", line("about something else", model="spam")])
    reason = examine(BASE, [new], Champion(), Rules()).frame.set_index("line")["reason"].to_dict()
    assert reason == {
        "f.jsonl:1": "",
        "f.jsonl:2": Reason.UNREADABLE,
        "f.jsonl:3": Reason.UNREADABLE,
        "f.jsonl:4": Reason.OTHER_MODEL,
    }


def test_text_that_no_encoding_can_write_is_read(tmp_path):
    new = read(tmp_path / "f.jsonl", ['{"text": "half a pair \\ud800", "label": "positive", "time": 1e300}'])
    assert new.frame["text"].tolist() == ["half a pair ?"]
    assert new.frame["time"].isna().all()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"f\.jsonl has no lines\. Wait for feedback"),
        ("{}\n".encode("utf-16"), r"no line is a JSON object with a text, in UTF-8"),
        (b"\x00\x01binary\n", r"no line is a JSON object"),
    ],
)
def test_file_that_holds_no_feedback_is_refused_with_a_sentence(tmp_path, content, message):
    (tmp_path / "f.jsonl").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_feedback(tmp_path / "f.jsonl", "moods")


def test_labelled_file_with_other_columns_or_labels_is_refused(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("tweet,label\nhello,positive\n")
    with pytest.raises(ValueError, match=r"labels\.csv has no column text; it has tweet, label\. Rename"):
        read_labelled(path)
    path.write_text("text,label\nhello you,spam\ngoodbye,ham\n")
    with pytest.raises(ValueError, match=r"labels\.csv: no label is one of negative and positive; it has ham and spam"):
        examine(BASE, [read_labelled(path)], Champion(), Rules())


def test_labelled_file_in_another_encoding_is_refused_with_its_line(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_bytes("text,label\ncafé,positive\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"labels\.csv"):
        read_labelled(path)


def test_champion_with_other_classes_is_refused(tmp_path):
    champion = Champion()
    champion.label_names = ["ham", "spam"]
    with pytest.raises(ValueError, match="The champion predicts ham and spam, but moods has the classes"):
        examine(BASE, [read(tmp_path / "f.jsonl", [line("hello there")])], champion, Rules())


def test_no_new_row_is_an_answer_too(tmp_path):
    verdicts = examine(BASE, [read(tmp_path / "f.jsonl", [line("about", model="spam")])], Champion(), Rules())
    assert not verdicts.in_use.any()
    assert np.array_equal(verdicts.frame["is_held"], [False])
