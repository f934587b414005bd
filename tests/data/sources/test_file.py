"""A user's own table becomes a dataset, or an error that names the line."""

import json
import logging
from pathlib import Path

import pandas as pd
import pytest

import textlab.data
from textlab import paths
from textlab.sealing import Keys
from textlab.sealing.key_files import new_key
from textlab.sealing.rewriting import rotate_file, seal_file

FIRST, SECOND = new_key("first"), new_key("second")
ROWS = [(f"tweet {number}", "late" if number % 2 else "fine") for number in range(40)]


def write_csv(path: Path, rows: list[tuple[object, ...]], header: str = "text,label", separator: str = ",") -> str:
    lines = [header.replace(",", separator), *(separator.join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f"file:{path}"


def write(folder: Path, ending: str) -> str:
    path = folder / f"tweets.{ending}"
    if ending == "parquet":
        pd.DataFrame(ROWS, columns=["text", "label"]).to_parquet(path)
    elif ending == "jsonl":
        path.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in ROWS))
    else:
        write_csv(path, ROWS, separator="," if ending == "csv" else "\t")
    return f"file:{path}"


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "jsonl"])
def test_every_format_gives_the_same_rows(ending: str, tmp_path: Path) -> None:
    dataset = textlab.data.load(write(tmp_path, ending))
    assert [len(frame) for _, frame in dataset.splits()] == [28, 4, 8]
    assert dataset.label_names == ("fine", "late")
    found = {
        (text, dataset.label_names[label])
        for _, frame in dataset.splits()
        for text, label in zip(frame["text"], frame["label"], strict=True)
    }
    assert found == set(ROWS)


def test_query_names_columns_and_shares(tmp_path: Path) -> None:
    spec = write_csv(tmp_path / "t.csv", [(10 - n % 9, f"tweet {n}", n) for n in range(90)], "polarity,tweet,key")
    dataset = textlab.data.load(f"{spec}?text=tweet&label=polarity&id=key&test=0.1&seed=3")
    assert [len(frame) for _, frame in dataset.splits()] == [72, 9, 9]
    assert dataset.label_names == ("2", "3", "4", "5", "6", "7", "8", "9", "10")
    assert dataset.name == f"{spec}?id=key&label=polarity&seed=3&test=0.1&text=tweet"
    assert textlab.data.load(dataset.name).digest == dataset.digest
    row = dataset.train.iloc[0]
    assert row["text"] == f"tweet {row['id']}"


def test_rows_without_ids_take_their_line_as_id(tmp_path: Path) -> None:
    spec = write_csv(tmp_path / "t.csv", ROWS)
    for _, frame in textlab.data.load(spec).splits():
        assert (frame["id"].str.removeprefix("line-").astype(int) - 2).to_list() == [
            int(text.removeprefix("tweet ")) for text in frame["text"]
        ]


def test_split_column_decides_and_duplicates_of_test_texts_leave_train(tmp_path: Path) -> None:
    rows = [("a", 0, "train"), ("b", 1, "train"), ("X", 1, "train"), ("c", 0, "dev"), ("x", 1, "test")]
    dataset = textlab.data.load(write_csv(tmp_path / "t.csv", rows, "text,label,split"))
    assert [frame["text"].to_list() for _, frame in dataset.splits()] == [["a", "b"], ["c"], ["x"]]


def test_missing_validation_is_cut_from_train(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = [(text, label, "test" if number < 8 else "train") for number, (text, label) in enumerate(ROWS)]
    with caplog.at_level(logging.INFO, logger="textlab.data"):
        dataset = textlab.data.load(write_csv(tmp_path / "t.csv", rows, "text,label,split"))
    assert [len(frame) for _, frame in dataset.splits()] == [28, 4, 8]
    assert "so a share of train is used" in caplog.text


def test_split_column_can_be_ignored(tmp_path: Path) -> None:
    spec = write_csv(tmp_path / "t.csv", [(*row, "train") for row in ROWS], "text,label,split")
    assert len(textlab.data.load(f"{spec}?split=").test) == 8
    with pytest.raises(ValueError, match=r"The split column has no row for 'test'\. Add some, or split with the seed"):
        textlab.data.load(spec)


def test_relative_path_is_also_looked_up_in_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notebooks").mkdir()
    write_csv(tmp_path / "t.csv", ROWS)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path / "notebooks")
    assert len(textlab.data.load("file:t.csv").train) == 28


