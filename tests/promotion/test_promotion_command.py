"""The commands of `python -m textlab`."""

import json
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from textlab.concerns import Concern, ConcernKind
from textlab.promotion.champion import promote


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
    assert "A calibration by a temperature of 2.00 changes its expected calibration error on validation from" in output
    assert "A running service keeps its version. Switch it with --swap URL, or with" in output
    assert 'curl -X POST http://127.0.0.1:8000/models/load/2 --header "X-API-Key: $TEXTLAB_SERVICE_KEY"' in output
    code, output = command("predict", "x" * 39, "hi")
    assert code == 0
    assert [line.split()[0] for line in output.splitlines()] == ["long", "short"]
    (tmp_path / "tweets.csv").write_text('text\nhi\n" "\n')
    code, output = command("predict", "--file", str(tmp_path / "tweets.csv"), "--number", "1")
    assert code == 0
    assert re.search(
        r"tweets_scored\.csv: 2 rows, scored by .*models/commanded/1 in [\d.]+ s \([\d,]+ rows a second", output
    )
    assert "1 of the rows are blank and have no prediction." in output
    assert (tmp_path / "tweets_scored.csv").read_text().startswith("text,predicted,p_short,p_long\nhi,short,0.9")
    (tmp_path / "other.csv").write_text("tweet\nhi\n")
    for option in (("--text", "tweet"), ("--input", "text=tweet")):
        assert command("predict", "--file", str(tmp_path / "other.csv"), *option)[0] == 0
        assert (tmp_path / "other_scored.csv").read_text().startswith("tweet,predicted,p_short,p_long\nhi,short,0.9")
    code, output = command("rollback", "--name", "commanded")
    assert (code, "models/commanded/1 is the champion again" in output) == (0, True)
    assert "/models/load/1 --header" in output


def test_a_run_is_promoted_once_and_a_later_champion_stays(command, new_run, tmp_path):
    first, second = new_run(), new_run()
    for number, run_id in enumerate((first, second), 1):
        assert command("promote", run_id, "--name", "once", "--once")[0] == 0
        card = tmp_path / "models" / "once" / str(number) / "assets.extra" / "card.json"
        card.write_text(json.dumps(json.loads(card.read_text()) | {"run_id": run_id}))
    code, output = command("promote", first, "--name", "once", "--once")
    assert (code, "models/once/1 is this run's model already. Nothing has changed." in output) == (0, True)
    assert json.loads((tmp_path / "models" / "catalog.json").read_text())["once"]["champion"] == 2
    assert command("promote", "f" * 32, "--name", "once", "--once")[0] == 2


def test_new_files_of_a_folder_are_predicted_once(command, new_run, tmp_path):
    assert command("promote", new_run(), "--name", "batch")[0] == 0
    folder, scored = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / "a.csv").write_text("text;id\nhi;1\n")
    (folder / "b.csv").write_text("text;id\nhi\n")
    options = ("--folder", str(folder), "--output", str(scored), "--name", "batch", "--separator", "semicolon")
    code, output = command("predict", *options, "--settled", "0", "--json")
    assert code == 2
    assert "out: 1 new files, 1 rows, scored by " in output
    assert "1 of 2 files could not be scored: b.csv. Correct or remove them; the others are done." in output
    (folder / "b.csv").unlink()
    code, output = command("predict", *options, "--settled", "0", "--json")
    assert code == 0
    assert json.loads(output.splitlines()[-1]) == {
        "model_name": "batch",
        "model_version": "1",
        "scored": 0,
        "rows": 0,
        "blank": 0,
        "unreadable": 0,
        "known": 1,
        "unfinished": [],
        "broken": [],
    }
    (folder / "c.csv").write_text("text;id\nhi;1\n")
    assert "Left for the next call, because they have just changed: a.csv and c.csv." in command("predict", *options)[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["promote", "--name", "x"], "Both or neither of RUN and --champion were given. Give one of them."),
        (["promote", "abc", "--champion", "--name", "x"], "Both or neither of RUN and --champion were given."),
        (["promote", "abc", "--name", "a/b"], "'a/b' is not a valid model name."),
        (["promote", "abc", "--name", "x"], "MLflow has no run 'abc'"),
        (["promote", "abc", "--name", "x", "--anyway"], "--anyway was given without --champion. Leave it out"),
        (
            ["rollback", "--name", "x", "--swap", "http://127.0.0.1:1"],
            "TEXTLAB_SERVICE_KEY is not set. Set it to a key",
        ),
        (["predict", "hi", " ", "--name", "x"], "No model is promoted as 'x'"),
        (["rollback", "--name", "x"], "'x' cannot be rolled back: no model is promoted under that name."),
        (
            ["predict", "hi"],
            "No model was named; promoted models: none. Promote one first: python -m textlab promote --help.",
        ),
        (["predict", "hi", "--name", "x"], "No model is promoted as 'x'; promoted models: none."),
        (["predict"], "None or several of texts, --file and --folder were given. Give one of them."),
        (["predict", "hi", "--folder", "in"], "None or several of texts, --file and --folder were given."),
        (
            ["predict", "hi", "--output", "o.csv"],
            "--output, --text, --encoding, --separator and --unreadable need a --file or a --folder.",
        ),
        (["predict", "hi", "--unreadable", "blank"], "--separator and --unreadable need a --file or a --folder."),
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


