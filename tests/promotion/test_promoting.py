"""Only sound models are promoted. A promotion takes effect completely or not at all."""

import json
import multiprocessing
import os
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

from textlab import record
from textlab.bundle_format.manifest import verify_manifest
from textlab.promotion import champion
from textlab.promotion.catalog import promoted_folder, promoted_numbers, read_catalog
from textlab.promotion.champion import promote, roll_back
from textlab.record import registry


@pytest.fixture
def models(tmp_path):
    return tmp_path / "models"


def aliases(name):
    """The folder number of each alias of a registered model."""
    client = MlflowClient(record.tracking_uri())
    versions = client.get_registered_model(name).aliases
    return {
        alias: int(client.get_model_version(name, version).tags[registry.NUMBER]) for alias, version in versions.items()
    }


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_second_promotion_becomes_the_champion_and_the_first_becomes_the_previous_one(new_run, models):
    first, second = new_run(), new_run()
    client = MlflowClient(record.tracking_uri())
    before = client.get_run(second).info
    assert promote(first, "two", models).previous is None
    promoted = promote(second, "two", models)
    assert (promoted.folder, promoted.previous) == (models / "two" / "2", 1)
    assert json.loads((models / "catalog.json").read_text()) == {"two": {"champion": 2, "previous": 1, "before": [1]}}
    assert aliases("two") == {"champion": 2, "previous": 1}
    assert sorted(path.name for path in models.iterdir()) == [".lock", "catalog.json", "two"]
    verify_manifest(promoted.folder)
    card = json.loads((promoted.folder / "assets.extra/card.json").read_text())
    low, high = card["intervals"]["test_accuracy"]
    assert 0 <= low < high <= 1
    assert (card["model"], card["promoted"]["name"], card["promoted"]["number"]) == ("lengths", "two", 2)
    after = client.get_run(second).info  # registering does not reopen it
    assert (after.status, after.end_time) == (before.status, before.end_time)


def test_registered_champion_accepts_strings_and_contains_no_pickle(new_run, models):
    import mlflow

    promote(new_run(), "registered", models)
    mlflow.set_tracking_uri(record.tracking_uri())
    model = mlflow.pyfunc.load_model("models:/registered@champion")
    answer = model.predict(["hi", "x" * 39])
    assert answer["predicted"].tolist() == ["short", "long"]
    np.testing.assert_allclose(answer[["p_short", "p_long"]].sum(axis=1), 1, atol=1e-6)
    assert model.predict("hi")["predicted"].tolist() == ["short"]
    folder = Path(mlflow.artifacts.download_artifacts("models:/registered@champion"))
    suffixes = {path.suffix for path in folder.rglob("*") if path.is_file()}
    assert ".pb" in suffixes
    assert not suffixes & {".pkl", ".pickle", ".joblib"}


def test_rollback_undoes_promotions_one_by_one_and_no_number_is_used_twice(new_run, models):
    run_id = new_run()
    for _ in range(3):
        promote(run_id, "back", models)
    assert roll_back("back", models).folder == models / "back" / "2"
    assert aliases("back") == {"champion": 2, "previous": 1}
    assert roll_back("back", models).previous is None
    assert aliases("back") == {"champion": 1}
    with pytest.raises(ValueError, match="'back' cannot be rolled back: number 1 is its first champion"):
        roll_back("back", models)
    assert promote(run_id, "back", models).folder.name == "4"
    assert read_catalog(models)["back"].before == (1,)


def test_rollback_to_a_damaged_bundle_is_refused(new_run, models):
    run_id = new_run()
    promote(run_id, "gone", models)
    promote(run_id, "gone", models)
    (models / "gone" / "1" / "saved_model.pb").unlink()
    with pytest.raises(ValueError, match=r"missing: saved_model\.pb"):
        roll_back("gone", models)
    assert read_catalog(models)["gone"].champion == 2


def tampered(bundle, folder):
    copy = shutil.copytree(bundle, folder / "bundle")
    content = bytearray((copy / "saved_model.pb").read_bytes())
    content[len(content) // 2] ^= 1
    (copy / "saved_model.pb").write_bytes(bytes(content))
    return copy


def swapped(frame):
    return frame.assign(p_short=frame["p_long"], p_long=frame["p_short"])


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda new, **_: new(folder=None), "neither the folder of a bundle nor an MLflow run that logged one"),
        (lambda new, bundle, tmp, **_: new(folder=tampered(bundle, tmp)), "does not match its manifest"),
        (lambda new, frames, **_: new(frames={"test": frames["test"]}), r"has no predictions_validation\.parquet"),
        (lambda new, frames, **_: new(frames=frames | {"test": frames["test"].assign(p_short=np.nan)}), "NaN"),
        (
            lambda new, frames, **_: new(frames=frames | {"validation": swapped(frames["validation"])}),
            "differs from the run's predictions by",
        ),
        (lambda new, **_: new(status="running"), "is not finished but 'running'"),
        (lambda new, **_: "0" * 32, "MLflow has no run '0000"),
    ],
)
def test_unsound_run_is_refused_and_nothing_changes(new_run, bundle, predictions, models, tmp_path, run, message):
    name = f"refused{abs(hash(message))}"
    promote(new_run(), name, models)
    before, registered = files(models), aliases(name)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        promote(run(new_run, bundle=bundle, frames=predictions, tmp=tmp_path), name, models)
    assert (files(models), aliases(name)) == (before, registered)
    assert len(registry.taken_numbers(name)) == 2  # MLflow's number and the folder's number of one version


