"""The reference of a bundle whose model reads pictures."""

import numpy as np
import pytest
from test_bundle_reference import even_predictions, folder_with
from tiny_pictures import LABEL_NAMES, picture_dataset

from textlab.export import measured
from textlab.export.description import describe
from textlab.export.reference import build_reference
from textlab.export.reference_file import REFERENCE_ARRAYS, read_reference
from textlab.inputs.measures import PICTURE_TRAITS


@pytest.fixture(scope="module")
def dataset():
    return picture_dataset()


def with_blanks(dataset, column, rows):
    changed = picture_dataset()
    changed.train.loc[changed.train.index[:rows], column] = ""
    return changed


def test_reference_of_titles_and_pictures_survives_its_file(dataset, tmp_path):
    reference = build_reference(dataset, even_predictions(dataset, 4), ("text", "image"))
    again = read_reference(folder_with(reference, tmp_path))
    assert again.word_shares == reference.word_shares
    assert again.missing == {"text": 0.0, "image": 0.0}
    found = again.measured["image"]
    assert tuple(found.traits) == PICTURE_TRAITS
    assert (len(found), set(found.forms)) == (len(dataset.train), {"PNG"})
    np.testing.assert_array_equal(found.embeddings, reference.measured["image"].embeddings)


def test_reference_of_pictures_alone_has_no_words(dataset, tmp_path):
    reference = build_reference(dataset, even_predictions(dataset, 4), ("image",))
    again = read_reference(folder_with(reference, tmp_path))
    assert len(again.words) == again.buckets.shape[0] == 0
    assert again.word_shares == again.missing == {}
    assert len(again.measured["image"]) == 48


def test_reference_holds_neither_pictures_nor_references_to_them(dataset, tmp_path):
    folder = folder_with(build_reference(dataset, even_predictions(dataset, 4), ("text", "image")), tmp_path)
    with np.load(folder / REFERENCE_ARRAYS) as arrays:
        content = b"".join(arrays[name].tobytes() for name in arrays.files)
    assert not any(mark in content for mark in (b"PNG\r", b"base64", b"iVBOR"))


def test_missing_titles_are_counted_and_not_compared_as_texts(dataset):
    reference = build_reference(with_blanks(dataset, "text", 12), even_predictions(dataset, 4), ("text", "image"))
    assert reference.missing == {"text": 0.25, "image": 0.0}
    assert len(reference.words) == 36
    assert reference.words.min() > 0


def test_pictures_are_read_up_to_a_limit(dataset, monkeypatch):
    monkeypatch.setattr(measured, "MOST_MEASURED", 5)
    reference = build_reference(dataset, even_predictions(dataset, 4), ("image",))
    assert len(reference.measured["image"]) == 5


def test_description_of_pictures_names_no_file(dataset):
    description = describe(dataset.train, LABEL_NAMES, ("image", "text"))
    assert description["share_with"]["link"] == 0
    assert len(description["inputs"]["image"]["traits_deciles"]["brightness"]) == 11
    assert "base64" not in str(description)
    alone = describe(dataset.train, LABEL_NAMES, ("image",))
    assert alone["measured"] == 48
    assert "words" not in alone
