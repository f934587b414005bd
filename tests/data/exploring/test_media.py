"""Pictures in the exploration of a dataset, and datasets without texts."""

import pytest
from rich.console import Console

from tests.tiny_data import tiny_dataset
from tests.tiny_pictures import LABEL_NAMES, picture_dataset
from textlab.data.exploring import media
from textlab.data.exploring.description import description
from textlab.data.exploring.exploration import corpus

BOTH, ALONE = ("text", "image"), ("image",)


def without_first_picture(dataset):
    dataset.train.loc[dataset.train.index[0], "image"] = ""
    return dataset


def test_missing_values_are_counted():
    counts = media.input_counts(without_first_picture(picture_dataset()))
    assert counts.loc["train, image"].to_dict() == {"present": 47, "missing": 1, "distinct": 47}
    assert counts.loc["test, text", "missing"] == 0


def test_formats_and_sizes_are_shown():
    table = media.trait_quantiles(without_first_picture(picture_dataset(ALONE)))
    assert table.loc["image, share of PNG", "median"] == 1
    assert table.loc["image, width"].tolist() == [24, 24, 24]


def test_gallery_shows_thumbnails_of_each_class():
    shown = media.gallery(without_first_picture(picture_dataset()), per_class=12).data
    assert shown.count("<img src=") == 47
    assert "no picture" in shown
    assert all(name in shown for name in LABEL_NAMES)


def test_datasets_of_texts_alone_show_nothing():
    dataset = tiny_dataset()
    assert media.input_counts(dataset).empty
    assert media.trait_quantiles(dataset).empty
    assert media.gallery(dataset).data == media.pairs_gallery(dataset, {}).data == "Nothing to show."
    assert set(dataset.tables()) == {"class_counts", "text_lengths"}


@pytest.mark.parametrize(("inputs", "tables"), [(BOTH, {"text_lengths"}), (ALONE, set())])
def test_tables_and_description_work_with_and_without_texts(inputs, tables):
    dataset = picture_dataset(inputs)
    assert set(dataset.tables()) == {"class_counts", "input_counts"} | tables
    console = Console(record=True, width=120)
    console.print(description(dataset))
    written = console.export_text()
    assert "train, image" in written
    assert ("Text lengths" in written) == (inputs == BOTH)
    assert list(dataset.labelled(dataset.test).columns) == [*inputs, "label"]
    assert (corpus(dataset)["characters"] > 0).all() == (inputs == BOTH)
