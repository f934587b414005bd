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


def test_splits_come_by_name_and_in_order() -> None:
    assert [(name, len(rows)) for name, rows in dataset().splits()] == [
        ("train", 4),
        ("validation", 4),
        ("test", 4),
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label_names": ("no",)}, r"has the classes \['no'\]; a classifier needs at least two"),
        ({"test": frame("test").drop(columns="id")}, r"split 'test': the column\(s\) \['id'\] are missing"),
        ({"validation": frame("validation", 0)}, r"split 'validation': it has no rows"),
        ({"train": changed("train", 1, "text", " ")}, r"split 'train': the text of id 'train-1' is empty"),
        ({"test": changed("test", 0, "label", 2)}, r"split 'test': labels must be 0 to 1"),
        ({"train": frame("train").assign(label=0)}, r"no training text has the label\(s\) \['yes'\]"),
        ({"test": changed("test", 0, "id", "train-0")}, r"the id 'train-0' comes twice"),
        ({"test": changed("test", 0, "text", "text train-1")}, r"a text stands in both 'train' and 'test'"),
    ],
)
def test_what_breaks_the_contract_is_refused(changes: dict[str, object], message: str) -> None:
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


def test_dataset_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        dataset().version = "2"  # type: ignore[misc]


def test_class_that_a_split_lacks_is_logged_without_texts(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="textlab.data"):
        renamed = dataset(validation=frame("validation").assign(label=0)).named("other")
    assert renamed.name == "other"
    assert caplog.messages == [
        "Dataset 'tiny', split 'validation': no text has the label(s) ['yes']; scores there say nothing about them."
    ]


def test_datasets_are_compared_by_identity_and_can_be_hashed() -> None:
    one, other = dataset(), dataset()
    assert (one == other, one == one.named("tiny"), one.digest == other.digest) == (False, False, True)
    assert len({one, one, other}) == 2
