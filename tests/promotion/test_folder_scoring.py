"""The new files of a folder are scored once for each version of the model."""

import csv
import json
import os
import shutil
import threading
import time

import pytest

from textlab.export.bundle import Bundle
from textlab.promotion import folder_scoring, scoring
from textlab.promotion.folder_scoring import LEDGER, score_folder
from textlab.promotion.scoring import Layout, ScoredFile

LONG = "x" * 39


@pytest.fixture
def model(bundle, tmp_path):
    """The folder of a promoted bundle; its answers are quick to load again."""
    return shutil.copytree(bundle, tmp_path / "models" / "sentiment" / "3")


@pytest.fixture(scope="module")
def loaded(bundle):
    return Bundle(bundle)


@pytest.fixture
def score(model, loaded, tmp_path):
    """`score()` scores the folder `in` into `out`; `score.loads` counts how often the model was loaded."""

    def load(_):
        run.loads += 1
        return loaded

    def run(layout=scoring.PLAIN, version=model, settled=0.0):
        return score_folder(version, tmp_path / "in", tmp_path / "out", layout, settled, load)

    (tmp_path / "in").mkdir()
    run.loads = 0
    return run


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ledger(tmp_path):
    return [json.loads(line) for line in (tmp_path / "out" / LEDGER).read_text().splitlines()]


def test_each_row_gets_its_class_and_the_models_name_and_version(score, tmp_path):
    (tmp_path / "in" / "a.csv").write_text(f'id,text\n1,hi\n2,{LONG}\n3," "\n')
    (tmp_path / "in" / "b.TSV").write_text(f"text\n{LONG}\n")
    done = score()
    assert (done.known, done.unfinished, done.broken) == ([], [], {})
    assert [(name, one.rows, one.blank) for name, one in done.scored.items()] == [("a.csv", 3, 1), ("b.TSV", 1, 0)]
    rows = table(tmp_path / "out" / "a.csv")
    assert list(rows[0]) == ["id", "text", "predicted", "p_short", "p_long", "model_name", "model_version"]
    assert [row["predicted"] for row in rows] == ["short", "long", ""]
    assert {(row["model_name"], row["model_version"]) for row in rows} == {("sentiment", "3")}
    assert (tmp_path / "out" / "b.TSV").read_text().endswith("\tsentiment\t3\n")
    assert score.loads == 1


def test_a_repeated_call_changes_nothing_and_loads_no_model(score, tmp_path):
    (tmp_path / "in" / "a.csv").write_text("text\nhi\n")
    score()
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (tmp_path / "out").iterdir()}
    done = score()
    assert (done.scored, done.known) == ({}, ["a.csv"])
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (tmp_path / "out").iterdir()} == before
    assert score.loads == 1


def test_another_content_version_or_layout_is_scored_again(score, model, tmp_path):
    path = tmp_path / "in" / "a.csv"
    path.write_text("text,tweet\nhi,hi\n")
    score()
    path.write_text("text,tweet\nhello,hi\n")
    assert list(score().scored) == ["a.csv"]
    assert list(score(Layout({"text": "tweet"})).scored) == ["a.csv"]
    assert list(score(version=shutil.copytree(model, model.with_name("4"))).scored) == ["a.csv"]
    assert table(tmp_path / "out" / "a.csv")[0]["model_version"] == "4"
    (tmp_path / "out" / "a.csv").unlink()
    assert list(score(version=model.with_name("4")).scored) == ["a.csv"]
    assert score(version=model.with_name("4")).known == ["a.csv"]
    assert len(ledger(tmp_path)) == 1  # only the newest line of each file stays


