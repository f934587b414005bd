"""A dataset reads the labels that a person has corrected; its own file stays as it is."""

from pathlib import Path

import pandas as pd
import pytest

import textlab.data
from textlab.data.corrections import COLUMNS, read_corrections, write_corrections
from textlab.data.dataset import Dataset

ROWS = [
    ("a1", "lovely crew", "positive", "train"),
    ("a2", "awful crew", "negative", "train"),
    ("a3", "late again", "positive", "train"),
    ("a4", "fast and kind", "positive", "train"),
    ("b1", "kind words", "positive", "validation"),
    ("b2", "rude words", "negative", "validation"),
    ("c1", "a great seat", "positive", "test"),
    ("c2", "a broken seat", "negative", "test"),
]


@pytest.fixture(scope="module")
def tweets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "tweets.csv"
    pd.DataFrame(ROWS, columns=["id", "text", "label", "split"]).to_csv(path, index=False)
    return path


def load(tweets: Path, folder: Path, *lines: str) -> Dataset:
    """Load the tweets with a file of corrections that has these lines below its header."""
    path = folder / "corrections.csv"
    path.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n", encoding="utf-8")
    return textlab.data.load(f"file:{tweets}?corrections={path}")


def labels(dataset: Dataset) -> dict[str, str]:
    return {
        id_: dataset.label_names[label]
        for _, frame in dataset.splits()
        for id_, label in zip(frame["id"], frame["label"], strict=True)
    }


def test_a_corrected_label_replaces_the_given_one_in_every_split(tweets: Path, tmp_path: Path) -> None:
    dataset = load(tweets, tmp_path, "a3,positive,negative,0.9,negative", "b1,positive,negative,0.8,negative")
    before = labels(textlab.data.load(f"file:{tweets}"))
    assert {id_ for id_, label in labels(dataset).items() if label != before[id_]} == {"a3", "b1"}


def test_the_file_stays_as_it_is_and_digest_version_and_name_change(tweets: Path, tmp_path: Path) -> None:
    before, content = textlab.data.load(f"file:{tweets}"), tweets.read_bytes()
    dataset = load(tweets, tmp_path, "a3,positive,negative,0.9,negative")
    assert tweets.read_bytes() == content
    assert dataset.digest != before.digest
    assert dataset.version.startswith(f"{before.version}+")
    assert textlab.data.load(dataset.name).digest == dataset.digest


def test_the_preparation_says_how_many_labels_were_corrected_and_keeps_the_given_ones(
    tweets: Path, tmp_path: Path
) -> None:
    dataset = load(tweets, tmp_path, "a3,positive,negative,0.9,negative", "b1,positive,negative,0.8,negative")
    assert dataset.preparation is not None
    table = dataset.preparation_table()
    assert table.loc["labels corrected in train", "rows"] == "1"
    assert table.loc["labels corrected in validation", "rows"] == "1"
    assert "labels corrected in test" not in table.index
    assert dataset.preparation.verdict() == "8 rows were read, and all are used. A person corrected 2 labels."
    kept = dataset.preparation.corrected.to_dict("records")
    assert kept[0] == {"split": "train", "id": "a3", "given_label": "positive", "corrected_label": "negative"}


def test_rows_without_a_decision_and_confirmed_labels_change_nothing(tweets: Path, tmp_path: Path) -> None:
    dataset = load(tweets, tmp_path, "a3,positive,negative,0.9,", "a1,positive,negative,0.7,positive")
    assert dataset.digest == textlab.data.load(f"file:{tweets}").digest
    assert dataset.preparation is not None
    assert dataset.preparation.corrected.empty


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("zz,positive,negative,0.9,negative", r"line 2: the dataset has no example with the id 'zz'. Correct the id"),
        (
            "a3,positive,negative,0.9,negativ",
            r"line 2: 'negativ' is not a class of the dataset. Did you mean 'negative'\?",
        ),
        ("a2,positive,negative,0.9,positive", r"the label of 'a2' is 'negative', and the row was written when it was"),
        ("a3,positive,negative,0.9,negative\na3,positive,,,negative", r"line 3: the id 'a3' occurs twice. Keep one"),
        ("a3,positive,negative,0.9", r"line 2"),
    ],
)
def test_a_wrong_row_is_an_error_that_names_its_line(line: str, message: str, tweets: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        load(tweets, tmp_path, line)


def test_a_file_with_other_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("id,label\na1,negative\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no column given_label and no column corrected_label; it has id, label"):
        read_corrections(path)


def test_a_class_that_corrections_empty_is_refused(tweets: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no training example has the label"):
        load(tweets, tmp_path, "a2,negative,positive,0.9,positive")


def test_a_dataset_without_labels_takes_no_corrections() -> None:
    with pytest.raises(ValueError, match="Datasets for retrieval take no corrections of labels"):
        textlab.data.load_any("talents?corrections=x.csv")


def test_what_a_report_writes_can_be_corrected_and_read_even_if_cells_look_like_formulas(tmp_path: Path) -> None:
    tweets = pd.DataFrame(ROWS, columns=["id", "text", "label", "split"])
    tweets["label"] = tweets["label"].map({"positive": "+1", "negative": "-1"})
    tweets["id"] = "=" + tweets["id"]
    tweets.to_csv(tmp_path / "tweets.csv", index=False)
    found = {"id": ["=a3"], "given_label": ["+1"], "suggested_label": ["-1"], "probability": [0.91], "text": ["@x"]}
    path = tmp_path / "corrections.csv"
    write_corrections(pd.DataFrame(found), path)
    written = path.read_text(encoding="utf-8")
    assert written == "id,given_label,suggested_label,probability,corrected_label,text\n'=a3,'+1,'-1,0.910,,'@x\n"
    path.write_text(written.replace(",,", ",-1,"), encoding="utf-8")
    dataset = textlab.data.load(f"file:{tmp_path / 'tweets.csv'}", corrections=str(path))
    assert labels(dataset)["=a3"] == "-1"