def test_empty_texts_are_dropped_and_their_lines_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spec = write_csv(tmp_path / "t.csv", [("", "late"), *ROWS, ("  ", "fine")])
    dataset = textlab.data.load(spec)
    assert sum(len(frame) for _, frame in dataset.splits()) == 40
    assert caplog.messages == [f"{spec}: dropped 2 row(s): empty text; first line(s): 2, 43"]


def test_log_never_contains_a_text(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = [*ROWS, ("secret words", "late"), ("secret words", "fine"), ("", "fine")]
    with caplog.at_level(logging.DEBUG):
        textlab.data.load(write_csv(tmp_path / "t.csv", rows))
    assert caplog.messages
    assert "secret" not in caplog.text
    assert "tweet" not in caplog.text


def test_label_with_one_text_is_an_error_that_names_it(tmp_path: Path) -> None:
    spec = write_csv(tmp_path / "t.csv", [*ROWS, ("odd one", "rare")])
    with pytest.raises(ValueError, match=r"t.csv: .* needs at least 3 distinct texts of each label: 'rare' has 1\."):
        textlab.data.load(spec)


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        ([("a", "x"), ("b", "x")], "text,label", r"t.csv has only the class 'x'\. A classifier needs at least two"),
        ([("a", "x"), ("b", "")], "text,label", r"t.csv, line 3: the column 'label' is empty"),
        ([("a", "x")], "tweet,label", r"t.csv has no column 'text'; it has tweet, label. Name .*\?text=\.\.\.'"),
        (
            [("a", "x")],
            "tweet,mood",
            r"no column 'text' and no column 'label'; it has tweet, mood\. Name the right .*\?text=...&label=...'",
        ),
        ([("a", "x", 1), ("b", "y", 1)], "text,label,id", r"t.csv: the id '1' occurs twice, in lines 2 and 3\."),
        (
            [("a", "x", 7), ("b", "y", 7), ("c", "y", 7)],
            "text,label,id",
            r"t.csv: the id '7' occurs 3 times, first in lines 2 and 3\.",
        ),
        (
            [("a", "x", ""), ("b", "y", "")] * 60,
            "text,label,id",
            r"column 'id' is empty 120 times, first in lines 2 and 3\. Fill it",
        ),
        ([("a", "x", 1), ("b", "y", " ")], "text,label,id", r"t.csv: the column 'id' is empty in line 3\. Fill it"),
        (
            [("a", ""), ("b", "x"), ("c", " ")],
            "text,label",
            r"t.csv, 2 rows, lines 2, 4: the column 'label' is empty\. .*unlabelled=drop\)\.",
        ),
        (
            [("a", "x", "tset"), ("b", "y", "tran"), ("c", "y", "tset")],
            "text,label,split",
            r"t.csv, 3 rows, lines 2, 3, 4: the split is 'tset' or 'tran'\. Write one of train",
        ),
        (
            [("a", "x", "train"), ("b", "y", "tset")],
            "text,label,split",
            r"3: the split is 'tset'\. Write one of train",
        ),
    ],
)
def test_bad_table_is_an_error_that_names_the_line(
    rows: list[tuple[object, ...]], header: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        textlab.data.load(write_csv(tmp_path / "t.csv", rows, header))


@pytest.mark.parametrize("option", ["id", "split"])
def test_named_column_that_is_missing_is_an_error(option: str, tmp_path: Path) -> None:
    spec = write_csv(tmp_path / "t.csv", ROWS)
    with pytest.raises(ValueError, match=rf"has no column 'key' for {option}=; it has text, label\. Name one of these"):
        textlab.data.load(f"{spec}?{option}=key")


def test_number_in_place_of_a_text_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"text": "a", "label": 1}\n{"text": 5, "label": 2}\n')
    with pytest.raises(ValueError, match=r"line 2: the column 'text' holds a value of type int\. It must be text"):
        textlab.data.load(f"file:{path}")


def test_integer_labels_survive_parquet_with_gaps_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    frame = pd.DataFrame({"text": [f"t {n}" for n in range(33)], "label": [float(n % 11) for n in range(33)]})
    frame.to_parquet(path)
    assert textlab.data.load(f"file:{path}").label_names == tuple(str(number) for number in range(11))


