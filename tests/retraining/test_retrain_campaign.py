"""A whole retrain on a small snapshot: its steps, interruptions, and what must not happen. The grid is a stand-in."""

import json
import re
import shutil
import signal
import subprocess
import sys

import pandas as pd
import pytest
from rich.console import Console
from rolled_out import catalog

from textlab import record
from textlab.retraining import campaign, rollout, snapshot_step
from textlab.retraining.request import Request, Step
from textlab.retraining.state import State, only_retrain


@pytest.fixture
def retrain(laboratory, grids):
    """`retrain(**options)` runs a retrain and returns its outcome."""

    def run(**options):
        options = {"labelled": (laboratory / "new.csv",)} | options
        request = Request("sentiment", laboratory / "tiny.yaml", laboratory / "models", **options)
        return campaign.retrain(request, Console(quiet=True))

    return run


def decisions_in_record():
    client = record.store.client()
    experiment = client.get_experiment_by_name("retraining")
    return [] if experiment is None else client.search_runs([experiment.experiment_id])


def test_steps_can_be_done_one_by_one_and_none_is_repeated(retrain, grids, laboratory):
    for step, expected in ((Step.SNAPSHOT, 0), (Step.GRID, 1), (Step.GRID, 1), (Step.GATE, 1)):
        outcome = retrain(id="one", until=step)
        assert (outcome.step, len(grids)) == (step, expected)
    assert catalog(laboratory / "models") == (1, ["1"])
    assert outcome.decision.verdict == "promote"
    decided = (outcome.folder / "decision.json").read_text()
    outcome = retrain(id="one", promote=True)
    assert outcome.step is Step.PROMOTE
    again = retrain(id="one", promote=True)
    assert (again.to_json(), len(grids)) == (outcome.to_json(), 1)
    assert again.to_json()["promoted"] == 2
    assert catalog(laboratory / "models") == (2, ["1", "2"])
    assert (outcome.folder / "decision.json").read_text() == decided
    card = json.loads((laboratory / "models/sentiment/2/assets.extra/card.json").read_text())
    assert card["promoted"]["retrain"] == "one"


def test_decision_states_every_number_and_is_logged_once(retrain, laboratory):
    outcome = retrain(id="one", until=Step.GATE)
    retrain(id="one", until=Step.GATE)
    document = json.loads((outcome.folder / "decision.json").read_text())
    assert document["champion"]["number"] == 1
    assert document["evidence"]["test"]["champion"] == 0.5
    assert document["evidence"]["test"]["challenger"] == 1.0
    assert document["evidence"]["newest"] is None
    assert {rule["name"] for rule in document["rules"]} >= {"Fixed test set", "Reason to change", "Slices and classes"}
    assert document["settings"]["margin"] == 0.01
    page = (outcome.folder / "decision.html").read_text()
    assert "right may replace number 1." in page
    (run,) = decisions_in_record()
    assert run.data.tags["textlab.verdict"] == "promote"
    assert run.data.metrics["test_difference"] == 0.5
    artifacts = {file.path for file in record.store.client().list_artifacts(run.info.run_id)}
    assert artifacts == {"decision.json", "decision.html"}


class Killed(BaseException):
    """Ends a call as a kill does."""


