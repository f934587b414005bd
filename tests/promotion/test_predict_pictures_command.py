"""`python -m textlab predict` with a model that reads a text and a picture."""

import json
import shutil

import pytest
from tiny_picture_model import ColoursAlone, write_picture_bundle
from tiny_pictures import COLOURS, picture
from typer.testing import CliRunner

from textlab.__main__ import app
from textlab.promotion.catalog import Entry, write_entry


@pytest.fixture(scope="module")
def promoted(tmp_path_factory):
    """The folder of two promoted models: "articles" reads text and image, "pictures" reads image alone."""
    models = tmp_path_factory.mktemp("models")
    write_picture_bundle(models / "articles" / "1")
    write_picture_bundle(models / "pictures" / "1", ColoursAlone)
    for name in ("articles", "pictures"):
        write_entry(models, name, Entry(1))
    return models


@pytest.fixture
def predict(promoted, tmp_path, monkeypatch):
    monkeypatch.setattr("textlab.commands.prediction.MODELS", promoted)
    (tmp_path / "red.png").write_bytes(picture(COLOURS["red"]))
    (tmp_path / "blue.jpg").write_bytes(picture(COLOURS["blue"], format="JPEG"))

    def run(*arguments):
        result = CliRunner().invoke(app, ["predict", *map(str, arguments)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return run


def test_texts_and_a_picture_are_classified(predict, tmp_path):
    code, output = predict("a cup", "a hat", "--input", f"image={tmp_path / 'red.png'}", "--name", "articles")
    assert code == 0
    assert [line.split("  ")[0] for line in output.splitlines()] == ["red cup", "red hat"]
    code, output = predict("--input", f"image={tmp_path / 'blue.jpg'}", "--name", "pictures")
    assert code == 0
    assert output.startswith("blue ")
    assert output.strip().endswith("blue.jpg")


def test_an_input_that_is_not_given_is_missing(predict, tmp_path):
    code, output = predict("a cup", "--name", "articles")
    assert code == 0
    assert output.splitlines()[0].split("  ")[0].endswith("cup")
    code, output = predict("--input", f"image={tmp_path / 'red.png'}", "--name", "articles")
    assert code == 0
    assert output.startswith("red ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a cup", "--name", "pictures"], "The model has no input text. It reads image."),
        (
            ["a cup", "--input", "image=x.png", "--input", "size=2", "--name", "articles"],
            "The model has no input size.",
        ),
        (
            ["a cup", "--input", "image=gone.png", "--name", "articles"],
            "--input image=gone.png cannot be read. It is no file. Give the path of a PNG or JPEG",
        ),
        (["a cup", "--input", "image=", "--name", "articles"], "--input image= cannot be read. It is no file."),
        (["a cup", "--input", "text=a", "--input", "image=x", "--name", "articles"], "--input text=a was given beside"),
    ],
)
def test_missing_or_broken_input_is_explained(predict, arguments, message):
    code, output = predict(*arguments)
    assert code == 2
    assert message in output


def test_file_and_folder_name_the_rows_that_cannot_be_read(predict, tmp_path):
    (tmp_path / "in").mkdir()
    shutil.copy(tmp_path / "red.png", tmp_path / "in")
    path = tmp_path / "in" / "articles.csv"
    path.write_text("text,photo\na cup,red.png\n" + "".join(f"a hat,{row}.png\n" for row in range(7)))
    options = ("--input", "image=photo", "--name", "articles")
    code, output = predict("--file", path, "--output", tmp_path / "scored.csv", *options)
    assert code == 0
    assert "7 of the rows have a value that cannot be read, and have no prediction:" in output
    assert "- line 3: the picture '0.png' cannot be read. It is not there. Correct the path" in output
    assert "- line 7: the picture '4.png'" in output
    assert "line 8" not in output
    assert "and 2 more" in output
    code, output = predict("--file", path, "--output", tmp_path / "scored.csv", *options, "--unreadable", "blank")
    assert "7 of the rows have a value that cannot be read, and were scored without it:" in output
    code, output = predict("--file", path, "--output", tmp_path / "scored.csv", *options, "--unreadable", "refuse")
    assert code == 2
    assert "articles.csv, line 3: the picture '0.png' cannot be read." in output
    folder = ("--folder", tmp_path / "in", "--output", tmp_path / "out", "--settled", "0", "--json")
    code, output = predict(*folder, *options)
    assert code == 0
    assert "articles.csv: 7 of the rows have a value that cannot be read" in output
    assert json.loads(output.splitlines()[-1])["unreadable"] == 7
    assert json.loads(predict(*folder, *options)[1].splitlines()[-1])["known"] == 1
    code, output = predict(*folder, *options, "--unreadable", "refuse")
    assert code == 2
    assert "1 of 1 files could not be scored: articles.csv." in output
