"""The reference of a bundle: what its model was trained and validated on, without a text."""

import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from tiny_data import ODD_TEXTS, tiny_dataset

from textlab.bundle_format.documents import BundleError
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.evaluation.shift.text_table import BUCKETS, hashed, text_table
from textlab.export.bundle import write_bundle
from textlab.export.reference import MOST_CELLS, build_reference, unknown_words
from textlab.export.reference_file import REFERENCE_ARRAYS, read_reference, write_reference
from textlab.models.logistic_regression import LogisticRegression


def even_predictions(dataset, class_count):
    frame = dataset.validation
    return predictions_frame(frame, np.full((len(frame), class_count), 1 / class_count), dataset.label_names)


def folder_with(reference, folder):
    (folder / "assets.extra").mkdir(parents=True)
    (folder / "assets.extra/labels.json").write_text(json.dumps(list(reference.label_names)))
    write_reference(folder, reference)
    return folder


def test_bundle_holds_what_its_model_was_trained_and_validated_on(exported):
    model, folder = exported
    reference, dataset = read_reference(folder), tiny_dataset()
    assert reference.label_names == dataset.label_names
    assert reference.training_texts == 40
    assert reference.class_shares.tolist() == [0.5, 0.5]
    assert reference.validation_labels.tolist() == dataset.validation["label"].tolist()
    expected = model.predict_proba(dataset.validation)
    np.testing.assert_allclose(reference.validation_probabilities, expected, atol=2e-5)
    assert reference.buckets.shape == (40, BUCKETS)
    assert reference.characters.tolist() == dataset.train["text"].str.len().tolist()
    assert reference.words[0] == 10
    assert reference.languages == {"English": 40}
    assert reference.features["a digit"] == 40
    assert reference.features["a link"] == 0
    assert reference.word_shares["crew"] == 1
    assert reference.word_shares["lovely"] == pytest.approx(6 / 40)


def test_reference_holds_no_text_no_rare_word_and_no_mention(exported, tmp_path):
    dataset = tiny_dataset()
    dataset.train.loc[0, "text"] = "Zebedee @united was late"
    dataset.train.loc[1:9, "text"] = [f"@united was late {number}" for number in range(9)]
    reference = build_reference(dataset, even_predictions(dataset, 2), ("text",))
    path = folder_with(reference, tmp_path / "bundle") / REFERENCE_ARRAYS
    with zipfile.ZipFile(path) as arrays:
        content = b"".join(arrays.read(name) for name in arrays.namelist())
    assert b"crew" in content
    assert b"zebedee" not in content.lower()
    assert b"united" not in content
    assert not [text for text in dataset.train["text"] if text.encode() in content]


def test_same_data_give_the_same_bytes(tmp_path):
    dataset = tiny_dataset()
    paths = [
        folder_with(build_reference(dataset, even_predictions(dataset, 2), ("text",)), tmp_path / name)
        for name in ("first", "second")
    ]
    first, second = ((path / REFERENCE_ARRAYS).read_bytes() for path in paths)
    assert first == second


def test_words_unknown_to_training_are_counted_in_validation():
    dataset = tiny_dataset()
    dataset.validation.loc[0, "text"] = "Quokkas QUOKKAS visited the crew 33 !"
    reference = build_reference(dataset, even_predictions(dataset, 2), ("text",))
    assert (reference.validation_words[0], reference.validation_unknown[0]) == (4, 2)
    assert reference.validation_unknown[1] == 1  # "validation" is in no training text


def test_odd_texts_are_described_and_read_back(tmp_path):
    dataset = tiny_dataset()
    texts = [ODD_TEXTS[3 + number % (len(ODD_TEXTS) - 3)] for number in range(40)]
    dataset.train["text"] = pd.Series(texts, dtype=object)  # Arrow's strings hold no lone surrogate
    reference = build_reference(dataset, even_predictions(dataset, 2), ("text",))
    again = read_reference(folder_with(reference, tmp_path / "bundle"))
    assert again.word_shares == reference.word_shares
    assert "\ud800" in again.word_shares
    assert (again.buckets != reference.buckets).nnz == 0


