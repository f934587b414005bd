"""What leaves the record for another tracker, and what does not."""

import json
import logging
import shutil

import pandas as pd
import pytest
from mlflow import MlflowClient
from record.recorded_run import FOLDER, KEY, TEXT, record_run

from textlab import record
from textlab.bundle_format.manifest import verify_manifest
from textlab.paths import NOTEBOOKS, ROOT
from textlab.reach import reach
from textlab.record.copies import weights_and_biases
from textlab.record.copies.background import NoCopies, copying
from textlab.record.copies.run_copy import run_copy, without_folders
from textlab.record.copies.tracker import copy_runs


@pytest.fixture(scope="module")
def store(empty_store, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("mlruns")
        shutil.copy(empty_store, folder / "mlflow.db")
        patch.setattr("textlab.paths.MLRUNS", folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield folder


@pytest.fixture(scope="module")
def run_id(store, tmp_path_factory):
    return record_run(tmp_path_factory.mktemp("files"))


class Notebook:
    """A tracker that keeps copies in a list."""

    name, place = "notebook", "here"

    def __init__(self, problem=None):
        self.kept, self.problem = {}, problem

    def copy(self, run):
        if self.problem:
            raise self.problem
        self.kept[run.id] = dict(run.summary)


def test_a_copy_has_the_parameters_with_their_types_and_every_score_and_curve(run_id):
    with run_copy(run_id) as copy:
        assert (copy.id, copy.name, copy.group) == (KEY, "regression, seed 3", "g")
        expected = {"C": 0.25, "features": "word_char", "lemmas": False, "seed": 3, "rate": 0.5}
        assert {name: copy.config[name] for name in expected} == expected
        assert copy.summary == {"test_macro_recall": 0.75, "seconds": 4.5, "memory_bytes": 1e9}
        assert copy.curves["history"].to_dict() == {
            "loss": {1: 2.0, 2: 1.0},
            "validation_macro_recall": {1: 0.5, 2: 0.75},
        }
        assert set(copy.figures) == {"roc"}


def test_a_copy_holds_ids_and_scores_but_no_text(run_id):
    with run_copy(run_id) as copy:
        assert list(copy.tables["predictions_test"]) == ["id", "label", "p_good"]
        assert copy.tables["predictions_test"]["p_good"].tolist() == [0.75, 0.25]
        assert "text" not in copy.tables["mistakes_test"]
        assert TEXT not in str({name: table.to_dict() for name, table in copy.tables.items()})


def test_a_run_that_does_not_say_what_its_model_reads_keeps_its_texts_too(store, tmp_path):
    run_id = record_run(tmp_path, key="no inputs", grid="no inputs")
    MlflowClient(record.tracking_uri()).set_tag(run_id, "textlab.inputs", "")
    with run_copy(run_id) as copy:
        assert TEXT not in str({name: table.to_dict() for name, table in copy.tables.items()})


def test_tables_about_the_data_and_executed_notebooks_stay_even_if_texts_may_leave(run_id):
    with run_copy(run_id, with_texts=True) as copy:
        assert set(copy.tables) == {"predictions_test", "mistakes_test"}
        assert copy.tables["predictions_test"]["text"].tolist() == [TEXT, TEXT]


def test_no_folder_leaves_and_the_copied_bundle_is_still_whole(run_id):
    with run_copy(run_id) as copy:
        assert copy.config["dataset"] == "file:tweets.csv?text=body"
        card = json.loads((copy.bundle / "assets.extra/card.json").read_text())
        assert card == {"dataset": "file:tweets.csv"}
        verify_manifest(copy.bundle)
        assert FOLDER not in str(copy)
    verify_manifest(record.bundle_folder(run_id))
    assert FOLDER in (record.bundle_folder(run_id) / "assets.extra/card.json").read_text()


def test_a_search_model_holds_documents_so_its_bundle_leaves_only_with_texts(store, tmp_path):
    run_id = record_run(tmp_path, task="retrieval", key="other", grid="search")
    with run_copy(run_id) as copy:
        assert copy.bundle is None
    with run_copy(run_id, with_texts=True) as copy:
        assert copy.bundle is not None


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("file:/home/ada/t.csv", "file:t.csv"),
        ("file:///home/ada/t.csv", "file:t.csv"),
        ("file:/home/ada//private/t.csv?text=body&images=/srv/ada/pictures", "file:t.csv?text=body&images=pictures"),
        ("//server/ada/t.csv", "t.csv"),
        ("~ada/private/t.csv", "t.csv"),
        ("\\\\server\\ada\\t.csv", "t.csv"),
        ("s3://bucket/a/b", "s3://bucket/a/b"),
        ("/srv/a b/t.csv", "t.csv"),
        ("~/t.csv", "t.csv"),
        ("C:\\Users\\ada\\t.csv", "t.csv"),
        ("https://example.org/a/b", "https://example.org/a/b"),
        ("tweet_eval/irony", "tweet_eval/irony"),
        ("file:data/t.csv", "file:data/t.csv"),
        ({"a": ["/x/y"]}, {"a": ["y"]}),
        (0.5, 0.5),
    ],
)
def test_only_absolute_folders_are_removed(value, left):
    assert without_folders(value) == left


