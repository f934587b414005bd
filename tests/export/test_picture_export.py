"""A model of texts and pictures is exported, compared and measured like a model of texts."""

import json

import numpy as np
import pandas as pd
import pytest
from tiny_picture_model import WordsAndColours, write_picture_bundle
from tiny_pictures import COLOURS, LABEL_NAMES, picture, picture_dataset

from textlab.export.answers import cached_answers, content_key
from textlab.export.bundle import Bundle
from textlab.export.parity import compared_examples, odd_examples
from textlab.inputs import kind_of
from textlab.inputs.references import file_reference, inline_reference
from textlab.models.logistic_regression import LogisticRegression

RED, BLUE = (picture(colour) for colour in COLOURS.values())


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("colours") / "bundle"
    return write_picture_bundle(folder), folder


def articles(*images):
    return pd.DataFrame({"text": ["a cup"] * len(images), "image": images})


def test_export_answers_odd_texts_and_pictures_like_the_model(exported):
    model, folder = exported
    odd = odd_examples(model.inputs)
    np.testing.assert_allclose(Bundle(folder).predict_proba(odd), model.predict_proba(odd), atol=1e-5)
    measured = json.loads((folder / "assets.extra/card.json").read_text())["measured"]
    assert measured["parity_texts"] == 16 + len(odd)  # the tiny dataset has 16 validation examples


def test_odd_values_meet_each_other_and_stand_alone():
    odd = odd_examples(["text", "image"])
    rows = set(odd.itertuples(index=False, name=None))
    texts, images = (kind_of(name).odd_values() for name in odd)
    assert set(odd["text"]) == set(texts)
    assert set(odd["image"]) == set(images)
    assert {(text, "") for text in texts} | {("", image) for image in images} <= rows
    assert odd_examples(["text"])["text"].tolist() == list(texts)


def test_fewer_examples_are_compared_where_pictures_take_their_time():
    assert compared_examples(LogisticRegression.inputs) == 2_000
    assert compared_examples(WordsAndColours.inputs) == 256


def test_answers_are_kept_by_the_content_of_pictures_wherever_they_lie(exported, tmp_path):
    _, folder = exported
    path = tmp_path / "red.png"
    path.write_bytes(RED)
    inline, file, other = inline_reference(RED), file_reference(str(path), RED), inline_reference(BLUE)
    keys = [content_key(folder, {"image": [each]}) for each in (inline, file, other)]
    assert keys[0] == keys[1] != keys[2]
    answers = cached_answers(folder, articles(inline, other, ""), LABEL_NAMES, tmp_path / "cache")
    assert answers.argmax(axis=1).tolist()[:2] == [0, 1]
    path.unlink()
    assert (
        cached_answers(folder, articles(file, other, ""), LABEL_NAMES, tmp_path / "cache").tolist() == answers.tolist()
    )
    with pytest.raises(ValueError, match=r"red\.png is not there any more"):
        cached_answers(folder, articles(file, ""), LABEL_NAMES, tmp_path / "cache")


def test_order_of_answers_is_that_of_the_examples_in_large_batches(exported):
    model, folder = exported
    frame = pd.concat([picture_dataset().train] * 2, ignore_index=True)
    bundle = Bundle(folder)
    answers = bundle.served.answer_in_batches(bundle.columns(frame))
    np.testing.assert_allclose(answers, model.predict_proba(frame), atol=1e-5)