def test_a_thousand_classes_stay_small(tmp_path):
    names = tuple(f"class {number}" for number in range(1016))
    dataset = tiny_dataset()
    random = np.random.default_rng(0)
    sharp = random.dirichlet(np.full(1016, 0.01), size=6000)
    rows = dataset.validation.loc[np.arange(6000) % 40].assign(label=random.integers(0, 1016, 6000))
    frame = predictions_frame(rows, sharp, names)
    many = type(dataset)("many", "1", dataset.label_names, dataset.train, dataset.validation, dataset.test)
    object.__setattr__(many, "label_names", names)
    reference = build_reference(many, frame, ("text",))
    assert len(reference.validation_labels) == MOST_CELLS // 1016
    path = folder_with(reference, tmp_path / "bundle") / REFERENCE_ARRAYS
    assert path.stat().st_size < 2e6
    again = read_reference(path.parents[1]).validation_probabilities
    np.testing.assert_allclose(again, reference.validation_probabilities, atol=2e-3)
    np.testing.assert_allclose(again.sum(axis=1), 1, atol=1e-5)


def test_two_inputs_are_read_as_one_text_where_none_is_called_text():
    dataset = tiny_dataset()
    for _, frame in dataset.splits():
        frame["title"], frame["body"] = "seat", frame["text"]
    reference = build_reference(dataset, even_predictions(dataset, 2), ("title", "body"))
    assert reference.word_shares["seat"] == 1
    assert reference.characters[0] == len(dataset.train["text"][0]) + 4


def test_old_bundle_says_how_to_get_a_reference(exported, tmp_path):
    (tmp_path / "assets.extra").mkdir()
    with pytest.raises(BundleError, match=r"holds no reference\.npz, because an older textlab exported it\. Run its"):
        read_reference(tmp_path)


def test_damaged_reference_is_a_clear_error(exported, tmp_path):
    reference = read_reference(exported[1])
    path = folder_with(reference, tmp_path / "bundle") / REFERENCE_ARRAYS
    content = path.read_bytes()
    for damaged in (content[:-300], b"", b"no archive", content[:400] + bytes(80) + content[480:]):
        path.write_bytes(damaged)
        with pytest.raises(BundleError, match=r"reference\.npz cannot be read \(\w+\)\. Export or promote"):
            read_reference(tmp_path / "bundle")


def test_a_reference_of_a_later_format_is_not_misread(exported, tmp_path, monkeypatch):
    monkeypatch.setattr("textlab.export.reference_file.FORMAT", 2)
    folder = folder_with(read_reference_of_this_format(exported[1]), tmp_path / "bundle")
    monkeypatch.undo()
    with pytest.raises(BundleError, match="a format that this textlab does not know"):
        read_reference(folder)


def read_reference_of_this_format(folder):
    dataset = tiny_dataset()
    return build_reference(dataset, even_predictions(dataset, 2), ("text",))


def test_write_bundle_takes_the_predictions_that_it_is_given(tmp_path):
    dataset = tiny_dataset()
    model = LogisticRegression.tiny()
    model.fit(dataset.train, dataset.validation)
    write_bundle(model, dataset, tmp_path / "bundle", {}, even_predictions(dataset, 2))
    np.testing.assert_allclose(read_reference(tmp_path / "bundle").validation_probabilities, 0.5, atol=1e-5)


def test_a_part_of_a_table_equals_the_table_of_the_part():
    texts = tiny_dataset().train["text"].tolist()
    table, rows = text_table(texts), np.array([5, 3, 20])
    part, fresh = table.take(rows), text_table([texts[row] for row in rows])
    before = part.holds.toarray()
    assert (hashed(part) != hashed(fresh)).nnz == 0
    assert (part.holds.toarray() == before).all()
    assert part.words.tolist() == fresh.words.tolist()
    assert [counts.tolist() for counts in unknown_words(part, {"crew": 1})] == [
        counts.tolist() for counts in unknown_words(fresh, {"crew": 1})
    ]


def test_of_many_or_long_texts_a_random_part_is_kept(monkeypatch):
    monkeypatch.setattr("textlab.export.reference.MOST_TEXTS", 30)
    monkeypatch.setattr("textlab.export.reference.MOST_TOKENS", 200)
    dataset = tiny_dataset()
    reference = build_reference(dataset, even_predictions(dataset, 2), ("text",))
    assert (reference.training_texts, len(reference.words), len(reference.validation_labels)) == (40, 30, 30)
    assert reference.features["a digit"] == 30
    assert reference.word_shares["crew"] == 1
    assert 5 <= reference.buckets.shape[0] <= 15