REFUSAL = "No model is above the floor."


@pytest.fixture
def doubtful_grid(store, monkeypatch, tmp_path):
    """A grid file whose report recommends no model; `doubtful_grid(run)` makes the run its champion."""
    concern = Concern(ConcernKind.NOT_ABOVE_FLOOR, REFUSAL, "Collect more texts.")
    hint = Concern(ConcernKind.ONE_SEED, "One seed.", "Add seeds.", is_serious=False)
    (tmp_path / "grid.yaml").write_text(
        "name: tiny\ndataset: air_paradis\nprimary_metric: accuracy\nruns:\n  - notebook: 10_logistic_regression\n"
    )

    def made(run):
        findings = SimpleNamespace(
            refusal=REFUSAL,
            concerns=[concern, hint],
            champion=SimpleNamespace(name="lengths", reason=""),
            champion_entry=SimpleNamespace(run=SimpleNamespace(id=run)),
        )
        monkeypatch.setattr("textlab.report.gather", lambda *_, **__: findings)
        return str(tmp_path / "grid.yaml")

    return made


def test_champion_that_the_report_does_not_recommend_is_promoted_only_anyway(command, new_run, doubtful_grid, tmp_path):
    grid = doubtful_grid(new_run())
    code, output = command("promote", "--champion", "--grid", grid, "--name", "doubtful")
    assert code == 2
    assert "Nothing is promoted. No model is above the floor. Give --anyway to promote lengths all the same" in output
    assert not (tmp_path / "models" / "doubtful").exists()
    code, output = command("promote", "--champion", "--grid", grid, "--name", "doubtful", "--anyway")
    assert code == 0
    assert "Concerns of the report, which the card records: no model above the floor." in output
    card = json.loads((tmp_path / "models/doubtful/1/assets.extra/card.json").read_text())
    assert card["promoted"]["anyway"] == REFUSAL
    assert card["promoted"]["concerns"] == [
        {"kind": "no model above the floor", "text": "No model is above the floor. Collect more texts."}
    ]


def test_card_of_a_recommended_model_has_no_doubts(command, new_run, tmp_path):
    assert command("promote", new_run(), "--name", "plain")[0] == 0
    card = json.loads((tmp_path / "models/plain/1/assets.extra/card.json").read_text())
    assert card["promoted"].keys() == {"name", "number", "at"}


def test_nothing_changes_if_the_service_to_switch_does_not_answer(command, new_run, tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTLAB_SERVICE_KEY", "secret-key")
    code, output = command("promote", new_run(), "--name", "swapped", "--swap", "http://127.0.0.1:1")
    assert code == 2
    assert "No service answers at http://127.0.0.1:1" in output
    assert "secret-key" not in output
    assert not (tmp_path / "models" / "swapped").exists()


def test_service_is_switched_to_the_promoted_number(command, new_run, monkeypatch):
    calls = []
    monkeypatch.setenv("TEXTLAB_SERVICE_KEY", "secret-key")
    monkeypatch.setattr("textlab.promotion.service.check_service", lambda *arguments: calls.append(arguments))
    monkeypatch.setattr("textlab.promotion.service.switch", lambda *arguments: calls.append(arguments) or 7)
    code, output = command("promote", new_run(), "--name", "swapped", "--swap", "http://a.b")
    assert code == 0
    assert calls == [("http://a.b", "swapped"), ("http://a.b", 1, "secret-key")]
    assert "The service at http://a.b has switched from number 7 to 1." in output


def test_tensorflow_starts_without_a_word_and_other_lines_remain(tmp_path):
    lines = "WARNING: All log messages before absl::InitializeLog()\\nI0000 port.cc:153] oneDNN\\nE0000 a real error\\n"
    (tmp_path / "tensorflow.py").write_text(f"import os; os.write(2, b'{lines}')")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from textlab.log import configure_logging, import_tensorflow\n"
        "configure_logging(); import_tensorflow(); print('after', file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines() == ["E0000 a real error", "after"]
