import logging

import pandas as pd
import pytest
from tiny_data import tiny_multilabel_dataset

import textlab.data
from textlab.data.multilabel_dataset import MultilabelDataset


@pytest.fixture(scope="module")
def tiny() -> MultilabelDataset:
    return tiny_multilabel_dataset(per_split=8)


def changed(dataset: MultilabelDataset, split: str, labels: dict[int, object]) -> MultilabelDataset:
    frames = {name: frame.copy() for name, frame in dataset.splits()}
    frames[split]["labels"] = [labels.get(row, old) for row, old in enumerate(frames[split]["labels"])]
    return MultilabelDataset("tiny", "1", dataset.label_names, **frames)


def test_counts_say_how_often_labels_occur_alone_together_and_not_at_all(tiny: MultilabelDataset) -> None:
    assert tiny.class_counts().loc["train"].to_dict() == {"negative": 4, "positive": 4, "neutral": 4}
    sets = tiny.label_sets().loc["test"].to_dict()
    assert sets == {
        **{"examples": 8, "without_label": 1, "one_label": 3, "several_labels": 4},
        **{"labels_per_example": 1.5, "distinct_sets": 8},
    }
    together = tiny.co_occurrence()
    assert together.loc["negative", "negative"] == 4
    assert together.loc["negative", "positive"] == together.loc["positive", "negative"] == 2
    assert {"class_counts", "label_sets", "co_occurrence", "text_lengths"} == set(tiny.tables())


@pytest.mark.parametrize("wrong", [(1, 0), (0, 0), (3,), [0], (-1,), "0", None, 1])
def test_labels_must_be_a_sorted_tuple_of_known_numbers(tiny: MultilabelDataset, wrong: object) -> None:
    with pytest.raises(ValueError, match=r"split 'test': the labels of id 'test-2' are .* Write a sorted tuple"):
        changed(tiny, "test", {2: wrong})


def test_training_needs_texts_with_and_without_each_label(tiny: MultilabelDataset) -> None:
    never = {row: tuple(set(labels) - {0}) for row, labels in enumerate(tiny.train["labels"])}
    with pytest.raises(ValueError, match=r"no training example has the label\(s\) 'negative'"):
        changed(tiny, "train", never)
    always = {row: tuple(sorted({0, *labels})) for row, labels in enumerate(tiny.train["labels"])}
    with pytest.raises(ValueError, match=r"every training example has the label\(s\) 'negative', so there is nothing"):
        changed(tiny, "train", always)


def test_label_that_test_lacks_is_a_warning(tiny: MultilabelDataset, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        changed(tiny, "test", dict.fromkeys(range(8), (0, 1)))
    assert "split 'test': no example has the label(s) 'neutral'" in caplog.text


def test_digest_depends_on_the_labels_and_not_on_chance(tiny: MultilabelDataset) -> None:
    assert tiny.digest == tiny_multilabel_dataset(per_split=8).digest
    assert tiny.digest != changed(tiny, "test", {1: (0, 1)}).digest


def test_people_and_the_record_read_names_of_labels(tiny: MultilabelDataset) -> None:
    assert tiny.labelled(tiny.train)["label"].to_list()[:4] == ["(none)", "negative", "positive", "negative, positive"]
    assert list(tiny.recorded_rows()) == ["label"]


def test_one_label_is_too_few() -> None:
    frame = pd.DataFrame({"id": ["a"], "text": ["b"], "labels": [()]})
    with pytest.raises(ValueError, match=r"has the labels \['joy'\]\. Several labels per text need at least two"):
        MultilabelDataset("tiny", "1", ("joy",), frame, frame, frame)


def test_dataset_of_several_labels_is_not_taken_for_one_of_classes() -> None:
    assert textlab.data.task_of("passenger_topics") == "multilabel"
    assert textlab.data.load("passenger_topics", of=textlab.data.LabelledDataset).task == "multilabel"
    with pytest.raises(ValueError, match=r"is for the task multilabel, and one for classification is needed"):
        textlab.data.load("passenger_topics")
    with pytest.raises(ValueError, match=r"is for the task retrieval, and one for classification or multilabel is"):
        textlab.data.load("talents", of=textlab.data.LabelledDataset)
