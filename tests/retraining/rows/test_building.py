"""A snapshot holds what passed, holds out the newest labelled rows, and never a held row."""

import base64
import json
import stat

import numpy as np
import pandas as pd
import pytest
from world import LABELS, START, Champion, base_dataset, feedback, honest, read, tweets

import textlab.data
from textlab.data.preparation import Reason
from textlab.data.snapshots import read_snapshot
from textlab.retraining.rows import build_snapshot, read_labelled
from textlab.sealing import Keys, SealError, read_lines

BASE, POOL = base_dataset(), tweets(1_500, 6)
RIGHT = honest(POOL, 60)
WRONG = POOL.tail(60)


@pytest.fixture
def said(tmp_path):
    """Feedback of honest callers and of an attacker."""
    good = feedback(RIGHT["text"], RIGHT["label"].to_numpy(), [f"user {n % 20}" for n in range(60)], tmp_path / "good")
    bad = feedback(WRONG["text"], 1 - WRONG["label"].to_numpy(), ["attacker"] * len(WRONG), tmp_path / "bad")
    return read(tmp_path / "feedback.jsonl", good, bad)


def labelled(path, rows, **columns):
    names = [LABELS[label] for label in rows["label"]]
    pd.DataFrame({"text": rows["text"], "label": names, **columns}).to_csv(path, index=False)
    return read_labelled(path)


def all_texts(snapshot):
    dataset = textlab.data.load(snapshot.dataset)
    return {text for _, frame in dataset.splits() for text in frame["text"]} | set(snapshot.newest()["text"])


def test_held_row_is_in_no_table_of_the_snapshot_but_in_the_file_for_review(tmp_path, said):
    snapshot = build_snapshot(BASE, [said], Champion(), tmp_path / "made")
    used = all_texts(snapshot)
    assert not used & set(WRONG["text"])
    assert len(used & set(RIGHT["text"])) > 50
    lines = [json.loads(line) for line in (tmp_path / "made" / "held.jsonl").read_text().splitlines()]
    assert {line["text"] for line in lines} >= set(WRONG["text"]) - set(RIGHT["text"])
    assert {"decision", "id", "reason", "why", "label", "predicted", "caller"} <= set(lines[0])
    assert set(lines[0]["probabilities"]) == set(LABELS)
    assert snapshot.manifest["held"] == len(lines)


def test_rows_of_the_base_stay_and_feedback_joins_train_alone(tmp_path, said):
    snapshot = build_snapshot(BASE, [said], Champion(), tmp_path / "made")
    dataset = textlab.data.load(snapshot.dataset)
    assert dataset.test["text"].tolist() == BASE.test["text"].tolist()
    assert dataset.validation["text"].tolist() == BASE.validation["text"].tolist()
    assert dataset.train["text"].tolist()[: len(BASE.train)] == BASE.train["text"].tolist()
    assert set(dataset.train["origin"]) == {"base", "feedback"}
    assert snapshot.newest().empty


