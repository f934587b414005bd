"""A dataset says how many rows were read, which were dropped and why, and whether that is a reason to doubt it."""

import json
from pathlib import Path

import pandas as pd
import pytest

import textlab.data
from textlab.concerns import ConcernKind
from textlab.data import Dataset
from textlab.data.preparation import Preparation, Reason, first_lines, share, write_dropped

DISTINCT = [(f"tweet number {number}", ("late", "fine")[number % 2]) for number in range(100)]


def load(folder: Path, rows: list[tuple[str, ...]], query: str = "", header: str = "text,label") -> Dataset:
    path = folder / "tweets.csv"
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return textlab.data.load(f"file:{path}{query}")


def account(dataset: Dataset) -> Preparation:
    assert dataset.preparation is not None
    return dataset.preparation


def texts(dataset: Dataset) -> list[str]:
    return [text for _, frame in dataset.splits() for text in frame["text"]]


def test_every_dropped_row_is_kept_with_its_line_reason_text_and_label(tmp_path: Path) -> None:
    rows = [*DISTINCT, ("Tweet number  0", "late"), ("tweet number 1", "late"), (" ", "fine"), ("left over", "")]
    done = account(load(tmp_path, rows, "?unlabelled=drop"))
    assert done.rows_read == 104
    assert done.dropped.values.tolist() == [
        [3, Reason.CONTRADICTION, "tweet number 1", "fine"],
        [102, Reason.COPY, "Tweet number  0", "late"],
        [103, Reason.CONTRADICTION, "tweet number 1", "late"],
        [104, Reason.EMPTY_TEXT, " ", "fine"],
        [105, Reason.EMPTY_LABEL, "left over", ""],
    ]
    assert done.verdict() == (
        "104 rows were read, and 5 (4.8%) were dropped (same text with another label: 2; copy of another row: 1; empty "
        "text: 1; empty label: 1)."
    )
    assert done.table().loc["dropped: same text with another label"].tolist() == ["2", "1.9%", "3, 103"]
    assert done.table().loc["rows kept", "rows"] == "99"


def test_nothing_dropped_is_said_as_well(tmp_path: Path) -> None:
    done = account(load(tmp_path, DISTINCT))
    assert done.verdict() == "100 rows were read, and all are used."
    assert done.concerns == ()
    assert done.table().index.tolist() == ["rows read", "rows kept"]


def test_rows_that_a_given_split_loses_are_accounted_for(tmp_path: Path) -> None:
    rows = [("a", "x", "train"), ("b", "y", "train"), ("C", "y", "train"), ("D", "x", "train"), ("a", "x", "train")]
    rows += [("c", "x", "dev"), ("d", "y", "dev"), ("d", "y", "test")]
    done = account(load(tmp_path, rows, header="text,label,split"))
    assert list(zip(done.dropped["line"], done.dropped["reason"], strict=True)) == [
        (4, Reason.IN_VALIDATION),
        (5, Reason.IN_TEST),
        (6, Reason.COPY),
        (8, Reason.IN_TEST),
    ]


def test_lines_are_right_if_validation_is_cut_from_train(tmp_path: Path) -> None:
    rows = [(text, label, "test" if number < 8 else "train") for number, (text, label) in enumerate(DISTINCT)]
    done = account(load(tmp_path, [*rows, ("tweet number 3", "fine", "train")], header="text,label,split"))
    assert done.dropped[["line", "reason"]].values.tolist() == [[102, Reason.IN_TEST]]


def test_many_copies_and_contradictions_are_serious_concerns_that_give_numbers_and_lines(tmp_path: Path) -> None:
    copies = [(text, label) for text, label in DISTINCT[:20]]
    contradictions = [(text, "fine" if label == "late" else "late") for text, label in DISTINCT[40:45]]
    done = account(load(tmp_path, DISTINCT + copies + contradictions))
    assert [(concern.kind, concern.is_serious) for concern in done.concerns] == [
        (ConcernKind.COPIES, True),
        (ConcernKind.CONTRADICTIONS, True),
    ]
    assert done.concerns[0].finding == (
        "20 of 125 rows (16.0%) are copies (they repeat the text of another row) and were dropped. First lines: 102, "
        "103, 104, 105, 106 and 15 more."
    )
    assert done.concerns[1].finding.startswith("10 of 125 rows (8.0%) contradict each other (the same text has several")
    assert "contradictions=" in done.concerns[1].advice


def test_few_copies_are_no_concern(tmp_path: Path) -> None:
    assert account(load(tmp_path, [*DISTINCT, *DISTINCT[:4]])).concerns == ()


def test_many_blank_rows_are_a_serious_concern(tmp_path: Path) -> None:
    blank = [("", "fine"), ("", "late")] * 3 + [("unknown", "")]
    (concern,) = account(load(tmp_path, DISTINCT + blank, "?unlabelled=drop")).concerns
    assert concern.kind is ConcernKind.EMPTY
    assert "7 of 107 rows (6.5%) are blank (their text is empty or their label is empty)" in concern.finding


