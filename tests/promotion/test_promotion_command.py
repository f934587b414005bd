"""The commands of `python -m textlab`."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from textlab.__main__ import app
from textlab.promotion.champion import promote


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Run a command on the models in tmp_path/models; return its exit code and output."""
    monkeypatch.setattr("textlab.__main__.MODELS", tmp_path / "models")

    def run(*arguments):
        result = CliRunner().invoke(app, list(arguments))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return run


def test_help_names_every_command_and_imports_nothing_heavy():
    code = (
        "import sys; from textlab.__main__ import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'tensorflow', 'mlflow', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all(name in done.stdout for name in ("promote", "rollback", "predict", "reproduce", "Examples"))
    assert done.stdout.splitlines()[-1] == "[]"


def test_model_is_promoted_predicts_and_is_rolled_back(command, new_run, tmp_path):
    assert command("promote", new_run(), "--name", "commanded")[0] == 0
    code, output = command("promote", new_run(), "--name", "commanded")
    assert code == 0
    assert (
        "models/commanded/2 is the champion; python -m textlab rollback --name commanded goes back to number 1."
        in output
    )
    code, output = command("predict", "x" * 39, "hi")
    assert code == 0
    assert [line.split()[0] for line in output.splitlines()] == ["long", "short"]
    (tmp_path / "tweets.csv").write_text("text\nhi\n")
    assert command("predict", "--file", str(tmp_path / "tweets.csv"), "--number", "1")[0] == 0
    assert (tmp_path / "tweets_scored.csv").read_text().startswith("text,predicted,p_short,p_long\nhi,short,0.9")
    (tmp_path / "other.csv").write_text("tweet\nhi\n")
    for option in (("--text", "tweet"), ("--input", "text=tweet")):
        assert command("predict", "--file", str(tmp_path / "other.csv"), *option)[0] == 0
        assert (tmp_path / "other_scored.csv").read_text().startswith("tweet,predicted,p_short,p_long\nhi,short,0.9")
    code, output = command("rollback", "--name", "commanded")
    assert (code, "models/commanded/1 is the champion again" in output) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["promote", "--name", "x"], "Both or neither of RUN and --champion were given. Give one of them."),
        (["promote", "abc", "--champion", "--name", "x"], "Both or neither of RUN and --champion were given."),
        (["promote", "abc", "--name", "a/b"], "'a/b' is not a valid model name."),
        (["promote", "abc", "--name", "x"], "MLflow has no run 'abc'"),
        (["rollback", "--name", "x"], "'x' cannot be rolled back: no model is promoted under that name."),
        (
            ["predict", "hi"],
            "No model was named; promoted models: none. Promote one first: python -m textlab promote --help.",
        ),
        (["predict", "hi", "--name", "x"], "No model is promoted as 'x'; promoted models: none."),
        (["predict"], "Both or neither of texts and --file were given. Give one of them."),
        (["predict", "hi", "--output", "o.csv"], "--output, --text and --input need a --file."),
        (["predict", "hi", "--input", "airline=carrier"], "--output, --text and --input need a --file."),
        (
            ["predict", "--file", "t.csv", "--input", "airline"],
            "--input airline is not valid. Write --input INPUT=COLUMN",
        ),
        (["predict", "--file", "t.csv", "--text", "a", "--input", "text=b"], "once for each input."),
        (["reproduce", "abc"], "MLflow has no run 'abc'"),
    ],
)
def test_mistake_is_explained_without_a_traceback(command, store, arguments, message):
    code, output = command(*arguments)
    assert code == 2
    assert message in output
    assert "Traceback" not in output


def test_model_is_found_by_name_and_number(command, new_run, tmp_path):
    for name in ("one", "other"):
        promote(new_run(), name, tmp_path / "models")
    assert "No model was named; promoted models: one, other. Choose one with --name." in command("predict", "hi")[1]
    assert command("predict", "hi", "--name", "one")[0] == 0
    message = "'one' has no number 7"
    assert message in command("predict", "hi", "--name", "one", "--number", "7")[1]


def test_run_by_hand_cannot_be_reproduced(command, new_run):
    code, output = command("reproduce", new_run())
    assert code == 2
    assert "has no fingerprint: it was executed by hand" in output
