"""`python -m textlab feedback`: a table, files for review, decisions and exit codes."""

import base64
import json
import stat

import pandas as pd
import pytest
from typer.testing import CliRunner
from world import LABELS, START, tweets

from textlab import data
from textlab.__main__ import app
from textlab.sealing import LineFile


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder of models with the champion `moods`, a tiny logistic regression."""
    from textlab.export.bundle import write_bundle
    from textlab.models.logistic_regression import LogisticRegression

    folder = tmp_path_factory.mktemp("models")
    table = pd.concat([tweets(count, 10 + count).assign(split=name) for name, count in SIZES.items()])
    table = table.assign(label=[LABELS[label] for label in table["label"]])
    table.to_csv(folder / "training.csv", index=False)
    dataset = data.load(f"file:{folder / 'training.csv'}")
    model = LogisticRegression.tiny()
    model.fit(dataset.train, dataset.validation)
    write_bundle(model, dataset, folder / "moods" / "1", {"dataset": dataset.name, "run_id": "abc"})
    (folder / "catalog.json").write_text('{"moods": {"champion": 1, "before": []}}')
    return folder


SIZES = {"train": 60, "validation": 30, "test": 40}


@pytest.fixture
def run(models, tmp_path, monkeypatch):
    """`run(*options)` runs the command on the champion; its files lie in tmp_path."""
    monkeypatch.setattr("textlab.commands.feedback.MODELS", models)
    monkeypatch.setenv("TEXTLAB_API_STATE", str(tmp_path))
    for module in ("commands.feedback", "retraining.rows.review"):
        monkeypatch.setattr(f"textlab.{module}.REPORTS", tmp_path / "reports")
    monkeypatch.delenv("TEXTLAB_SEAL_KEYS", raising=False)
    return lambda *options: CliRunner().invoke(app, ["feedback", "--name", "moods", *map(str, options)])


def said(models, path, contradicting=1):
    """Feedback on two new texts, and on training texts with another label than theirs."""
    train = pd.read_csv(models / "training.csv").query("split == 'train'")
    rows = [(text, LABELS[0]) for text in tweets(2, 99)["text"]]
    rows += [(row.text, LABELS[row.label == LABELS[0]]) for row in train.head(contradicting).itertuples()]
    lines = [
        json.dumps({"text": text, "label": label, "model": "moods", "time": START + number, "caller": f"c{number}"})
        for number, (text, label) in enumerate(rows)
    ]
    path.write_text("\n".join(lines) + "\n")
    return lines


def test_held_row_is_shown_released_and_then_used(models, run, tmp_path):
    said(models, tmp_path / "feedback.jsonl")
    result = run("--json")
    assert result.exit_code == 3, result.output
    document = json.loads(result.stdout.splitlines()[-1])
    assert (document["rows"], document["used"], document["held"]) == (3, 2, 1)
    assert "same text with another label" in result.stdout
    assert "write release or reject as the decision of a row in a copy of it" in " ".join(result.stdout.split())
    held = tmp_path / "reports" / "feedback" / "moods" / "held.jsonl"
    assert stat.S_IMODE(held.stat().st_mode) == 0o600
    before = held.read_bytes()
    assert run().exit_code == 3
    assert held.read_bytes() == before  # a repeated call changes nothing
    reviewed = tmp_path / "reviewed.jsonl"
    reviewed.write_text(before.decode().replace('"decision": ""', '"decision": "release"'))
    result = run("--release", reviewed, "--json")
    assert result.exit_code == 0, result.output
    assert "Recorded: 1 released, 0 rejected." in result.stdout
    assert json.loads(result.stdout.splitlines()[-1])["used"] == 3
    assert held.read_bytes() == b""
    assert run().exit_code == 0  # the decision stays valid
    assert "crew" not in (held.parent / "decisions.json").read_text()


def test_sealed_feedback_is_read_and_the_held_rows_are_sealed(models, run, tmp_path, monkeypatch):
    from textlab.sealing import Keys, is_sealed

    monkeypatch.setenv("TEXTLAB_SEAL_KEYS", f"k:{base64.b64encode(bytes(range(32))).decode()}")
    lines = said(models, tmp_path / "clear.jsonl")
    file = LineFile.create(tmp_path / "feedback.jsonl", "feedback", Keys.from_environment())
    file.append([line.encode() for line in lines])
    file.close()
    assert run().exit_code == 3
    assert is_sealed(tmp_path / "reports" / "feedback" / "moods" / "held.jsonl")
    monkeypatch.setenv("TEXTLAB_SEAL_KEYS", f"k:{base64.b64encode(bytes(32)).decode()}")
    result = run()
    assert result.exit_code == 2
    assert "feedback.jsonl" in result.output


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"id": "x", "decision": "yes"}\n', "line 1: the decision is 'yes'. Write release, reject, or nothing."),
        ('{"id": "x", "decision": ""}\n', "holds no decision. Write release or reject"),
        ('{"text": "x"}\n', "has no column id and no column decision. Take a copy of held.jsonl."),
    ],
)
def test_wrong_review_changes_nothing_and_says_what_to_do(models, run, tmp_path, content, message):
    said(models, tmp_path / "feedback.jsonl")
    (tmp_path / "reviewed.jsonl").write_text(content)
    result = run("--release", tmp_path / "reviewed.jsonl")
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
    assert not (tmp_path / "reports").exists()


def test_without_feedback_nothing_has_come_in_but_a_named_file_must_exist(models, run, tmp_path):
    result = run("--json")
    assert result.exit_code == 0, result.output
    assert "Nothing has come in yet:" in result.stdout
    (tmp_path / "feedback.jsonl").touch()  # the service has made it, and nobody has sent any
    assert run("--json").stdout == result.stdout
    assert json.loads(result.stdout.splitlines()[-1]) == {"rows": 0, "used": 0, "held": 0}
    result = run("--file", tmp_path / "other.jsonl")
    assert result.exit_code == 2
    assert "other.jsonl. Name the service's file of feedback." in " ".join(result.output.split())


def test_labelled_file_is_checked_without_feedback(models, run, tmp_path):
    new = tweets(3, 98)
    (tmp_path / "labels.csv").write_text("text,label\n" + "".join(f"{text},negative\n" for text in new["text"]))
    result = run("--labelled", tmp_path / "labels.csv")
    assert result.exit_code == 0, result.output
    assert "passes the checks" in result.stdout