def test_a_broken_file_does_not_stop_the_others(score, tmp_path):
    (tmp_path / "in" / "a.csv").write_text("text\na\nb,c\n")
    (tmp_path / "in" / "b.csv").write_bytes(b"text\ncaf\xe9\n")
    (tmp_path / "in" / "c.csv").write_text("")
    (tmp_path / "in" / "d.csv").write_text("text,model_name\nhi,mine\n")
    (tmp_path / "in" / "e.csv").write_text("text\nhi\n")
    for ignored in ("notes.txt", ".hidden.csv", "f.csv.part"):
        (tmp_path / "in" / ignored).write_text("text\nhi\n")
    (tmp_path / "in" / "g.csv").mkdir()
    done = score()
    assert list(done.scored) == ["e.csv"]
    assert "line 3: 2 cells in place of the header's 1" in done.broken["a.csv"]
    assert "is not utf-8" in done.broken["b.csv"]
    assert "has no column 'text'; it has none" in done.broken["c.csv"]
    assert "already has the column(s) model_name" in done.broken["d.csv"]
    assert "caf" not in done.broken["b.csv"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [".lock", "e.csv", LEDGER]


def test_a_file_that_may_still_be_written_is_left_for_the_next_call(score, tmp_path, monkeypatch):
    path = tmp_path / "in" / "a.csv"
    path.write_text("text\nhi\n")
    assert score(settled=60).unfinished == ["a.csv"]
    assert score.loads == 0
    os.utime(path, (time.time() - 61,) * 2)
    assert list(score(settled=60).scored) == ["a.csv"]
    os.utime(path, (time.time() + 3600,) * 2)  # a clock that was wrong must not hold a file back for ever
    assert score(settled=60).known == ["a.csv"]
    path.write_text("text\nhi\nho\n")
    answers = scoring.score_examples

    def while_it_grows(*arguments):
        with path.open("a") as handle:
            handle.write("he\n")
        return answers(*arguments)

    monkeypatch.setattr(scoring, "score_examples", while_it_grows)
    assert score().unfinished == ["a.csv"]
    assert len(table(tmp_path / "out" / "a.csv")) == 1  # the older output stays
    monkeypatch.setattr(scoring, "score_examples", answers)
    assert score().scored["a.csv"].rows == 3


def test_after_an_interruption_only_the_unfinished_files_are_scored(score, tmp_path, monkeypatch):
    for name in "abc":
        (tmp_path / "in" / f"{name}.csv").write_text("text\nhi\n")

    def killed(bundle, path, *rest):
        if path.name == "b.csv":
            (tmp_path / "out" / f".b.csv.{'0' * 32}.partial").write_text("half")
            raise KeyboardInterrupt
        return scoring.score_file(bundle, path, *rest)

    monkeypatch.setattr(folder_scoring, "score_file", killed)
    with pytest.raises(KeyboardInterrupt):
        score()
    assert [entry["file"] for entry in ledger(tmp_path)] == ["a.csv"]
    with (tmp_path / "out" / LEDGER).open("a") as handle:
        handle.write('{"file": "b.csv", "sha')
    monkeypatch.undo()
    done = score()
    assert (done.known, list(done.scored)) == (["a.csv"], ["b.csv", "c.csv"])
    assert [entry["file"] for entry in ledger(tmp_path)] == ["a.csv", "b.csv", "c.csv"]
    assert not list((tmp_path / "out").glob("*.partial"))


def test_the_file_that_was_interrupted_is_continued(score, tmp_path, monkeypatch):
    monkeypatch.setattr(scoring, "ROWS_AT_ONCE", 2)
    (tmp_path / "in" / "a.csv").write_text("text\n" + "hi\n" * 6)
    answers, calls = scoring.score_examples, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) > 2:
            raise KeyboardInterrupt
        return answers(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(scoring, "score_examples", interrupted)
        with pytest.raises(KeyboardInterrupt):
            score()
    assert not (tmp_path / "out" / "a.csv").exists()
    assert (score().scored["a.csv"].continued, len(table(tmp_path / "out" / "a.csv"))) == (4, 6)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [".lock", "a.csv", LEDGER]


def test_a_file_that_this_command_did_not_write_is_not_replaced(score, tmp_path):
    (tmp_path / "in" / "a.csv").write_text("text\nhi\n")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.csv").write_text("text\nprecious\n")
    assert "exists and is not a scored file. Move it away" in score().broken["a.csv"]
    assert (tmp_path / "out" / "a.csv").read_text() == "text\nprecious\n"
    (tmp_path / "out" / "a.csv").unlink()
    assert list(score().scored) == ["a.csv"]
    (tmp_path / "out" / LEDGER).unlink()
    assert list(score().scored) == ["a.csv"]  # its columns show that it may be replaced


def test_two_calls_at_once_score_each_file_once(model, loaded, tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    for name in "abc":
        (tmp_path / "in" / f"{name}.csv").write_text("text\nhi\n")
    done = []

    def run():
        done.append(score_folder(model, tmp_path / "in", tmp_path / "out", settled=0, load=lambda _: loaded))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(one.scored) for one in done) == [0, 3]
    assert sorted(len(one.known) for one in done) == [0, 3]


def test_a_folder_is_not_scored_into_itself_and_must_exist(model, tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        score_folder(model, tmp_path / "none", tmp_path / "out")
    (tmp_path / "in").mkdir()
    with pytest.raises(ValueError, match="is also the folder to read"):
        score_folder(model, tmp_path / "in", tmp_path / "in" / ".." / "in")
    assert not (tmp_path / "out").exists()


def test_what_a_file_was_scored_with_is_in_the_ledger(score, tmp_path):
    (tmp_path / "in" / "a.csv").write_bytes("text;x\ncafé;1\n".encode("latin-1"))
    done = score(Layout(encoding="latin-1", separator="semicolon"))
    assert isinstance(done.scored["a.csv"], ScoredFile)
    (entry,) = ledger(tmp_path)
    wanted = {"encoding": "latin-1", "separator": "semicolon", "rows": 1, "blank": 0, "model_version": "3"}
    assert wanted.items() <= entry.items()
    assert table(tmp_path / "out" / "a.csv")[0]["text"] == "café"
    assert "café" not in (tmp_path / "out" / LEDGER).read_text()