def test_class_that_lost_far_more_rows_than_others_is_a_concern(tmp_path: Path) -> None:
    many = [(f"opinion {number}", ("late", "fine")[number % 2]) for number in range(1000)]
    rare = [(f"rare one {number % 20}", "rare") for number in range(50)]
    (concern,) = account(load(tmp_path, many + rare)).concerns
    assert concern.kind is ConcernKind.COPIES
    assert concern.finding == (
        "The class 'rare' lost 30 of its 50 rows (60.0%; most often because they repeat the text of another row), "
        "while the other classes lost 0.0%."
    )


CONTRADICTING = [*DISTINCT, ("mostly fine", "fine"), ("Mostly fine", "late"), ("mostly  fine", "fine"), ("tie", "fine")]
CONTRADICTING += [("tie", "late")]


def test_contradictory_texts_are_dropped_by_default(tmp_path: Path) -> None:
    found = texts(load(tmp_path, CONTRADICTING))
    assert len(found) == 100
    assert not {"mostly fine", "Mostly fine", "tie"} & set(found)


def test_majority_keeps_the_first_row_of_the_most_frequent_label_and_drops_ties(tmp_path: Path) -> None:
    dataset = load(tmp_path, CONTRADICTING, "?contradictions=majority")
    assert len(texts(dataset)) == 101
    (row,) = [row for _, frame in dataset.splits() for row in frame.to_dict("records") if row["text"] == "mostly fine"]
    assert (row["id"], dataset.label_names[row["label"]]) == ("line-102", "fine")
    reasons = account(dataset).dropped.set_index("line")["reason"].to_dict()
    assert reasons == {103: Reason.CONTRADICTION, 104: Reason.COPY, **dict.fromkeys((105, 106), Reason.CONTRADICTION)}


@pytest.mark.parametrize("seed", range(4))
def test_kept_contradictions_stay_in_one_split(tmp_path: Path, seed: int) -> None:
    rows = DISTINCT + [(text, "fine" if label == "late" else "late") for text, label in DISTINCT[:30]]
    dataset = load(tmp_path, [*rows, *DISTINCT[:5]], f"?contradictions=keep&seed={seed}")
    assert len(texts(dataset)) == 130
    owners = [set(frame["text"]) for _, frame in dataset.splits()]
    assert sum(map(len, owners)) == 100
    (concern,) = account(dataset).concerns
    assert concern.is_serious
    assert (
        "60 of 135 rows (44.4%) contradict each other (the same text has several labels) and were kept" in concern.text
    )


def test_unknown_choice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"'contradictions' of .* is 'vote'\. It must be 'drop' or 'majority' or 'keep'"
    ):
        load(tmp_path, DISTINCT, "?contradictions=vote")


def test_rows_without_a_label_are_refused_by_default_and_a_file_without_any_label_always(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="label"):
        load(tmp_path, [*DISTINCT, ("unknown", "")])
    with pytest.raises(ValueError, match=r"every row of the column 'label' is empty\. Name another column"):
        load(tmp_path, [("a", ""), ("b", " ")], "?unlabelled=drop")


def test_missing_text_of_a_row_without_a_label_is_recorded_as_empty(tmp_path: Path) -> None:
    path = tmp_path / "tweets.jsonl"
    rows = [{"text": text, "label": label} for text, label in DISTINCT] + [{"text": None, "label": None}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = account(textlab.data.load(f"file:{path}?unlabelled=drop"))
    assert done.dropped.values.tolist() == [[101, Reason.EMPTY_LABEL, "", ""]]


def test_dropped_rows_are_written_without_formulas(tmp_path: Path) -> None:
    dropped = pd.DataFrame(
        {"line": [2, 3], "reason": ["copy of another row"] * 2, "text": ["=1+1", "fine, really"], "label": ["@x", "y"]}
    )
    write_dropped(Preparation(9, dropped), tmp_path / "new" / "dropped.csv")
    written = (tmp_path / "new" / "dropped.csv").read_text().splitlines()
    assert written == [
        "line,reason,text,label",
        "2,copy of another row,'=1+1,'@x",
        '3,copy of another row,"fine, really",y',
    ]


@pytest.mark.parametrize(
    ("count", "written"), [(0, "0.0%"), (2, "under 0.1%"), (78, "1.3%"), (5_999, "over 99.9%"), (6_000, "100.0%")]
)
def test_share_of_a_few_rows_is_neither_nothing_nor_everything(count: int, written: str) -> None:
    assert share(count, 6_000) == written


def test_first_lines_name_a_file_once() -> None:
    assert first_lines(["a.txt:3", "a.txt:7", "b.txt:1"]) == "a.txt:3, 7, b.txt:1"
    assert first_lines(range(1, 8)) == "1, 2, 3, 4, 5 and 2 more"
    assert first_lines([]) == ""


def test_shortest_and_longest_text_of_each_split_are_found(tmp_path: Path) -> None:
    rows = [("aaaa", "x", "train"), ("b " * 50, "y", "train"), ("ccc", "x", "dev"), ("dd", "y", "test")]
    lengths = load(tmp_path, rows, header="text,label,split").text_lengths()
    assert lengths.loc["train, shortest"].tolist() == [4, 1, "line-2", "aaaa"]
    assert lengths.loc["train, longest", ["characters", "words"]].tolist() == [100, 50]
    assert lengths.loc["train, longest", "text"] == "b " * 30 + "..."
