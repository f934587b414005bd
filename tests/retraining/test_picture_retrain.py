"""The steps of a retrain on examples with pictures: the snapshot, and the gate between two exported models."""

import pandas as pd
import pytest
from tiny_picture_model import ColoursAlone, WordsAndColours, write_picture_bundle
from tiny_pictures import COLOURS, picture, picture_dataset

from textlab.data.snapshots import snapshot_dataset
from textlab.export.bundle import Bundle
from textlab.export.reference_file import read_reference
from textlab.retraining.gate import Contest, compare
from textlab.retraining.rows import build_snapshot, read_labelled
from textlab.retraining.rules import Result

pytestmark = pytest.mark.slow  # two exports
METRIC = "macro_recall"


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """The champion reads pictures alone, the challenger texts and pictures."""
    folder = tmp_path_factory.mktemp("bundles")
    for family in (ColoursAlone, WordsAndColours):
        write_picture_bundle(folder / family.__name__, family)
    return folder / "ColoursAlone", folder / "WordsAndColours"


@pytest.fixture(scope="module")
def snapshot(bundles, tmp_path_factory):
    """The base with new labelled rows that the champion has checked."""
    folder = tmp_path_factory.mktemp("new")
    rows = []
    for row in range(8):
        (folder / f"{row}.png").write_bytes(picture(COLOURS["blue"], 500 + row))
        rows.append({"text": f"hat of the year {row}", "image": f"{row}.png", "label": "blue hat"})
    pd.DataFrame(rows).to_csv(folder / "new.csv", index=False)
    base = picture_dataset()
    new = read_labelled(folder / "new.csv", base.inputs)
    return build_snapshot(base, [new], Bundle(bundles[0]), folder / "snapshot")


def test_challenger_that_reads_more_inputs_beats_the_champion_on_the_snapshot(bundles, snapshot, monkeypatch):
    monkeypatch.setattr("textlab.export.measuring.TIMED_CALLS", 5)
    contest = Contest(*bundles, snapshot_dataset(snapshot), snapshot.newest(), METRIC, margin=0.05)
    rules, evidence = compare(contest)
    assert evidence.test.challenger > evidence.test.champion
    assert {rule.name: rule.result for rule in rules}["Fixed test set"] == Result.PASSED


def test_bundles_hold_a_reference_of_their_pictures(bundles):
    alone, both = (read_reference(folder) for folder in bundles)
    assert len(alone.measured["image"]) == len(both.measured["image"]) == 48
    assert (alone.missing, set(both.missing)) == ({}, {"text", "image"})
