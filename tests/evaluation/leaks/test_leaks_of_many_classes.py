"""Checks whose time grows with the classes take the largest ones."""

import numpy as np
import pandas as pd

from textlab.data.dataset import Dataset
from textlab.evaluation.leaks import label_agreement, shortcuts
from textlab.evaluation.leaks.label_agreement import check_labels
from textlab.evaluation.leaks.shortcuts import find_shortcuts

NAMES = tuple(f"topic{number}" for number in range(40))


def titles() -> Dataset:
    """Texts of forty classes, each with its own word; a class with a higher number has more training texts."""
    frames = {}
    for split in ("train", "validation", "test"):
        labels = np.repeat(np.arange(40), [4 + label // 2 if split == "train" else 3 for label in range(40)])
        texts = [f"the {split} of {NAMES[label]} in row {'ab' * (row % 9)}" for row, label in enumerate(labels)]
        ids = [f"{split}-{row}" for row in range(len(labels))]
        frames[split] = pd.DataFrame({"id": ids, "text": texts, "label": labels})
    return Dataset("titles", "1", NAMES, **frames)


def test_labels_of_the_largest_classes_are_checked(monkeypatch):
    monkeypatch.setattr(label_agreement, "MOST_CLASSES", 6)
    dataset = titles()
    found = check_labels(dataset)
    assert found.scores.loc["train", "texts"] == (dataset.train["label"] >= 34).sum()
    assert found.scores.loc["test", "texts"] == 18
    assert found.scores["from_train"].min() > 0.9
    assert found.concerns == ()


def test_numbers_of_the_largest_classes_are_tested(monkeypatch):
    tested = []

    def separation(values, labels, classes):
        tested.append(labels.sum())
        return 0.0

    monkeypatch.setattr(shortcuts, "separation", separation)
    monkeypatch.setattr(shortcuts, "MOST_CLASSES", 2)
    find_shortcuts(titles())
    assert set(tested) == {23}  # texts of each of the two largest classes