@pytest.mark.parametrize("name", ["", "a/b", "..", "../up", ".hidden", "catalog.json", "a b", "x" * 65, "ü"])
def test_invalid_name_is_refused_before_anything_is_read(name, models):
    with pytest.raises(ValueError, match="is not a valid model name"):
        promote("no run", name, models)
    with pytest.raises(ValueError, match="is not a valid model name"):
        roll_back(name, models)
    assert not models.exists()


@pytest.mark.parametrize("content", ["", "[]", '{"x": 3}', '{"x": {"champion": "3"}}', '{"x": {}}'])
def test_damaged_catalog_is_refused_and_left_as_it_is(new_run, models, content):
    models.mkdir()
    (models / "catalog.json").write_text(content)
    with pytest.raises(ValueError, match=r"catalog\.json is damaged"):
        promote(new_run(), "x", models)
    assert (models / "catalog.json").read_text() == content
    assert promoted_numbers(models, "x") == []


# Processes that have not run TensorFlow. They skip the check of the bundle's answers.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["textlab.promotion.champion", "mlflow.pyfunc"])


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def promote_in_process(uri, run_id, name, models, dies_at=None, patience=0.0):
    os.environ["MLFLOW_TRACKING_URI"] = uri
    register, stage = registry.register, champion._stage

    def register_and_die(*arguments):
        register(*arguments)
        die()

    def stage_slowly(*arguments):
        time.sleep(patience)
        return stage(*arguments)

    champion.check_answers = lambda *_: None
    champion._stage = stage_slowly
    if dies_at == "registered":
        registry.register = register_and_die
    elif dies_at == "catalog half written":
        Path.replace = die
    elif dies_at == "set_aliases":
        registry.set_aliases = die
    elif dies_at:
        setattr(champion, dies_at, die)
    promote(run_id, name, models)


@pytest.mark.parametrize(
    ("dies_at", "champion"),
    [
        pytest.param("write_manifest", 1, marks=pytest.mark.slow),
        pytest.param("check_answers", 1, marks=pytest.mark.slow),  # leaves what write_manifest leaves
        pytest.param("registered", 1, marks=pytest.mark.slow),
        pytest.param("_put_into_effect", 1, marks=pytest.mark.slow),  # leaves what registered leaves
        ("catalog half written", 1),
        pytest.param("set_aliases", 2, marks=pytest.mark.slow),
    ],
)
def test_killed_promotion_leaves_a_valid_state_and_the_next_promotion_succeeds(new_run, models, dies_at, champion):
    run_id, name = new_run(), "killed-" + dies_at.strip("_").replace(" ", "-")
    promote(run_id, name, models)
    arguments = (record.tracking_uri(), run_id, name, models, dies_at)
    killed = SERVER.Process(target=promote_in_process, args=arguments)
    killed.start()
    killed.join(240)
    assert killed.exitcode == -signal.SIGKILL
    assert read_catalog(models)[name].champion == champion
    for number in promoted_numbers(models, name):
        verify_manifest(models / name / str(number))
    promoted = promote(run_id, name, models)
    assert promoted_folder(models, name) == promoted.folder
    assert promoted.previous == champion
    assert aliases(name) == {"champion": int(promoted.folder.name), "previous": champion}
    assert sorted(path.name for path in models.iterdir()) == [".lock", "catalog.json", name]


def test_two_simultaneous_promotions_take_effect_one_after_the_other(new_run, models):
    arguments = (record.tracking_uri(), new_run(), "both", models, None, 0.5)
    both = [SERVER.Process(target=promote_in_process, args=arguments) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(240)
    assert [process.exitcode for process in both] == [0, 0]
    assert promoted_numbers(models, "both") == [1, 2]
    assert json.loads((models / "catalog.json").read_text())["both"] == {"champion": 2, "previous": 1, "before": [1]}
    assert aliases("both") == {"champion": 2, "previous": 1}
