"""A killed process leaves what the next one continues, and the output is the same as without the interruption."""

import csv
import json
import shutil
import subprocess
import sys
import time

import pytest
from tiny_picture_model import write_picture_bundle
from tiny_pictures import COLOURS, picture

from textlab.export.bundle import Bundle
from textlab.promotion import scoring
from textlab.promotion.growing_file import growing
from textlab.promotion.scoring import Layout, score_file

ROWS, PIECE = 400, 40
SLOWLY = f"""
import sys, time
from pathlib import Path
from textlab.export.bundle import Bundle
from textlab.promotion import scoring
score = scoring.score_examples
scoring.ROWS_AT_ONCE = {PIECE}
scoring.score_examples = lambda *arguments: (time.sleep(0.2), score(*arguments))[1]
bundle, path, output = map(Path, sys.argv[1:])
scoring.score_file(Bundle(bundle), path, output)
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("colours") / "bundle"
    write_picture_bundle(folder)
    return folder


@pytest.fixture
def articles(tmp_path, monkeypatch):
    monkeypatch.setattr(scoring, "ROWS_AT_ONCE", PIECE)
    for name, colour in COLOURS.items():
        (tmp_path / f"{name}.png").write_bytes(picture(colour))
    path = tmp_path / "articles.csv"
    with path.open("w", newline="") as file:
        pictures = ["red.png", "blue.png", "", "gone.png"]
        texts = ["a cup", "a hat,\n or two", "é", ""]
        rows = [(texts[row % 4], pictures[row % 4 if row % 3 else 0]) for row in range(ROWS)]
        csv.writer(file).writerows([("text", "image"), *rows])
    return path


def unfinished(path):
    rows = path.with_name(f".{path.name}.unfinished")
    return rows, rows.with_name(f"{rows.name}.json")


@pytest.mark.slow
def test_killed_process_is_continued_to_the_same_bytes(model, articles):
    output, whole = articles.with_name("scored.csv"), articles.with_name("whole.csv")
    rows, document = unfinished(output)
    child = subprocess.Popen([sys.executable, "-c", SLOWLY, str(model), str(articles), str(output)])
    try:
        deadline = time.monotonic() + 60
        while not document.exists() or json.loads(document.read_text())["rows"] < 3 * PIECE:
            assert child.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        loaded = Bundle(model)
        with pytest.raises(ValueError, match=r"scored\.csv is being written by another process\. Wait for it"):
            score_file(loaded, articles, output)
    finally:
        child.kill()
        child.wait()
    done = json.loads(document.read_text())["rows"]
    assert done < ROWS
    assert not output.exists()
    with rows.open("a") as file:
        file.write("half a ro")  # a piece that was not written to its end
    scored = score_file(loaded, articles, output)
    assert (scored.continued, scored.rows) == (done, ROWS)
    uninterrupted = score_file(loaded, articles, whole)
    assert uninterrupted.continued == 0
    assert output.read_bytes() == whole.read_bytes()
    assert (scored.blank, scored.unreadable, scored.problems) == (
        *(uninterrupted.blank, uninterrupted.unreadable),
        uninterrupted.problems,
    )
    assert not list(articles.parent.glob(".*"))


@pytest.fixture
def interrupted(model, articles, monkeypatch):
    """The output of a call that the user interrupted after three pieces, and the loaded model."""
    loaded, output, answer, calls = Bundle(model), articles.with_name("scored.csv"), scoring.score_examples, []

    def interrupt(*arguments):
        calls.append(1)
        if len(calls) > 3:
            raise KeyboardInterrupt
        return answer(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(scoring, "score_examples", interrupt)
        with pytest.raises(KeyboardInterrupt):
            score_file(loaded, articles, output)
    assert not output.exists()
    return loaded, output


def test_interrupted_call_is_continued_to_the_same_bytes(interrupted, articles, caplog):
    (loaded, output), whole = interrupted, articles.with_name("whole.csv")
    assert score_file(loaded, articles, output).continued == 3 * PIECE
    assert score_file(loaded, articles, whole).continued == 0
    assert output.read_bytes() == whole.read_bytes()
    assert not caplog.records


def test_file_is_written_by_one_process_at_a_time(tmp_path):
    path = tmp_path / "a.csv"
    with growing(path, {}) as file:
        file.text.write("all")
        with pytest.raises(ValueError, match=r"a\.csv is being written by another process\. Wait for it"):
            write_half(path, KeyboardInterrupt())
    assert path.read_text() == "all"


def test_another_file_model_or_option_begins_anew_and_says_so(interrupted, articles, caplog, tmp_path):
    loaded, output = interrupted
    kept = [each.read_bytes() for each in unfinished(output)]

    def score(bundle=loaded, layout=scoring.PLAIN):
        for each, content in zip(unfinished(output), kept, strict=True):
            each.write_bytes(content)
        caplog.clear()
        return score_file(bundle, articles, output, layout).continued, caplog.messages

    said = "scored.csv was left unfinished, but its file, its model or its options were others. It is begun anew."
    assert score() == (3 * PIECE, [])
    for layout in (Layout(unreadable="blank"), Layout(constants={"version": "2"}), Layout(encoding="latin-1")):
        assert score(layout=layout) == (0, [said])
    other = shutil.copytree(loaded.folder, tmp_path / "other")
    (other / "assets.extra" / "manifest.json").write_text(
        json.dumps(json.loads((other / "assets.extra" / "manifest.json").read_text()), indent=7)
    )
    assert score(Bundle(other)) == (0, [said])
    content = articles.read_bytes()
    articles.write_bytes(content.replace(b"a cup", b"a hat", 1))
    assert score() == (0, [said])
    articles.write_bytes(content)
    assert score() == (3 * PIECE, [])


@pytest.mark.parametrize("damage", [b"", b"[]", b"{}", b'{"made_from": 1, "bytes": "x"}', b"\xff"])
def test_damaged_state_begins_anew(interrupted, articles, damage):
    loaded, output = interrupted
    unfinished(output)[1].write_bytes(damage)
    assert score_file(loaded, articles, output).continued == 0
    assert len(output.read_text().splitlines()) > ROWS


def test_rows_that_a_power_cut_took_begin_anew(interrupted, articles):
    loaded, output = interrupted
    rows = unfinished(output)[0]
    rows.write_bytes(rows.read_bytes()[:100])
    assert score_file(loaded, articles, output).continued == 0


def write_half(path, error):
    with growing(path, {}) as file:
        file.text.write("half, ")
        file.save({"rows": 1})
        file.text.write("lost")
        raise error


def test_nothing_is_left_after_an_error_that_would_come_again(tmp_path):
    with pytest.raises(ValueError, match="broken row"):
        write_half(tmp_path / "a.csv", ValueError("broken row"))
    assert list(tmp_path.iterdir()) == []


def test_older_output_stays_until_the_new_one_is_complete(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("older")
    with pytest.raises(KeyboardInterrupt):
        write_half(path, KeyboardInterrupt())
    assert path.read_text() == "older"
    with growing(path, {}) as file:
        assert file.kept == {"rows": 1}
        file.text.write("and all")
    assert path.read_text() == "half, and all"
