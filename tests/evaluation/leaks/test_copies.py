"""Copies and near-copies of pictures across splits."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw

from tests.tiny_pictures import picture_dataset
from textlab.concerns import ConcernKind
from textlab.evaluation.audit import audit_dataset
from textlab.evaluation.leaks import copies, find_leaks, fingerprints
from textlab.inputs import kind_of
from textlab.inputs.references import inline_reference


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprints, "FOLDER", tmp_path / "fingerprints")


def drawing(seed: int) -> Image.Image:
    """A drawing of ten random lines and ellipses."""
    image, random = Image.new("RGB", (96, 80), "white"), np.random.default_rng(seed)
    draw = ImageDraw.Draw(image)
    for _ in range(10):
        left, top, width, height = random.integers(0, 60, 4)
        draw.ellipse((left, top, left + width, top + height), fill=tuple(int(c) for c in random.integers(0, 256, 3)))
    return image


def reference(image: Image.Image, **options: object) -> str:
    written = io.BytesIO()
    image.save(written, **({"format": "PNG"} | options))
    return inline_reference(written.getvalue())


def dataset_of(inputs=("text", "image"), **changed: dict[int, str]):
    """The tiny dataset with drawings, of which some rows of a split are changed."""
    dataset, number, frames = picture_dataset(inputs), 0, {}
    for split, frame in dataset.splits():
        values = [reference(drawing(number + row)) for row in range(len(frame))]
        for row, value in changed.get(split, {}).items():
            values[row] = value
        frames[split] = frame.assign(image=values)
        number += len(frame)
    return replace(dataset, **frames)


def found_in(dataset) -> pd.DataFrame:
    (found,) = copies.find_copies(dataset)
    return found.pairs[["split", "id", "train_id", "bits"]]


def test_different_drawings_are_no_copies():
    (found,) = copies.find_copies(dataset_of())
    assert found.table[["values", "same", "alike", "share"]].loc["test"].tolist() == [16, 0, 0, 0]
    assert found.concerns == ()


@pytest.mark.parametrize(
    ("change", "options"),
    [
        (lambda image: image, {"format": "JPEG", "quality": 60}),
        (lambda image: image.resize((48, 40)), {}),
        (lambda image: image.resize((192, 160)), {"format": "JPEG"}),
        (lambda image: image.convert("RGBA"), {}),
        (lambda image: image.point(lambda value: min(value + 6, 255)), {}),
    ],
    ids=["jpeg", "half", "twice", "with opacity", "brighter"],
)
def test_picture_encoded_or_scaled_again_is_found(change, options):
    near = found_in(dataset_of(test={3: reference(change(drawing(7)), **options)}))
    assert near[["split", "id", "train_id"]].to_numpy().tolist() == [["test", "test-3", "train-7"]]
    assert 0 <= near["bits"].iloc[0] <= kind_of("image").most_bits_apart


def test_same_content_under_another_title_is_found_and_said():
    found = find_leaks(dataset_of(test={3: reference(drawing(7))}, validation={0: reference(drawing(9))}))
    (pairs,) = (each.pairs for each in found.copies)
    assert pairs["bits"].tolist() == [copies.SAME, copies.SAME]
    concerns = [each for each in found.concerns if each.kind is ConcernKind.DUPLICATES]
    assert "1 of 16 test pictures (6.2%) are also in train: 1 with the same content" in concerns[1].finding
    assert "test-3 and train-7" in concerns[1].finding
    assert not any(concern.is_serious for concern in concerns)


def test_many_copies_are_a_serious_concern():
    found = find_leaks(dataset_of(test={row: reference(drawing(row)) for row in range(8)}))
    assert [each.is_serious for copied in found.copies for each in copied.concerns] == [True]


def test_pictures_of_one_colour_are_alike_by_no_hash():
    plain = {row: reference(Image.new("RGB", (40, 40), (200, 200, 10 * row))) for row in range(4)}
    assert kind_of("image").fingerprint(plain[0]) == b""
    assert found_in(dataset_of(train=plain, test={0: reference(Image.new("RGB", (40, 40), (9, 9, 9)))})).empty


def test_missing_pictures_are_no_copies_of_each_other():
    (found,) = copies.find_copies(dataset_of(train={0: "", 1: ""}, test={0: "", 1: ""}))
    assert found.table.loc["test", "values"] == 14
    assert found.pairs.empty


def test_known_pictures_are_not_read_again(monkeypatch):
    dataset = dataset_of()
    first = copies.find_copies(dataset)[0].table
    monkeypatch.setattr(type(kind_of("image")), "fingerprint", None)
    pd.testing.assert_frame_equal(copies.find_copies(dataset)[0].table, first)


@pytest.mark.parametrize("inputs", [("text", "image"), ("image",)])
def test_audit_works_with_and_without_texts(inputs):
    audit = audit_dataset(dataset_of(inputs))
    assert (audit.leaks.near_duplicates is None) == (inputs == ("image",))
    assert [found.name for found in audit.leaks.copies] == ["image"]
    assert not [each for each in audit.concerns if each.kind is ConcernKind.NO_SIGNAL]
