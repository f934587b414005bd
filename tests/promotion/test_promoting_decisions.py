"""A promotion states decisions: the bundle holds them, the card and the output say what validation and test gave."""

import json

import numpy as np
import pandas as pd
import pytest
from tiny_bundle import LABELS

from textlab.bundle_format.decisions import DECISIONS, read_decisions
from textlab.bundle_format.manifest import verify_manifest
from textlab.bundle_format.mlflow_model import RegisteredBundle
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.evaluation.wishes import Wishes
from textlab.export.bundle import Bundle
from textlab.promotion.champion import promote

SURE, UNSURE = "x" * 39, "x" * 21


@pytest.fixture(scope="module")
def frames(bundle):
    """Predictions of 400 texts, which are right nearly always where the model is confident."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 40, 400)
    texts = ["x" * length for length in lengths]
    probabilities = Bundle(bundle).predict_proba(texts)
    labels = (rng.random(400) < probabilities[:, 1]).astype(int)
    examples = pd.DataFrame({"id": [str(row) for row in range(400)], "text": texts, "label": labels})
    frame = predictions_frame(examples, probabilities, LABELS)
    return {"validation": frame, "test": frame}


def test_stated_decisions_are_in_bundle_card_output_and_predictions(command, new_run, frames, tmp_path):
    run = new_run(frames=frames)
    wishes = ("--accuracy", "0.9", "--coverage", "0.9")
    code, output = command("promote", run, "--name", "sure", *wishes)
    assert code == 0, output
    assert "Answers only where at least 90 % are right, with 95 % confidence: threshold 0." in output
    assert "% of test answered" in output
    assert "Sets that hold the right class for at least 90 % of each class: validation 9" in output
    folder = tmp_path / "models/sure/1"
    verify_manifest(folder)
    rules = read_decisions(folder, LABELS)
    assert rules.stated["wishes"] == {"accuracy": 0.9, "coverage": 0.9, "confidence": 0.95}
    accuracy, coverage = json.loads((folder / "assets.extra/card.json").read_text())["decisions"]["promises"]
    assert accuracy["threshold"] == rules.abstain_below
    assert accuracy["validation"]["value"] >= 0.9
    assert coverage["test"]["low"] < coverage["test"]["value"] < coverage["test"]["high"]

    code, output = command("predict", SURE, UNSURE, "--name", "sure")
    assert [line.split()[0] for line in output.splitlines()] == ["long", "Plausible", "abstain", "Plausible"]
    assert output.splitlines()[-1].strip() == "Plausible classes: short, long."
    (tmp_path / "tweets.csv").write_text(f'text\n{SURE}\n{UNSURE}\n" "\n')
    assert command("predict", "--file", str(tmp_path / "tweets.csv"), "--name", "sure")[0] == 0
    scored = pd.read_csv(tmp_path / "tweets_scored.csv", keep_default_na=False)
    assert list(scored) == ["text", "predicted", "p_short", "p_long", "decision", "prediction_set"]
    assert scored["decision"].tolist() == ["long", "abstain", ""]
    assert scored["prediction_set"].tolist() == ['["long"]', '["short", "long"]', ""]

    table = RegisteredBundle(folder).predict(pd.DataFrame({"text": [SURE, UNSURE]}))
    assert table["decision"].tolist() == ["long", "abstain"]
    assert [json.loads(each) for each in table["prediction_set"]] == [["long"], ["short", "long"]]

    code, output = command("promote", run, "--name", "sure")
    assert "Number 1 had decisions, and this one has none" in output
    assert not (tmp_path / "models/sure/2" / DECISIONS).exists()


def test_costs_change_the_decision_and_not_the_prediction(command, new_run, frames):
    run = new_run(frames=frames)
    code, output = command("promote", run, "--name", "dear", "--costs", "[[0, 1], [50, 0]]")
    assert code == 0
    assert "Lowest expected cost: cost per example: validation 0." in output
    assert command("predict", "x" * 10, "--name", "dear")[1].split()[0] == "long"


def test_retrain_keeps_the_promises_of_the_champion_before(new_run, frames, tmp_path):
    models = tmp_path / "models"
    promote(new_run(frames=frames), "kept", models, wishes=Wishes(precision={"long": 0.9}))
    promoted = promote(new_run(frames=frames), "kept", models, replaces=1, retrain="r1")
    assert list(read_decisions(promoted.folder, LABELS).thresholds) == ["long"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--accuracy", "0.999"], "Nothing is promoted. Validation does not support answers"),
        (["--precision", "long=0.999"], "at least 2,995 are needed; the best is"),
        (["--precision", "lang=0.9"], "names the unknown class 'lang'. Did you mean 'long'?"),
        (["--costs", "long=-1"], "holds -1.0. A cost is a finite number from 0."),
        (["--costs", "long"], "--costs long is not valid. Write --costs CLASS=NUMBER, once for each class."),
        (["--costs", "long=1", "--costs", "long=2"], "once for each class"),
        (["--costs", "[[0, 1]]"], "has 1 rows of 2 numbers, and there are 2 classes"),
        (["--costs", "[[0, 1]"], "is not a matrix"),
        (["--coverage", "95"], "State a share between 0 and 1"),
        (["--confidence", "0.9"], "--confidence was given without"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_decision_that_cannot_be_made_promotes_nothing(command, new_run, frames, tmp_path, options, message):
    code, output = command("promote", new_run(frames=frames), "--name", "none", *options)
    assert code != 0
    assert message in " ".join(output.split())
    assert not (tmp_path / "models/none").exists()
