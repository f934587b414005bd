"""Deleting documents everywhere."""

import json
import shutil
from contextlib import closing

import pytest
from indexed import SECRET, ids, lines
from mlflow import MlflowClient

from textlab import record
from textlab.bundle_format.manifest import verify_manifest
from textlab.bundle_format.retrieval_task import INDEX
from textlab.data.github.collection import RESPONSES
from textlab.data.github.responses import Responses
from textlab.promotion.catalog import Entry, read_catalog
from textlab.promotion.forgetting import forget
from textlab.record import registry
from textlab.search import Index


def files_holding(text, *folders):
    """Files with the text, in any case; the needle is searched in the bytes of every file."""
    return [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and text.lower().encode() in path.read_bytes().lower()
    ]


@pytest.fixture
def backups(promoted, tmp_path):
    """A folder with a BEIR folder, tables, a copy of a bundle and a bare index, all of which hold the secret."""
    models = promoted("forgetting")
    folder = tmp_path / "backups"
    (folder / "beir" / "qrels").mkdir(parents=True)
    lines(
        folder / "beir" / "corpus.jsonl",
        {"_id": "ada", "text": "writes C++ servers"},
        {"_id": "qz", "title": "Quillon the Great", "text": SECRET, "metadata": {"place": "Zyxtown"}},
    )
    (folder / "beir" / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tada\t2\nq1\tqz\t1\n")
    (folder / "users.csv").write_text(f'login,bio\r\nada,"writes, C++"\r\nqz,"{SECRET}, ""really"""\r\n', newline="")
    shutil.copytree(models / "forgetting" / "1", folder / "bundle")
    shutil.copytree(models / "forgetting" / "1" / INDEX, folder / "bare")
    return folder


def test_forgotten_person_is_in_no_byte_of_any_file(command, backups, store, tmp_path):
    models = tmp_path / "models"
    others = MlflowClient(record.tracking_uri())
    assert len(files_holding("zyxomma", models, backups)) >= 7
    assert files_holding("zyxomma", store)
    command("index", "remove", "--name", "forgetting", "ada")
    code, output = command("forget", "--name", "forgetting", "qz", "--folder", str(backups))
    assert code == 0, output
    assert "models/forgetting/3 is the champion now." in output.replace("\n", "")
    assert "A running service keeps its version. Switch it with --swap URL" in output
    assert [ids(models / "forgetting" / number) for number in "123"] == [["ada", "cem"], ["cem"], ["cem"]]
    folders = [tmp_path / "models" / "forgetting", backups, *registry.version_folders("forgetting").values()]
    run_id = json.loads((models / "forgetting" / "3" / "assets.extra" / "card.json").read_text())["run_id"]
    folders.append(record.artifact(run_id, "bundle"))
    for text in ("zyxomma", "zyxtown", "quillon", "harpsichord"):
        assert files_holding(text, *folders) == []
    assert (backups / "users.csv").read_bytes() == b'login,bio\r\nada,"writes, C++"\r\n'
    assert (backups / "beir" / "qrels" / "test.tsv").read_text() == "query-id\tcorpus-id\tscore\nq1\tada\t2\n"
    for folder in (*(models / "forgetting" / number for number in "123"), backups / "bundle", folders[-1]):
        verify_manifest(folder)
    assert Index(backups / "bare").count == 2
    assert others.get_model_version_by_alias("forgetting", "champion").tags["textlab.number"] == "3"
    code, output = command("forget", "--name", "forgetting", "qz", "--folder", str(backups))
    assert code == 2
    assert "Neither a copy of 'forgetting' nor a file in the folders holds any of these documents." in output


def test_answers_of_github_are_deleted_too(backups, tmp_path):
    path = backups / RESPONSES
    with closing(Responses(path, {})) as answers:
        for login in ("ada", "QZ"):
            answers.put(f"https://api.github.com/users/{login}", "", "", {"login": login, "bio": f"bio of {login}"})
    forgotten = forget("forgetting", tmp_path / "models", ["qz"], [backups])
    assert (path, "1 answer of GitHub") in forgotten.changed
    assert files_holding("bio of qz", backups) == []
    assert files_holding("bio of ada", backups) == [path]


def test_file_that_still_holds_the_text_is_named(command, backups):
    (backups / "letter.txt").write_text(f"Dear all, {SECRET}.")
    again = next(path for path in backups.iterdir() if path.is_dir()) / ".."  # the same folder
    folders = ("--folder", str(backups), "--folder", str(again))
    code, output = command("forget", "--name", "forgetting", "qz", *folders, "--json")
    assert code == 1
    assert json.loads(output)["remaining"] == [str(backups / "letter.txt")]


def test_person_who_is_only_in_an_older_number_is_deleted_without_a_new_champion(promoted, command, tmp_path):
    models = promoted("older")
    command("index", "remove", "--name", "older", "qz")
    forgotten = forget("older", models, ["qz"])
    assert forgotten.champion is None
    assert (models / "older" / "1", "1 document") in forgotten.changed
    assert files_holding("zyxomma", models / "older") == []
    assert read_catalog(models)["older"] == Entry(2, (1,))


def test_versions_of_dvc_and_copies_on_another_tracker_are_named(promoted, tmp_path):
    models = promoted("tracked")
    (tmp_path / ".dvc").mkdir()
    (models / "tracked.dvc").write_text("outs:\n- md5: 0.dir\n  hash: md5\n  path: tracked\n")
    run_id = json.loads((models / "tracked" / "1" / "assets.extra" / "card.json").read_text())["run_id"]
    client = MlflowClient(record.tracking_uri())
    client.set_tag(run_id, "textlab.copied.wandb", "online textlab")
    forgotten = forget("tracked", models, ["qz"])
    client.delete_tag(run_id, "textlab.copied.wandb")
    of_dvc, of_tracker = sorted(forgotten.elsewhere)
    assert of_dvc.startswith(f"DVC tracks {models / 'tracked'} in {models / 'tracked.dvc'}. Record the new version")
    assert of_tracker.startswith(f"MLflow run {run_id} was copied to wandb (online textlab)")


def test_missing_folder_is_refused_before_anything_changes(promoted, tmp_path):
    models = promoted("early")
    with pytest.raises(FileNotFoundError, match=r"is not a folder\. Nothing was changed; correct the path\."):
        forget("early", models, ["qz"], [tmp_path / "nowhere"])
    assert ids(models / "early" / "1") == ["ada", "qz", "cem"]
