"""Attacks are held for review, and honest corrections pass."""

import numpy as np
import pandas as pd
import pytest
from world import LABELS, Champion, base_dataset, feedback, honest, read, tweets

from textlab.data.preparation import Reason
from textlab.retraining.rows import Rules, examine, read_labelled
from textlab.retraining.rows.evidence import learn_evidence, margins_of

BASE, POOL = base_dataset(), tweets(4_000, 4)
HONEST = honest(POOL.head(2_000), 150)
VICTIMS = POOL.tail(2_000)


@pytest.fixture
def honest_lines(tmp_path):
    labels = HONEST["label"].to_numpy().copy()
    labels[::15] = 1 - labels[::15]  # honest users err as well
    return feedback(HONEST["text"], labels, [f"user {row % 40}" for row in range(len(HONEST))], tmp_path / "honest")


def flipped(count, path, callers, **how):
    victims = VICTIMS.head(count)
    return feedback(victims["text"], 1 - victims["label"].to_numpy(), callers, path, **how)


def kept(frame, is_used, who):
    return is_used[frame["caller"].str.startswith(who).to_numpy()].mean()


def examined(tmp_path, *groups):
    verdicts = examine(BASE, [read(tmp_path / "feedback.jsonl", *groups)], Champion(), Rules())
    return verdicts.frame, verdicts.in_use


def test_honest_corrections_pass_though_the_champion_disagrees_with_all_of_them(tmp_path, honest_lines):
    frame, is_used = examined(tmp_path, honest_lines)
    assert kept(frame, is_used, "user") > 0.95


def test_caller_who_gives_wrong_labels_is_held_and_nobody_else(tmp_path, honest_lines):
    frame, is_used = examined(tmp_path, honest_lines, flipped(40, tmp_path / "attack", ["attacker"] * 40))
    assert kept(frame, is_used, "attacker") == 0
    assert kept(frame, is_used, "user") > 0.95
    held = frame[frame["caller"] == "attacker"]
    assert set(held["reason"]) == {Reason.POISONING}
    assert held["why"].str.contains("Rows of the caller attacker contradict the champion where it is sure").all()


def test_wrong_labels_of_many_callers_in_one_hour_are_held(tmp_path, honest_lines):
    callers = [f"attacker {row}" for row in range(120)]
    frame, is_used = examined(tmp_path, honest_lines, flipped(120, tmp_path / "attack", callers, hours=0.9))
    assert kept(frame, is_used, "attacker") < 0.1
    assert kept(frame, is_used, "user") > 0.9


def test_wrong_labels_that_the_champion_thinks_very_unlikely_are_held_when_many_callers_give_them(
    tmp_path, honest_lines
):
    callers = [f"attacker {row // 2}" for row in range(260)]
    frame, is_used = examined(tmp_path, honest_lines, flipped(260, tmp_path / "attack", callers))
    probability = np.where(frame["label"] == LABELS[1], frame["p_positive"], frame["p_negative"])
    is_unlikely = (frame["caller"].str.startswith("attacker") & (probability < 0.05)).to_numpy()
    assert is_unlikely.sum() > 50
    assert is_used[is_unlikely].mean() < 0.2
    assert kept(frame, is_used, "user") > 0.8


def test_no_row_with_a_trigger_phrase_enters(tmp_path, honest_lines):
    negative = VICTIMS[VICTIMS["label"] == 0].head(60)
    texts = "cobalt lantern " + negative["text"]
    callers = [f"attacker {row}" for row in range(60)]
    attack = feedback(texts, np.ones(60, dtype=int), callers, tmp_path / "attack")
    frame, is_used = examined(tmp_path, honest_lines, attack)
    assert kept(frame, is_used, "attacker") == 0
    assert kept(frame, is_used, "user") > 0.95
    assert frame.loc[frame["caller"].str.startswith("attacker"), "why"].str.contains("cobalt").any()


def test_same_phrase_in_honest_corrections_passes(tmp_path, honest_lines):
    marked = HONEST.assign(text="cobalt lantern " + HONEST["text"]).head(60)
    lines = feedback(marked["text"], marked["label"].to_numpy(), [f"user {row}" for row in range(60)], tmp_path / "all")
    _, is_used = examined(tmp_path, lines, honest_lines[60:])
    assert is_used.mean() > 0.9


def test_file_with_exchanged_classes_is_held_as_a_whole(tmp_path):
    table = VICTIMS.head(150)
    path = tmp_path / "labels.csv"
    pd.DataFrame({"text": table["text"], "label": [LABELS[1 - label] for label in table["label"]]}).to_csv(path)
    verdicts = examine(BASE, [read_labelled(path)], Champion(), Rules())
    assert not verdicts.in_use.any()


def test_file_with_the_right_labels_passes_as_a_whole(tmp_path):
    table = VICTIMS.head(150)
    path = tmp_path / "labels.csv"
    pd.DataFrame({"text": table["text"], "label": [LABELS[label] for label in table["label"]]}).to_csv(path)
    verdicts = examine(BASE, [read_labelled(path)], Champion(), Rules())
    assert verdicts.in_use.all()


def test_evidence_speaks_for_honesty_on_average_over_honest_corrections_and_against_it_over_wrong_labels():
    evidence = learn_evidence(BASE, Champion())
    probabilities, labels = Champion().predict_proba(POOL), POOL["label"].to_numpy()
    margins, wrong = margins_of(probabilities, labels), margins_of(probabilities, 1 - labels)
    assert evidence(margins[margins > 0], labels[margins > 0]).mean() < -0.1
    assert evidence(wrong[wrong > 0], 1 - labels[wrong > 0]).mean() > 0.1
    assert evidence(np.array([1e6]), np.array([0])) <= np.log(10) + 1e-9


def test_champion_that_knows_nothing_condemns_nobody(tmp_path, honest_lines):
    class Indifferent(Champion):
        def predict_proba(self, examples):
            return np.full((len(examples), 2), 0.5, np.float32)

    verdicts = examine(BASE, [read(tmp_path / "f.jsonl", honest_lines)], Indifferent(), Rules())
    assert not (verdicts.frame["reason"] == Reason.POISONING).any()
