"""Sections of a report on forty classes name a few of them and count the others."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from textlab.evaluation.classification.predictions import predictions_frame
from textlab.report.classification import sections

NAMES = [f"class-{number:02d}" for number in range(40)]


@pytest.fixture
def findings():
    """Two models on three texts of each class; both take every text of class 5 for class 6."""
    labels = np.arange(120) % 40
    examples = pd.DataFrame({"id": [f"t{row}" for row in range(120)], "text": "a title", "label": labels})
    frame = predictions_frame(examples, np.eye(40)[np.where(labels == 5, 6, labels)], NAMES)
    entry = SimpleNamespace(
        test=frame, validation=frame, model="bert", run=SimpleNamespace(dataset="titles", dataset_version="1")
    )
    champion = SimpleNamespace(name="bert")
    return SimpleNamespace(
        champion=champion,
        comparison=SimpleNamespace(noun="texts"),
        champion_entry=entry,
        label_names=NAMES,
        drawn={"bert": frame, "lstm": frame},
        representatives={"bert": entry, "lstm": entry},
        entries={"bert": entry, "lstm": entry},
        leaderboard=[1, 2],
        runs=[],
        rare_classes=[],
        left_out=[],
        primary="macro_recall",
    )


def test_question_counts_the_classes(findings):
    html = sections.question(findings).html
    assert "Which of 2 models best separates 40 classes, such as class-00 and class-01?" in html
    assert "120 texts: 40 classes, from 2.5% class-00 to 2.5% class-39" in html
    assert "class-20" not in html


def test_scores_are_those_of_the_worst_and_the_best_classes(findings):
    html = sections.classes(findings).html
    assert "Over 40 classes, bert has a median F1 of 100.0. It finds no text of 1 of them." in html
    assert "the 10 classes with the lowest F1 and the 10 with the highest" in html
    assert html.count("class-") == 20
    assert html.index("class-05") < html.index("class-06") < html.index("class-00")


def test_mistakes_are_those_of_the_most_confused_pairs(findings):
    html = sections.mistakes(findings).html
    assert "class-05 texts predicted as class-06 (3 of 3)" in html
    assert "Wrong in all 2 models (3 texts)" in html
    assert "False positives" not in html
