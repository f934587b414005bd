import logging
from dataclasses import FrozenInstanceError

import pandas as pd
import pytest

from textlab.data import Dataset


def frame(prefix: str, rows: int = 4) -> pd.DataFrame:
    ids = [f"{prefix}-{number}" for number in range(rows)]
    return pd.DataFrame({"id": ids, "text": [f"text {id_}" for id_ in ids], "label": [n % 2 for n in range(rows)]})


def dataset(**changes: object) -> Dataset:
    fields = {
        "name": "tiny",
        "version": "1",
        "label_names": ("no", "yes"),
        "train": frame("train"),
        "validation": frame("validation"),
        "test": frame("test"),
    }
    return Dataset(**(fields | changes))  # type: ignore[arg-type]


def changed(prefix: str, row: int, column: str, value: object) -> pd.DataFrame:
    copy = frame(prefix)
    copy.loc[row, column] = value
    return copy


def test_splits_are_named_and_in_order() -> None:
    assert [(name, len(rows)) for name, rows in dataset().splits()] == [
        ("train", 4),
        ("validation", 4),
        ("test", 4),
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label_names": ("no",)}, r"has the classes \['no'\]\. A classifier needs at least two"),
        ({"test": frame("test").drop(columns="id")}, r"split 'test': the column\(s\) \['id'\] are missing"),
        ({"validation": frame("validation", 0)}, r"split 'validation': it has no rows"),
        ({"train": changed("train", 1, "text", " ")}, r"split 'train': the text of id 'train-1' is empty"),
        (
            {"train": changed("train", 1, "text", None)},
            r"the text of id 'train-1' has the type float\. Write a",
        ),
        (
            {"test": changed("test", 0, "label", 2)},
            r"split 'test': a label is not the index of a class\. Number",
        ),
        ({"train": frame("train").assign(label=0)}, r"no training example has the label\(s\) 'yes'"),
        ({"test": changed("test", 0, "id", "train-0")}, r"the id 'train-0' occurs twice"),
        ({"test": changed("test", 0, "text", "text train-1")}, r"an example occurs in both 'train' and 'test'"),
    ],
)
def test_invalid_dataset_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataset(**changes)


def test_digest_depends_on_content_and_not_on_the_name() -> None:
    digest = dataset().digest
    assert len(digest) == 64
    assert dataset(name="other", version="2").digest == digest
    for changes in (
        {"label_names": ("yes", "no")},
        {"train": changed("train", 0, "text", "another text")},
        {"test": changed("test", 0, "label", 1)},
        {"test": changed("test", 0, "id", "another")},
        {"test": frame("test").assign(tags="negation")},
        {"test": frame("test")[::-1]},
    ):
        assert dataset(**changes).digest != digest


def two_inputs(**changes: object) -> Dataset:
    frames = {split: frame(split).assign(airline=["united", "delta"] * 2) for split in ("train", "validation", "test")}
    return dataset(**({"inputs": ("text", "airline")} | frames | changes))


def test_digest_of_text_alone_is_the_one_that_earlier_runs_recorded() -> None:
    assert dataset().digest == "ab0ee9ef812358cd63a1124225c41f380d55ef98aaf2ed926d628eb8ad230098"


def test_digest_covers_every_input_and_its_name() -> None:
    digest = two_inputs().digest
    assert digest != dataset().digest
    assert two_inputs().digest == digest
    changed_airline = frame("train").assign(airline=["united", "united", "delta", "delta"])
    renamed = {split: rows.rename(columns={"airline": "carrier"}) for split, rows in two_inputs().splits()}
    for changes in ({"train": changed_airline}, renamed | {"inputs": ("text", "carrier")}):
        assert two_inputs(**changes).digest != digest


def test_column_that_is_no_input_does_not_change_the_digest() -> None:
    assert dataset(train=frame("train").assign(airline="united")).digest == dataset().digest


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"test": frame("test")}, r"split 'test': the column\(s\) \['airline'\] are missing"),
        (
            {"train": frame("train").assign(text=["", "a", "b", "c"], airline=["", "d", "e", ""])},
            "the text and the airline of id 'train-0' is empty",
        ),
        ({"inputs": ()}, r"has the inputs \[\]\. Name at least one column"),
        ({"inputs": ("text", "label")}, "other than id, label, labels, tags, group and time"),
        ({"inputs": ("text", "text")}, "each once"),
    ],
)
def test_every_input_is_checked(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        two_inputs(**changes)


def test_one_of_two_inputs_may_be_blank() -> None:
    assert two_inputs(train=frame("train").assign(airline=["", "a", "b", "c"]))


def test_same_text_with_another_second_input_is_another_example() -> None:
    test = frame("test").assign(airline="united")
    test.loc[0, "text"] = "text train-1"
    assert two_inputs(test=test)
    test.loc[0, "airline"] = "delta"
    with pytest.raises(ValueError, match="an example occurs in both 'train' and 'test'"):
        two_inputs(test=test)


def test_dataset_that_lacks_an_input_of_a_model_is_refused_before_training() -> None:
    both = two_inputs()
    assert both.require(["airline"]) is both
    message = "has no input picture; it has text. Choose a dataset with text, picture, or a model that reads less"
    with pytest.raises(ValueError, match=message):
        dataset().require(["text", "picture"])


def test_rows_for_people_hold_every_input_and_the_name_of_the_class() -> None:
    assert two_inputs().labelled(frame("train").assign(airline="united")).iloc[0].to_dict() == {
        "text": "text train-0",
        "airline": "united",
        "label": "no",
    }


def test_dataset_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        dataset().version = "2"  # type: ignore[misc]


def test_class_missing_from_a_split_is_logged_without_any_text(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="textlab.data"):
        renamed = dataset(validation=frame("validation").assign(label=0)).named("other")
    assert renamed.name == "other"
    assert caplog.messages == [
        "Dataset 'tiny', split 'validation': no example has the label(s) 'yes', so its scores do not cover them."
    ]


def test_datasets_are_compared_by_identity_and_can_be_hashed() -> None:
    one, other = dataset(), dataset()
    assert (one == other, one == one.named("tiny"), one.digest == other.digest) == (False, False, True)
    assert len({one, one, other}) == 2