def test_missing_file_and_missing_path_are_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"There is no file .*nothing.csv\."):
        textlab.data.load(f"file:{tmp_path}/nothing.csv")
    with pytest.raises(
        ValueError, match=r"Dataset 'file' needs a path, but 'file' has none\. Write one such as 'file:path/to"
    ):
        textlab.data.load("file")


def test_empty_column_of_ids_can_be_ignored(tmp_path: Path) -> None:
    spec = write_csv(tmp_path / "t.csv", [(*row, "") for row in ROWS], "text,label,id")
    assert textlab.data.load(f"{spec}?id=").train["id"].str.startswith("line-").all()


def test_labels_that_differ_only_in_case_cause_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = [(f"tweet {number}", ("pos", "Pos", "neg")[number % 3]) for number in range(30)]
    path = tmp_path / "t.csv"
    assert textlab.data.load(write_csv(path, rows)).label_names == ("Pos", "neg", "pos")
    assert caplog.messages == [
        f"{path}: The labels 'Pos' (10 rows) and 'pos' (10 rows) look alike: they differ only in case. Each is treated "
        "as a class of its own. Write them in one way if they mean the same."
    ]


def test_dataset_with_lone_surrogates_has_a_digest(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("".join(json.dumps({"text": f"{text} \ud800", "label": label}) + "\n" for text, label in ROWS))
    dataset = textlab.data.load(f"file:{path}")
    assert len(dataset.digest) == 64
    assert dataset.train["text"].str.endswith("\ufffd").all()


def sealed(folder: Path, monkeypatch: pytest.MonkeyPatch, key: str = FIRST) -> tuple[Path, str]:
    """Seal the rows of a JSON lines file. Returns the file, and the name of its dataset."""
    name = write(folder, "jsonl")
    path = folder / "tweets.jsonl"
    seal_file(path, "feedback", Keys.from_environment({"TEXTLAB_SEAL_KEYS": key}) or Keys({}))
    monkeypatch.setenv("TEXTLAB_SEAL_KEYS", key)
    return path, name


def test_sealed_file_is_the_same_dataset_as_in_the_clear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clear = textlab.data.load(write(tmp_path, "jsonl"))
    path, name = sealed(tmp_path, monkeypatch)
    opened = textlab.data.load(name)
    assert (opened.version, opened.digest) == (clear.version, clear.digest)
    keys = Keys.from_environment({"TEXTLAB_SEAL_KEYS": f"{SECOND},{FIRST}"})
    assert keys is not None
    rotate_file(path, keys)
    monkeypatch.setenv("TEXTLAB_SEAL_KEYS", SECOND)
    rotated = textlab.data.load(name)
    assert (rotated.version, rotated.digest) == (clear.version, clear.digest)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", r"tweets.jsonl, line 1: It is sealed, and no key is set\. Set TEXTLAB_SEAL_KEYS or"),
        (SECOND, r"tweets.jsonl, line 2: It is sealed with the key 'first', and only second is set\. Add that key\."),
    ],
    ids=["no key", "another key"],  # the key is random, and each test process must collect the same names
)
def test_sealed_file_without_its_key_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, message: str
) -> None:
    _, name = sealed(tmp_path, monkeypatch)
    monkeypatch.setenv("TEXTLAB_SEAL_KEYS", key)
    with pytest.raises(ValueError, match=message):
        textlab.data.load(name)


def test_tampered_sealed_file_is_refused_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, name = sealed(tmp_path, monkeypatch)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[-1]]))
    with pytest.raises(ValueError, match=r"tweets.jsonl, line 3: It was changed or moved"):
        textlab.data.load(name)


def test_broken_row_in_a_sealed_file_is_named_by_its_line_in_the_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.jsonl").write_text('{"text": "a", "label": "b"}\n{"text"\n')
    keys = Keys({"first": b"a" * 32})
    seal_file(tmp_path / "broken.jsonl", "feedback", keys)
    monkeypatch.setattr(Keys, "from_environment", lambda: keys)
    with pytest.raises(ValueError, match=r"broken.jsonl, line 2, character 8: Expecting ':' delimiter"):
        textlab.data.load(f"file:{tmp_path / 'broken.jsonl'}")


def test_sealed_table_that_is_not_json_lines_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = write(tmp_path, "csv")
    seal_file(tmp_path / "tweets.csv", "feedback", Keys({"first": b"a" * 32}))
    with pytest.raises(ValueError, match=r"tweets.csv is sealed. textlab reads sealed .jsonl files only: python -m"):
        textlab.data.load(name)
