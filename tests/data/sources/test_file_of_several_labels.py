import json
import logging
from pathlib import Path

import pandas as pd
import pytest

import textlab.data
from textlab.data.multilabel_dataset import MultilabelDataset

SETS = [["joy"], ["joy", "anger"], [], ["anger"], ["fear", "joy"]] * 8


@pytest.fixture
def rows() -> pd.DataFrame:
    return pd.DataFrame({"text": [f"text {n}" for n in range(len(SETS))], "labels": SETS})


def loaded(name: str) -> MultilabelDataset:
    return textlab.data.load(name, of=MultilabelDataset)


def written(rows: pd.DataFrame, path: Path) -> str:
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows.to_dict("records")), encoding="utf-8")
    elif path.suffix == ".parquet":
        rows.to_parquet(path, index=False)
    else:
        rows.to_csv(path, index=False)
    return f"file:{path}"


def test_every_way_of_writing_the_labels_gives_the_same_examples(rows: pd.DataFrame, tmp_path: Path) -> None:
    joined = rows.assign(labels=rows["labels"].map("|".join))
    columns = rows[["text"]].assign(**{name: [int(name in each) for each in SETS] for name in ("anger", "fear", "joy")})
    datasets = [
        loaded(written(rows, tmp_path / "a.jsonl") + "?labels=labels"),
        loaded(written(rows, tmp_path / "a.parquet") + "?labels=labels"),
        loaded(written(rows, tmp_path / "a.csv") + "?labels=labels"),
        loaded(written(joined, tmp_path / "b.csv") + "?labels=labels&label_separator=|"),
        loaded(written(columns, tmp_path / "c.csv") + "?labels=anger,fear,joy"),
    ]
    for dataset in datasets:
        assert dataset.label_names == ("anger", "fear", "joy")
        sets = pd.concat([frame.set_index("text")["labels"] for _, frame in dataset.splits()])
        assert sets.to_dict() == {
            text: tuple(sorted(dataset.label_names.index(name) for name in each))
            for text, each in zip(rows["text"], SETS, strict=True)
        }
        assert (dataset.class_counts() > 0).all(axis=None)
        assert dataset.preparation is not None
        (concern,) = dataset.preparation.concerns
        assert concern.finding.startswith("8 of 40 rows (20.0%) have no label, so models learn that none of the labels")


def test_lists_without_the_option_are_an_error_that_says_what_to_do(rows: pd.DataFrame, tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.parquet", "a.csv"):
        spec = written(rows, tmp_path / name) + "?label=labels"
        assert textlab.data.task_of(spec) == "classification"
        with pytest.raises(ValueError, match=r"For several labels per text, write labels=labels in place of label="):
            textlab.data.load(spec)


def test_columns_of_zero_and_one_without_the_option_are_named_in_the_error(rows: pd.DataFrame, tmp_path: Path) -> None:
    table = rows[["text"]].assign(joy=[0, 1] * 20, anger=[1, 0] * 20)
    with pytest.raises(
        ValueError, match=r"or, for several labels per text, name the columns: 'file:.*\?labels=joy,anger'"
    ):
        textlab.data.load(written(table, tmp_path / "a.csv"))


def test_name_of_the_dataset_states_its_task(rows: pd.DataFrame, tmp_path: Path) -> None:
    spec = written(rows, tmp_path / "a.jsonl") + "?labels=labels"
    assert textlab.data.task_of(spec) == "multilabel"
    assert loaded(loaded(spec).name).digest == loaded(spec).digest
    with pytest.raises(ValueError, match="is for the task multilabel, and one for classification is needed"):
        textlab.data.load(spec)
    with pytest.raises(
        ValueError, match=r"label_separator=\| separates several labels per text\. Name their column as well"
    ):
        textlab.data.load(f"file:{tmp_path / 'a.jsonl'}?label_separator=|")


def test_copies_contradictions_and_unlabelled_rows_are_accounted_for(rows: pd.DataFrame, tmp_path: Path) -> None:
    rows.loc[5, "text"] = rows.loc[0, "text"]  # the same labels: a copy
    rows.loc[6, "text"] = rows.loc[3, "text"]  # other labels: a contradiction
    table = pd.concat([rows, pd.DataFrame({"text": ["nobody knows"], "labels": [None]})], ignore_index=True)
    spec = written(table, tmp_path / "a.jsonl") + "?labels=labels"
    with pytest.raises(
        ValueError, match=r"line 41: the column 'labels' is empty\. Write \[\] for a text without a label"
    ):
        loaded(spec)
    preparation = loaded(f"{spec}&unlabelled=drop").preparation
    assert preparation is not None
    dropped = preparation.dropped.set_index("line")
    assert dropped["reason"].to_dict() == {
        4: "same text with another label",
        6: "copy of another row",
        7: "same text with another label",
        41: "empty label",
    }
    assert dropped["label"].to_dict() == {4: "anger", 6: "joy", 7: "anger, joy", 41: ""}
    kept = loaded(f"{spec}&unlabelled=drop&contradictions=majority")
    assert kept.preparation is not None
    assert len(kept.preparation.dropped) == 4  # the labels of the contradiction tie


def test_rows_are_split_by_group_and_by_time_too(rows: pd.DataFrame, tmp_path: Path) -> None:
    table = rows.assign(
        author=[f"author {n // 2}" for n in range(40)], day=[f"2026-01-{n % 28 + 1:02d}" for n in range(40)]
    )
    spec = written(table, tmp_path / "a.jsonl") + "?labels=labels"
    by_author = loaded(f"{spec}&group=author")
    authors = [set(frame["group"]) for _, frame in by_author.splits()]
    assert not authors[0] & authors[1]
    assert not authors[0] & authors[2]
    assert (by_author.class_counts() > 0).all(axis=None)
    by_time = loaded(f"{spec}&time=day")
    assert by_time.train["time"].max() < by_time.test["time"].min()


def test_split_column_decides_the_parts(rows: pd.DataFrame, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    table = rows.assign(split=["train"] * 30 + ["test"] * 10)
    dataset = loaded(written(table, tmp_path / "a.csv") + "?labels=labels")
    assert len(dataset.test) == 10
    assert set(dataset.train["labels"]) | set(dataset.validation["labels"]) == {(), (0,), (2,), (0, 2), (1, 2)}


def test_labels_that_are_classes_raise_a_concern(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    table = pd.DataFrame({"text": [f"text {n}" for n in range(40)], "labels": ["joy", "anger"] * 20})
    with caplog.at_level(logging.WARNING):
        dataset = loaded(written(table, tmp_path / "a.csv") + "?labels=labels&label_separator=|")
    assert dataset.preparation is not None
    (concern,) = dataset.preparation.concerns
    assert concern.text.startswith("Every row has exactly one label, so the labels are classes. Use label= in place of")
