"""`python -m textlab monitor`: from recorded traffic to a verdict, a page, numbers and an exit code."""

import base64
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from monitoring import watched
from monitoring.watched import END, LABELS, NAME, labelled_texts, recorded_lines, week_of, write_lines
from typer.testing import CliRunner

from textlab.__main__ import app
from textlab.monitoring.watch import Watch, take_look
from textlab.sealing import Keys, LineFile

UNTIL = "2025-11-30T18:00"


@pytest.fixture(scope="module")
def promoted(tmp_path_factory):
    models = tmp_path_factory.mktemp("models")
    return SimpleNamespace(models=models, model=watched.promote_model(models))


@pytest.fixture
def world(promoted, tmp_path, monkeypatch):
    """The folders of a service, and `monitor(*options)`, which runs the command on them."""
    monkeypatch.setattr("textlab.monitoring.watch.MODELS", promoted.models)
    monkeypatch.setattr("textlab.report.html.DPI", 40)  # sharp figures take long
    monkeypatch.setenv("TEXTLAB_API_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("APPLICATIONINSIGHTS_CONNECTION_STRING", raising=False)
    for variable in ("TEXTLAB_SEAL_KEYS", "TEXTLAB_SEAL_KEYS_FILE"):
        monkeypatch.delenv(variable, raising=False)
    output = tmp_path / "looks"

    def monitor(*options):
        words = ["monitor", "--name", NAME, "--until", UNTIL, "--output", str(output), "--json", *options]
        return CliRunner(env={"COLUMNS": "500"}).invoke(app, words)

    def record(examples, times, name="1.jsonl", **changes):
        lines = recorded_lines(promoted.model, examples, times, **changes)
        write_lines(tmp_path / "state" / "traffic" / name, lines)
        return lines

    return SimpleNamespace(
        monitor=monitor, record=record, state=tmp_path / "state", output=output, models=promoted.models
    )


def answer(result):
    return json.loads(result.stdout.splitlines()[-1])


def test_traffic_like_the_training_data_is_quiet(world):
    examples = labelled_texts(800, seed=11)
    lines = world.record(examples, week_of(800))
    result = world.monitor()
    assert result.exit_code == 0, result.output
    predicted = [int(np.argmax(line["probabilities"])) for line in lines]
    assert result.stdout.startswith("Quiet: none of")
    assert answer(result)["verdict"] == "quiet"
    low, high = answer(result)["estimated_accuracy"][1:]
    assert low < (examples["label"] == predicted).mean() < high
    assert "cannot see a change of the right labels" in result.stdout
    assert "is found four times in five" in result.stdout
    assert sorted(path.name for path in world.output.iterdir() if not path.name.startswith(".")) == [
        "gauges.prom",
        "index.html",
        "look.json",
        "looks.jsonl",
    ]


def test_a_label_shift_in_the_middle_of_the_week_is_drift_with_its_date(world):
    times = week_of(1_500, seed=1)
    late = times > END - 3 * watched.DAY
    examples = pd.concat(
        [labelled_texts(int((~late).sum()), 0.5, 12), labelled_texts(int(late.sum()), 0.85, 13)], ignore_index=True
    )
    world.record(examples, times)
    result = world.monitor()
    assert result.exit_code == 3, result.output
    assert {"class shares", "change over time"} <= set(answer(result)["alarms"])
    assert abs(answer(result)["changed"] - (END - 3 * watched.DAY)) < watched.DAY
    look = json.loads((world.output / "look.json").read_text())
    negatives = look["estimate"]["class_shares"][0]
    assert negatives["low"] < (examples["label"] == 0).mean() < negatives["high"]
    assert 'textlab_monitoring_drift{model="sentiment",version="3"} 1.0' in (world.output / "gauges.prom").read_text()
    assert "Drift" in (world.output / "index.html").read_text()


def test_a_repeated_look_gives_the_first_answer_and_spends_nothing(world):
    world.record(labelled_texts(300, 0.9, 14), week_of(300))
    first = world.monitor()
    history = (world.output / "looks.jsonl").read_bytes()
    (world.output / "index.html").unlink()
    second = world.monitor()
    assert (first.exit_code, second.exit_code) == (3, 3)
    assert answer(first) == answer(second)
    assert (world.output / "looks.jsonl").read_bytes() == history
    assert (world.output / "index.html").exists()


def test_a_later_look_at_the_same_traffic_raises_no_second_alarm(world):
    world.record(labelled_texts(300, 0.9, 14), week_of(300))
    assert world.monitor().exit_code == 3
    result = world.monitor("--since", "6d")
    assert result.exit_code == 0
    assert "Earlier looks have judged all of this traffic" in result.stdout


@pytest.mark.parametrize("count", [0, 30])
def test_too_few_predictions_are_quiet_and_say_so(world, count):
    world.record(labelled_texts(count, seed=15), week_of(count)) if count else (world.state / "traffic").mkdir(
        parents=True
    )
    result = world.monitor()
    assert result.exit_code == 0, result.output
    assert answer(result)["verdict"] == "too few predictions to judge"
    assert ("30 predictions were" if count else "no prediction was") in result.stdout
    assert not (world.output / "looks.jsonl").exists()  # such a look spends nothing
    assert 'textlab_monitoring_drift{model="sentiment",version="3"} 0.0' in (world.output / "gauges.prom").read_text()


def test_traffic_of_other_models_and_versions_and_of_wrong_clocks_is_left_out_and_counted(world):
    examples, times = labelled_texts(120, seed=16), week_of(120)
    world.record(examples, times, "1.jsonl", version=2)
    world.record(examples, times, "2.jsonl", model="irony")
    world.record(examples, times + 40 * 365 * watched.DAY, "3.jsonl")
    result = world.monitor()
    assert result.exit_code == 0, result.output
    assert (
        "another version (120 lines), another model (120 lines) and a time in the future (120 lines)" in result.stdout
    )


def test_an_output_that_is_a_file_is_a_clear_error_and_stays_as_it_is(world, tmp_path):
    world.record(labelled_texts(60, seed=21), week_of(60))
    (tmp_path / "page").write_text("mine", encoding="utf-8")
    result = world.monitor("--output", str(tmp_path / "page"))
    assert result.exit_code == 2
    assert "page cannot be used: File exists. Check the path, its permissions and the free space." in result.stderr
    assert (tmp_path / "page").read_text(encoding="utf-8") == "mine"


def test_a_look_that_judges_also_says_what_it_left_out(world):
    world.record(labelled_texts(300, seed=19), week_of(300))
    world.record(labelled_texts(20, seed=20), week_of(20), "2.jsonl", version=2)
    result = world.monitor()
    assert result.exit_code == 0, result.output
    assert "Other lines were not used: another version (20 lines)." in result.stdout


def test_a_clock_that_jumped_back_only_changes_the_order(world):
    examples, times = labelled_texts(400, seed=17), week_of(400)
    world.record(examples, np.concatenate([times[200:], times[:200]]))
    assert world.monitor().exit_code == 0


def test_feedback_is_scored_with_its_bias_named(world):
    examples = labelled_texts(400, seed=18)
    lines = world.record(examples, week_of(400))
    feedback = [
        {
            "text": line["inputs"]["text"],
            "label": LABELS[label],
            "predicted": LABELS[int(np.argmax(line["probabilities"]))],
            "model": NAME,
            "version": 3,
            "prediction_id": line["id"],
            "time": line["time"] + 60,
            "caller": line["caller"],
        }
        for line, label in zip(lines[:150], examples["label"], strict=False)
    ]
    write_lines(world.state / "feedback.jsonl", feedback)
    result = world.monitor()
    assert "Accuracy on the 150 examples of feedback is" in result.stdout
    assert "Feedback is not a random sample" in result.stdout


def test_a_labelled_file_shows_a_fall_that_the_estimate_cannot_see(world, tmp_path):
    examples = labelled_texts(600, seed=19)
    world.record(examples, week_of(600))
    flipped = examples.assign(label=[LABELS[1 - label] for label in examples["label"]])[["text", "label"]].head(200)
    flipped.to_csv(tmp_path / "new.csv", index=False)
    result = world.monitor("--labelled", str(tmp_path / "new.csv"))
    assert result.exit_code == 3, result.output
    assert answer(result)["alarms"] == ["accuracy on new.csv"]
    assert answer(result)["estimated_accuracy"][1] > 0.6


def test_a_verdict_stands_when_its_traffic_has_been_removed_since(world):
    world.record(labelled_texts(300, 0.9, 14), week_of(300))
    assert world.monitor().exit_code == 3
    (world.state / "traffic" / "1.jsonl").unlink()
    result = world.monitor()
    assert result.exit_code == 3
    assert "An earlier look at this window said: drift. That stands" in result.stdout


def test_two_looks_at_once_spend_the_budget_once_and_agree(world):
    world.record(labelled_texts(120, 0.9, 14), week_of(120))
    watch = Watch(NAME, END - 7 * watched.DAY, END, world.state / "traffic", None, None, world.output, 0.05)
    with ThreadPoolExecutor(2) as pool:
        looks = list(pool.map(lambda _: take_look(watch, lambda _: nullcontext()), range(2)))
    assert looks[0].verdict == looks[1].verdict
    assert sorted(look.is_repeated for look in looks) == [False, True]
    assert len((world.output / "looks.jsonl").read_text().splitlines()) == 1


def seal(world, monkeypatch, secret):
    """Write sealed traffic, and set a key."""
    keys = Keys({"one": b"k" * 32})
    lines = world.record(labelled_texts(80, seed=21), week_of(80))
    path = world.state / "traffic" / "1.jsonl"
    path.unlink()
    file = LineFile.create(path, "traffic", keys)
    for line in lines:
        file.append([json.dumps(line).encode()])
    file.close()
    monkeypatch.setenv("TEXTLAB_SEAL_KEYS", f"one:{base64.b64encode(secret).decode()}")
    return path


def test_sealed_traffic_is_judged_with_its_key(world, monkeypatch):
    seal(world, monkeypatch, b"k" * 32)
    result = world.monitor()
    assert result.exit_code == 0, result.output
    assert answer(result)["predictions"] == 80


@pytest.mark.parametrize(("secret", "change"), [(b"w" * 32, None), (b"k" * 32, "swap"), (b"k" * 32, "alter")])
def test_a_wrong_key_or_a_tampered_record_is_an_error_that_names_file_and_line(world, monkeypatch, secret, change):
    path = seal(world, monkeypatch, secret)
    lines = path.read_bytes().splitlines(keepends=True)
    if change == "swap":
        lines[5], lines[6] = lines[6], lines[5]
    elif change == "alter":
        lines[5] = lines[5][:20] + (b"A" if lines[5][20:21] != b"A" else b"B") + lines[5][21:]
    path.write_bytes(b"".join(lines))
    result = world.monitor()
    assert result.exit_code == 2
    assert f"{path}, line {6 if change else 2}: " in result.stderr
    assert not (world.output / "look.json").exists()


def test_a_broken_line_is_counted_and_the_others_are_judged(world):
    world.record(labelled_texts(80, seed=22), week_of(80))
    path = world.state / "traffic" / "1.jsonl"
    path.write_text(path.read_text() + '{"id": 3}\n' + '{"id": "torn')
    result = world.monitor()
    assert result.exit_code == 0, result.output
    assert json.loads((world.output / "look.json").read_text())["skipped"] == {"a broken line": 1}


def test_without_recorded_traffic_the_command_says_how_to_record(world):
    result = world.monitor()
    assert result.exit_code == 2
    assert "there is no recorded traffic. Start the service with TEXTLAB_API_RECORD=all" in result.stderr


def test_a_champion_without_a_reference_is_named(world, monkeypatch, tmp_path):
    from textlab.bundle_format.manifest import write_manifest

    copied = tmp_path / "models"
    shutil.copytree(world.models, copied)
    (copied / NAME / "3" / "assets.extra" / "reference.npz").unlink()
    write_manifest(copied / NAME / "3")
    monkeypatch.setattr("textlab.monitoring.watch.MODELS", copied)
    result = world.monitor()
    assert result.exit_code == 2
    assert "holds no reference.npz" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--since", "soon"], "--since soon is not a time"),
        (["--since", "2026-01-01"], "is not before 2025-11-30 18:00 UTC"),
        (["--until", "2999-01-01"], "--until 2999-01-01 is in the future"),
        (["--alpha", "5"], "--alpha 5.0 is not a share"),
        (["--labelled", "/missing.csv"], "/missing.csv"),
        (["--feedback", "/missing.jsonl"], "There is no file /missing.jsonl. Name a file of feedback"),
        (["--name", "nobody"], "No model is promoted as 'nobody'"),
    ],
)
def test_a_wrong_option_is_one_clear_sentence_and_writes_no_look(world, options, message):
    world.record(labelled_texts(100, seed=20), week_of(100))
    result = world.monitor(*options)
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not (world.output / "look.json").exists()
    assert not (world.output / "looks.jsonl").exists()
