"""The DVC revision of a dataset is found in DVC's files, and is the version that is on this machine."""

import subprocess

import pytest

from textlab import paths
from textlab.data.revisions import DataRevision, data_revisions

TEXT = "text,label\nlovely,1\n"
MD5 = "1ab73f0011a623a5151d4327ad01a160"
FOLDER_MD5 = "c74521d179200d09176f344adf59e5ad.dir"


def git(folder, *words):
    command = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@example.org", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def tracking(path, md5):
    return f"outs:\n- md5: {md5}\n  size: 20\n  hash: md5\n  path: {path}\n"


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A git repository with DVC's folder, and a table that DVC tracks but that git has not committed."""
    folder = tmp_path.resolve()
    git(folder, "init", "--quiet")
    (folder / ".dvc").mkdir()
    (folder / "data").mkdir()
    (folder / "data" / "tweets.csv").write_text(TEXT)
    (folder / "data" / "tweets.csv.dvc").write_text(tracking("tweets.csv", MD5))
    monkeypatch.setattr(paths, "ROOT", folder)
    monkeypatch.setattr(paths, "RAW_DATA", folder / "data" / "raw")
    monkeypatch.delenv("TEXTLAB_MIRROR", raising=False)
    return folder


def commit(folder):
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "Data")
    return git(folder, "rev-parse", "HEAD")


def test_a_tracked_table_has_its_md5_and_the_commit_that_holds_it(repository):
    first = commit(repository)
    (repository / "later.txt").touch()
    commit(repository)
    (revision,) = data_revisions("file:data/tweets.csv?text=text")
    assert revision == DataRevision("data/tweets.csv", MD5, "data/tweets.csv.dvc", first)


def test_a_version_that_git_does_not_hold_has_no_commit(repository):
    assert [revision.commit for revision in data_revisions("file:data/tweets.csv")] == [""]
    commit(repository)
    (repository / "data" / "tweets.csv").write_text("")
    (repository / "data" / "tweets.csv.dvc").write_text(tracking("tweets.csv", "d41d8cd98f00b204e9800998ecf8427e"))
    assert [revision.commit for revision in data_revisions("file:data/tweets.csv")] == [""]


def test_a_table_that_was_edited_has_no_revision_and_a_warning_says_what_to_do(repository, caplog):
    (repository / "data" / "tweets.csv").write_text(TEXT + "rude,0\n")
    assert data_revisions("file:data/tweets.csv") == ()
    assert "differs from the version in" in caplog.text
    assert "dvc add" in caplog.text


def test_a_dataset_in_a_folder_that_a_stage_writes_has_the_md5_of_the_folder(repository):
    folder = repository / "data" / "raw" / "tweet_eval" / "irony"
    (folder / "b").mkdir(parents=True)
    (folder / "a.txt").write_text("one\n")
    (folder / "b" / "c.txt").write_text("two\n")
    (folder / "b-c.txt").write_text("three\n")
    out = f"  fetch:\n    outs:\n    - {{path: data/raw/tweet_eval/irony, hash: md5, md5: {FOLDER_MD5}}}\n"
    (repository / "dvc.lock").write_text(f"schema: '2.0'\nstages:\n{out}")
    (revision,) = data_revisions("tweet_eval/irony")
    assert (revision.path, revision.md5, revision.tracked_in) == ("data/raw/tweet_eval/irony", FOLDER_MD5, "dvc.lock")
    (folder / "new.txt").touch()
    assert data_revisions("tweet_eval/irony") == ()


def test_files_of_the_mirror_have_no_revision(repository, monkeypatch):
    (repository / "data" / "raw" / "airline").mkdir(parents=True)
    (repository / "data" / "raw" / "airline" / "Tweets.csv").write_text(TEXT)
    (repository / "data" / "raw" / "airline" / "Tweets.csv.dvc").write_text(tracking("Tweets.csv", MD5))
    assert [revision.path for revision in data_revisions("airline")] == ["data/raw/airline/Tweets.csv"]
    monkeypatch.setenv("TEXTLAB_MIRROR", str(repository))
    assert data_revisions("airline") == ()


def test_generated_and_untracked_data_and_broken_files_of_dvc_have_no_revision(repository):
    assert data_revisions("air_paradis") == ()
    (repository / "data" / "tweets.csv.dvc").write_text("outs: [")
    (repository / "dvc.lock").write_text("[]")
    assert data_revisions("file:data/tweets.csv") == ()


def test_a_file_of_dvc_that_is_no_text_ends_no_training(repository):
    (repository / "data" / "tweets.csv.dvc").write_bytes(b"outs: \xff")
    commit(repository)
    assert data_revisions("file:data/tweets.csv") == ()
    (repository / "data" / "tweets.csv.dvc").write_text(tracking("tweets.csv", MD5))
    assert [revision.commit for revision in data_revisions("file:data/tweets.csv")] == [""]


def test_an_md5_of_dvc_2_is_not_taken_for_that_of_the_bytes(repository):
    (repository / "data" / "tweets.csv.dvc").write_text(f"outs:\n- md5: {MD5}\n  path: tweets.csv\n")
    assert data_revisions("file:data/tweets.csv") == ()


def test_a_folder_without_dvc_has_no_revision(repository):
    (repository / ".dvc").rmdir()
    assert data_revisions("file:data/tweets.csv") == ()


def test_dataset_that_was_made_by_hand_has_no_revision():
    assert data_revisions("made-by-hand") == ()