def test_retrain_that_is_interrupted_at_every_step_ends_with_one_promotion(retrain, grids, laboratory, monkeypatch):
    places = [
        (snapshot_step, "build_snapshot"),
        (campaign, "write_grid"),
        (campaign, "run_grid"),
        (campaign, "find_challenger"),
        (campaign, "compare"),
        (campaign, "write_decision"),
        (campaign, "log"),
        (rollout, "promote"),
    ]
    for is_after in (False, True):
        for module, name in places[int(is_after) * 4 :]:
            act = getattr(module, name)

            def die(*arguments, act=act, is_after=is_after, **options):
                if is_after:
                    act(*arguments, **options)
                raise Killed

            with monkeypatch.context() as patch:
                patch.setattr(module, name, die)
                if is_after and name in ("compare", "write_decision", "log"):
                    continue  # done by now
                with pytest.raises(Killed):
                    retrain(promote=True)
            assert catalog(laboratory / "models")[0] == (2 if is_after and name == "promote" else 1)
    outcome = retrain(promote=True)
    assert outcome.rollout.phase == "unwatched"
    assert catalog(laboratory / "models") == (2, ["1", "2"])
    assert len(decisions_in_record()) == 1
    assert not list((laboratory / "reports").rglob("*.partial"))
    folders = [path.name for path in (laboratory / "reports/retraining/sentiment").iterdir() if path.is_dir()]
    assert folders == [outcome.folder.name]


def test_unfinished_retrain_is_continued_and_the_same_data_are_no_new_one(retrain, grids):
    begun = retrain(until=Step.SNAPSHOT)
    assert retrain(until=Step.GATE).folder == begun.folder
    assert retrain(until=Step.GATE).folder == begun.folder
    assert len(grids) == 1


def test_same_data_begin_another_retrain_if_the_champion_has_changed(retrain, laboratory):
    first = retrain(until=Step.GATE)
    catalog = laboratory / "models" / "catalog.json"
    shutil.copytree(laboratory / "models/sentiment/1", laboratory / "models/sentiment/5")
    catalog.write_text(json.dumps({"sentiment": {"champion": 5}}))
    second = retrain(until=Step.GATE)
    assert second.folder.name == f"{first.folder.name}.2"
    assert second.decision.champion == 5


def test_id_follows_from_the_date_and_the_snapshot(retrain):
    outcome = retrain(until=Step.SNAPSHOT)
    manifest = json.loads((outcome.folder / "snapshot" / "manifest.json").read_text())
    date, _, digest = outcome.folder.name.rpartition("-")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", date)
    assert manifest["digest"].startswith(digest)


def test_grid_of_a_retrain_reads_the_snapshot_under_a_name_of_its_own(retrain, grids):
    outcome = retrain(id="one", until=Step.GRID)
    assert grids == [outcome.folder / "grid.yaml"]
    text = grids[0].read_text()
    assert "name: tiny-one" in text
    assert f"dataset: snapshot:{outcome.folder / 'snapshot'}" in text


def test_worse_challenger_is_not_promoted(retrain, grids, laboratory, bundles):
    shutil.rmtree(laboratory / "models/sentiment/1")
    shutil.copytree(bundles["right"], laboratory / "models/sentiment/1")
    grids.challenger = "no"
    outcome = retrain(id="one", promote=True)
    assert outcome.is_refused
    assert "Fixed test set" in [rule.name for rule in outcome.decision.rules if rule.result == "failed"]
    assert catalog(laboratory / "models") == (1, ["1"])


def test_challenger_that_the_report_refuses_is_not_even_compared(retrain, grids, laboratory, monkeypatch):
    monkeypatch.setattr(campaign, "compare", lambda *_: pytest.fail("compared"))
    grids.refusal = "No model can be recommended: on test, the floors are higher."
    outcome = retrain(id="one", promote=True)
    assert outcome.is_refused
    assert outcome.decision.headline == f"Number 1 stays the champion. {grids.refusal}"
    assert catalog(laboratory / "models") == (1, ["1"])


@pytest.mark.parametrize(
    ("challenger", "reason"),
    [
        ("no", "The challenger is the champion already. Nothing is to be done."),
        ("good", "The champion has the classes no and yes, and the challenger has negative and positive."),
    ],
)
def test_challenger_that_cannot_be_compared_is_not_promoted(retrain, grids, laboratory, challenger, reason):
    grids.challenger = challenger
    outcome = retrain(id="one", promote=True)
    assert outcome.is_refused
    assert reason in outcome.decision.headline
    assert catalog(laboratory / "models") == (1, ["1"])


