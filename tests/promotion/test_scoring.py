"""Texts and files of any size are scored. The output appears only when it is complete."""

import csv
import shutil
import subprocess
import sys

import pytest

from textlab.bundle_format.manifest import write_manifest
from textlab.bundle_format.signature import classification, of_limited_length, write_signature
from textlab.export.bundle import Bundle
from textlab.promotion import scoring
from textlab.promotion.scoring import Layout, check_file, score_examples, score_file

LONG = "x" * 39


@pytest.fixture(scope="module")
def loaded(bundle):
    return Bundle(bundle)


def rows(path, delimiter=","):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def test_texts_are_scored_in_their_order(loaded):
    scored = score_examples(loaded, [LONG, "hi", ""])
    assert list(scored) == ["predicted", "p_short", "p_long"]
    assert scored["predicted"].tolist() == ["long", "short", "short"]
    assert score_examples(loaded, []).empty


def test_file_keeps_its_cells_and_gains_class_and_probabilities(loaded, tmp_path, monkeypatch):
    monkeypatch.setattr(scoring, "ROWS_AT_ONCE", 2)  # five rows are three pieces
    path, output = tmp_path / "tweets.csv", tmp_path / "scored.csv"
    path.write_text(f'id,text\n007,{LONG}\nNA,"a, ""b""\nc"\n3,\n4,ü\n5,{LONG}\n', encoding="utf-8")
    output.write_text("older")
    scored = score_file(loaded, path, output, show_progress=True)
    assert (scored.rows, scored.blank) == (5, 1)
    assert scored.seconds > 0
    header, *scored = rows(output)
    assert header == ["id", "text", "predicted", "p_short", "p_long"]
    assert [row[:3] for row in scored] == [
        ["007", LONG, "long"],
        ["NA", 'a, "b"\nc', "short"],
        ["3", "", ""],
        ["4", "ü", "short"],
        ["5", LONG, "long"],
    ]
    assert scored[2][3:] == ["", ""]
    del scored[2]
    assert all(float(row[3]) + float(row[4]) == pytest.approx(1) for row in scored)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["scored.csv", "tweets.csv"]


def test_file_gains_a_column_that_tells_which_texts_were_not_read_to_their_end(bundle, tmp_path):
    import tensorflow as tf

    folder, path, output = tmp_path / "model", tmp_path / "t.csv", tmp_path / "o.csv"
    inner = tf.saved_model.load(str(bundle))
    answer = inner.signatures["serving_default"]

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        return {"probabilities": answer(text=text)["probabilities"], "truncated": tf.strings.length(text) > 20}

    module = tf.Module()
    module.inner, module.serve = inner, serve
    tf.saved_model.save(module, str(folder), signatures=serve)
    shutil.copytree(bundle / "assets.extra", folder / "assets.extra")
    write_signature(folder, of_limited_length(classification(["text"], 2), 160))
    write_manifest(folder)
    path.write_text(f'text\n{LONG}\nhi\n""\n', encoding="utf-8")
    score_file(Bundle(folder), path, output)
    assert rows(output)[0] == ["text", "predicted", "p_short", "p_long", "truncated"]
    assert [row[-1] for row in rows(output)[1:]] == ["true", "false", ""]


def test_tsv_file_with_another_column_name_is_scored(loaded, tmp_path):
    path, output = tmp_path / "tweets.TSV", tmp_path / "scored.tsv"
    path.write_text(f'tweet\nhe said "hi\n{LONG}\n', encoding="utf-8")
    assert score_file(loaded, path, output, Layout({"text": "tweet"})).rows == 2
    assert [row[1] for row in rows(output, "\t")] == ["predicted", "short", "long"]


@pytest.mark.parametrize(
    ("name", "content", "output", "message"),
    [
        ("t.csv", b"text\na\nb\nc,d\n", "o.csv", r"line 4: 2 cells in place of the header's 1"),
        ("t.csv", b"text\na\nb\ncaf\xe9\n", "o.csv", "is not utf-8"),
        ("t.csv", b'text\na\nb\n"open\n', "o.csv", "Check the quotes"),
        (
            "t.csv",
            b"tweet,label\na,b\n",
            "o.csv",
            r"has no column 'text'; it has tweet, label\. Name the right one with --text COLUMN",
        ),
        ("t.csv", b"", "o.csv", "has no column 'text'; it has none"),
        ("t.csv", b"text,predicted\na,b\n", "o.csv", r"already has the column\(s\) predicted"),
        ("t.xlsx", b"text\na\n", "o.csv", r"ends in '\.xlsx'\. textlab reads \.csv, \.tsv"),
        ("t.csv", b"text\na\n", "o.xlsx", r"ends in '\.xlsx'\. Choose one of \.csv, \.tsv"),
        ("t.csv", b"text\na\n", "t.csv", "is also the file to read"),
    ],
)
def test_bad_file_is_explained_and_leaves_no_output(loaded, tmp_path, monkeypatch, name, content, output, message):
    monkeypatch.setattr(scoring, "ROWS_AT_ONCE", 1)  # so that rows are written before the broken one is read
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        score_file(loaded, tmp_path / name, tmp_path / output)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {name: content}


@pytest.mark.parametrize("blank", ["", "   ", "\u2003"])
def test_blank_text_gets_no_prediction_as_in_the_service(loaded, tmp_path, blank):
    path, output = tmp_path / "t.csv", tmp_path / "o.csv"
    path.write_text(f"text,id\n{blank},1\n{blank},2\n", encoding="utf-8")
    scored = score_file(loaded, path, output)
    assert (scored.rows, scored.blank) == (2, 2)
    assert rows(output)[1:] == [[blank, "1", "", "", ""], [blank, "2", "", "", ""]]


@pytest.mark.parametrize(
    ("content", "output", "message"),
    [
        (b"tweet,label\na,b\n", "o.csv", r"has no column 'text'; it has tweet, label\."),
        (b"text,p_long\na,b\n", "o.csv", r"already has the column\(s\) p_long"),
        (b"te\xe9xt\na\n", "o.csv", "is not utf-8"),
        (b"text\na\n", "o.xlsx", r"ends in '\.xlsx'"),
        (b"text\na\n", "none/o.csv", r"The folder .* does not exist\. Create it first"),
    ],
)
def test_file_is_checked_without_the_model(bundle, tmp_path, monkeypatch, content, output, message):
    monkeypatch.setattr("textlab.export.bundle.SavedModel", None)  # loading the model would fail
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        check_file(bundle, tmp_path / "t.csv", tmp_path / output)
    (tmp_path / "good.csv").write_text("text\na\n")
    check_file(bundle, tmp_path / "good.csv", tmp_path / "o.csv")
    with pytest.raises(FileNotFoundError, match="There is no file"):
        check_file(bundle, tmp_path / "missing.csv", tmp_path / "o.csv")


def test_missing_file_or_folder_is_named(loaded, tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no file"):
        score_file(loaded, tmp_path / "t.csv", tmp_path / "o.csv")
    with pytest.raises(FileNotFoundError, match=r"The folder .* does not exist\. Create it first"):
        score_file(loaded, tmp_path / "t.csv", tmp_path / "none" / "o.csv")


def test_scoring_needs_no_torch():
    code = "import sys, textlab.promotion.scoring, textlab.promotion.catalog; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