def test_latest_labelled_rows_are_held_out_and_the_others_divided_as_the_base_is(tmp_path):
    days = pd.Timestamp("2026-11-01") + pd.to_timedelta(np.arange(300) // 10, unit="D")
    new = labelled(tmp_path / "labels.csv", POOL.head(300), date=days)
    snapshot = build_snapshot(BASE, [new], Champion(), tmp_path / "made")
    rows = snapshot.manifest["rows"]
    assert snapshot.newest()["text"].isin(POOL["text"].iloc[230:300]).all()
    assert 50 <= rows["newest"] <= 65
    added = rows["train"] - len(BASE.train), rows["validation"] - len(BASE.validation)
    assert sum(added) + rows["newest"] == 300
    assert abs(added[1] / sum(added) - 400 / 600) < 0.05
    assert rows["test"] == len(BASE.test)


def test_rows_of_one_author_are_on_one_side(tmp_path):
    authors = [f"author {row % 30}" for row in range(300)]
    new = labelled(tmp_path / "labels.csv", POOL.head(300), author=authors)
    snapshot = build_snapshot(BASE, [new], Champion(), tmp_path / "made")
    author_of = dict(zip(POOL["text"].head(300), authors, strict=True))
    dataset = textlab.data.load(snapshot.dataset)
    parts = [dataset.train, dataset.validation, snapshot.newest()]
    named = [{author_of[text] for text in part["text"] if text in author_of} for part in parts]
    assert all(named)
    assert sum(map(len, named)) == len(set().union(*named))


def test_same_input_has_the_same_digest_and_another_input_another(tmp_path, said):
    first = build_snapshot(BASE, [said], Champion(), tmp_path / "first")
    assert build_snapshot(BASE, [said], Champion(), tmp_path / "second").digest == first.digest
    new = labelled(tmp_path / "labels.csv", POOL.head(300))
    assert build_snapshot(BASE, [said, new], Champion(), tmp_path / "third").digest != first.digest
    assert textlab.data.load(first.dataset).digest == first.digest == read_snapshot(first.folder).digest


def test_released_row_enters_and_replaces_the_label_in_train(tmp_path):
    row = BASE.train.iloc[3]
    other = LABELS[1 - row["label"]]
    new = read(tmp_path / "f.jsonl", [json.dumps({"text": row["text"], "label": other, "time": START, "caller": "a"})])
    held = build_snapshot(BASE, [new], Champion(), tmp_path / "made")
    assert held.manifest["held"] == 1
    decisions = {new.frame["id"].iloc[0]: "release"}
    released = build_snapshot(BASE, [new], Champion(), tmp_path / "made", decisions=decisions)
    train = textlab.data.load(released.dataset).train
    assert train.loc[train["text"] == row["text"], "label"].tolist() == [1 - row["label"]]
    assert (released.manifest["held"], released.manifest["corrected"]) == (0, 1)


def test_rejected_row_stays_out_and_is_not_held_again(tmp_path, said):
    decisions = dict.fromkeys(said.frame.loc[said.frame["caller"] == "attacker", "id"], "reject")
    snapshot = build_snapshot(BASE, [said], Champion(), tmp_path / "made", decisions=decisions)
    assert not all_texts(snapshot) & set(WRONG["text"])
    assert snapshot.manifest["left_out_counts"]["feedback"][str(Reason.REJECTED)] == len(WRONG)


def test_account_of_the_dataset_adds_up_without_a_private_text(tmp_path, said):
    snapshot = build_snapshot(BASE, [said], Champion(), tmp_path / "made")
    dataset = textlab.data.load(snapshot.dataset)
    assert dataset.preparation.rows_kept == sum(len(frame) for _, frame in dataset.splits())
    assert set(dataset.preparation.dropped["text"]) == {""}
    manifest = (tmp_path / "made" / "manifest.json").read_text()
    assert not [text for text in [*RIGHT["text"], *WRONG["text"]] if text in manifest]


def test_only_the_owner_may_read_a_snapshot(tmp_path, said):
    folder = build_snapshot(BASE, [said], Champion(), tmp_path / "made").folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_with_keys_no_text_is_in_the_clear_and_only_the_key_opens_the_rows(tmp_path, said, monkeypatch):
    secret = base64.b64encode(bytes(range(32))).decode()
    keys = Keys.from_environment({"TEXTLAB_SEAL_KEYS": f"k1:{secret}"})
    snapshot = build_snapshot(BASE, [said], Champion(), tmp_path / "made", keys=keys)
    content = b"".join(path.read_bytes() for path in snapshot.folder.iterdir())
    word = RIGHT["text"].iloc[0].split()[0].encode()
    assert word not in content
    assert b"PAR1" not in content
    monkeypatch.delenv("TEXTLAB_SEAL_KEYS", raising=False)
    with pytest.raises(SealError, match=r"is sealed\. Set TEXTLAB_SEAL_KEYS to its key"):
        textlab.data.load(snapshot.dataset)
    monkeypatch.setenv("TEXTLAB_SEAL_KEYS", f"k1:{base64.b64encode(bytes(32)).decode()}")
    with pytest.raises(SealError):
        textlab.data.load(snapshot.dataset)
    monkeypatch.setenv("TEXTLAB_SEAL_KEYS", f"k1:{secret}")
    assert textlab.data.load(snapshot.dataset).digest == snapshot.digest
    assert len(list(read_lines(snapshot.folder / "held.jsonl", "held", keys))) == snapshot.manifest["held"]