def test_store_that_goes_away_is_one_sentence_and_the_same_command_continues(retrain, laboratory, monkeypatch):
    retrain(id="one", until=Step.GRID)
    real = campaign.log

    def without_store(*arguments):
        with monkeypatch.context() as patch:
            patch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
            return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(campaign, "log", without_store)
        with pytest.raises(ValueError, match=r"The MLflow server http://127\.0\.0\.1:9 does not answer"):
            retrain(id="one", promote=True)
    assert catalog(laboratory / "models") == (1, ["1"])
    assert retrain(id="one", promote=True).rollout.phase == "unwatched"
    assert len(decisions_in_record()) == 1


def test_error_of_mlflow_becomes_a_sentence(store):
    from mlflow import MlflowException

    with pytest.raises(ConnectionError, match="has failed: broken pipe Nothing is lost"), record.store_must_answer():
        raise MlflowException("broken pipe")


def test_second_retrain_of_a_name_says_that_one_is_running_and_a_killed_one_leaves_no_lock(tmp_path):
    code = (
        "import sys, time; from pathlib import Path\n"
        "from textlab.retraining.state import State, only_retrain\n"
        "base = Path(sys.argv[1])\n"
        "with only_retrain(base, 'sentiment'):\n"
        "    State(base / 'one').record(began='now')\n"
        "    (base / 'one' / '.state.json.0.partial').write_text('{')\n"
        "    print('ready', flush=True); time.sleep(600)"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "ready\n"
    with (
        pytest.raises(ValueError, match="Another retrain of 'sentiment' is running"),
        only_retrain(tmp_path, "sentiment"),
    ):
        pytest.fail("two at once")
    child.send_signal(signal.SIGKILL)
    child.wait()
    with only_retrain(tmp_path, "sentiment"):
        assert State(tmp_path / "one").get("began") == "now"
        assert not list(tmp_path.rglob("*.partial"))


def test_retrain_without_new_rows_says_what_to_give(retrain, laboratory):
    with pytest.raises(ValueError, match=r"There are no new rows to learn from\. Name the service's feedback"):
        retrain(labelled=())
    assert not list((laboratory / "reports").rglob("state.json"))


def test_other_options_do_not_change_a_decision(retrain):
    retrain(id="one", until=Step.GATE)
    with pytest.raises(ValueError, match="has decided with other values of --margin or --floor"):
        retrain(id="one", until=Step.GATE, margin=0.05)


def test_other_grid_does_not_continue_a_retrain(retrain, laboratory):
    retrain(id="one", until=Step.SNAPSHOT)
    grid = laboratory / "tiny.yaml"
    grid.write_text(grid.read_text().replace("minimum_count: 1", "minimum_count: 2"))
    with pytest.raises(ValueError, match="The retrain one was begun with another grid"):
        retrain(id="one", until=Step.SNAPSHOT)


def test_test_texts_that_the_champion_was_trained_on_are_left_out_for_both(retrain, laboratory, bundles):
    """The champion's dataset holds 50 of the test texts in its training split."""
    from textlab import data
    from textlab.bundle_format.manifest import write_manifest

    trained = pd.read_csv(laboratory / "tweets.csv")
    moved = trained[trained["split"] == "test"].head(50).index
    trained.loc[moved, "split"] = "train"
    trained.to_csv(laboratory / "before.csv", index=False)
    name = f"file:{laboratory / 'before.csv'}"
    folder = laboratory / "models/sentiment/1"
    card = {"run_id": "x", "dataset": name, "dataset_digest": data.load(name).digest}
    (folder / "assets.extra/card.json").write_text(json.dumps(card))
    write_manifest(folder)
    outcome = retrain(id="one", until=Step.GATE)
    assert outcome.decision.document["evidence"]["test"]["texts"] == 150
    (rule,) = [rule for rule in outcome.decision.rules if rule.name == "Held-out texts"]
    assert "50 of the test and newest texts occur in the training data of a model." in rule.reason