def test_a_run_is_copied_once_and_again_only_if_asked(run_id):
    tracker = Notebook()
    assert [each.error for each in copy_runs([run_id], tracker)] == [""]
    tracker.kept.clear()
    assert [each.error for each in copy_runs([run_id], tracker)] == [""]
    assert not tracker.kept
    assert list(copy_runs([run_id], tracker, again=True))
    assert set(tracker.kept) == {KEY}


def test_a_tracker_that_fails_leaves_the_run_finished_and_not_marked(store, tmp_path):
    run_id = record_run(tmp_path, key="refused")
    (copied,) = copy_runs([run_id], Notebook(ConnectionError("No answer.\nDetails")))
    assert copied.error == "No answer."
    assert record.get_run(run_id).status is record.Status.DONE
    assert not [tag for tag in MlflowClient(record.tracking_uri()).get_run(run_id).data.tags if "copied" in tag]


def test_a_tracker_that_fails_twice_is_not_asked_again(store):
    ids = [finished_run(f"refused {number}") for number in range(4)]
    errors = [each.error for each in copy_runs(ids, Notebook(ConnectionError("No answer.")))]
    assert errors[:2] == ["No answer."] * 2
    assert all("was not tried after 2 failures in a row" in error for error in errors[2:])


def finished_run(key):
    run_id = record.open_run(record.prepare_store("g"), "a", "10_x", key, {"seed": 0}, key=key)
    MlflowClient(record.tracking_uri()).log_text(run_id, "1", "note")
    record.close_run(run_id, "done")
    return run_id


def test_an_unknown_run_is_named_and_the_next_one_is_copied(store):
    tracker, run_id = Notebook(), finished_run("after an unknown one")
    unknown, copied = copy_runs(["../../etc", run_id], tracker)
    assert unknown.error == "MLflow has no run '../../etc'. Look the id up in reports/<grid>/leaderboard.csv."
    assert (copied.run_id, copied.error) == (run_id, "")


def test_a_run_whose_training_has_no_steps_is_copied(store, tmp_path):
    run_id = finished_run("without steps")
    pd.DataFrame().to_csv(tmp_path / "history.csv", index=False)
    MlflowClient(record.tracking_uri()).log_artifact(run_id, str(tmp_path / "history.csv"))
    with run_copy(run_id) as copy:
        assert not copy.tables


def test_a_run_that_is_not_finished_is_not_copied(store):
    run_id = record.open_run(record.prepare_store("g"), "a", "10_x", "cell", {"seed": 0})
    tracker = Notebook()
    (copied,) = copy_runs([run_id], tracker)
    assert copied.error == f"Run {run_id} is not finished. Name a run that is done."
    assert not tracker.kept


def test_without_the_switch_nothing_is_copied(monkeypatch):
    monkeypatch.delenv("TEXTLAB_WANDB", raising=False)
    with copying() as copies:
        assert isinstance(copies, NoCopies)
        copies.add("run")


def test_a_misspelt_switch_is_refused(monkeypatch):
    monkeypatch.setenv("TEXTLAB_WANDB", "onlin")
    with pytest.raises(ValueError, match=r"TEXTLAB_WANDB is 'onlin'\. Set it to offline or online"), copying():
        pass


def test_a_missing_package_is_one_warning(monkeypatch, caplog):
    monkeypatch.setenv("TEXTLAB_WANDB", "offline")
    monkeypatch.setattr(weights_and_biases, "find_spec", lambda name: None)
    with caplog.at_level(logging.WARNING), copying() as copies:
        copies.add("run")
    (warning,) = caplog.messages
    assert "The package wandb is not installed." in warning


def test_no_notebook_reaches_the_trackers_library():
    called = [
        path.read_text(encoding="utf-8") for path in (ROOT / "src/textlab/experiment.py", *NOTEBOOKS.glob("*.ipynb"))
    ]
    assert "textlab.record" in called[0]
    assert not [source for source in called if "record.copies" in source]
    reached = reach("from textlab import record\nfrom textlab.record.notebook_run import notebook_run")
    assert not [name for name in reached.modules if name.startswith("textlab.record.copies")]
    assert "wandb" not in reached.libraries
