"""Predictions, floors, slices and test sets of examples with a text and a picture, or a picture alone."""

import numpy as np
import pandas as pd
import pytest
from tiny_pictures import LABEL_NAMES, picture, picture_dataset

from textlab.evaluation.classification.decisions import decisions_of
from textlab.evaluation.classification.floors import floor_predictions, floor_test
from textlab.evaluation.classification.predictions import (
    input_columns,
    most_confident_mistakes,
    nouns_of,
    predictions_frame,
    prior_predictions,
)
from textlab.evaluation.classification.slices import slice_metrics
from textlab.evaluation.classification.sufficiency import few_texts, few_to_choose
from textlab.evaluation.classification.task import TASK
from textlab.inputs.references import file_reference, inline_reference

BOTH, ALONE = ("text", "image"), ("image",)
SHARES = dict.fromkeys(LABEL_NAMES, 0.25)


def predicted(inputs=BOTH, seed=0, **columns):
    """Predict the test split of the tiny pictures; `columns` replaces some of its columns."""
    rows = picture_dataset(inputs).test.assign(**columns)
    scores = np.random.default_rng(seed).dirichlet(np.ones(4), len(rows))
    return predictions_frame(rows, scores, LABEL_NAMES, inputs)


@pytest.mark.parametrize("inputs", [BOTH, ALONE])
def test_inputs_are_read_from_the_frame_and_survive_its_file(tmp_path, inputs):
    frame = predicted(inputs, tags="both")
    frame.to_parquet(tmp_path / "p.parquet")
    read = pd.read_parquet(tmp_path / "p.parquet")
    assert input_columns(read) == inputs
    assert read["image"].tolist() == picture_dataset().test["image"].tolist()


def test_examples_are_called_by_their_inputs():
    assert nouns_of(predicted(ALONE)) == ("picture", "pictures")
    assert nouns_of(predicted(BOTH)) == ("example", "examples")


@pytest.mark.parametrize("inputs", [BOTH, ALONE])
def test_floors_keep_the_inputs_and_are_compared_with_the_model(inputs):
    frame = predicted(inputs)
    assert {input_columns(floor) for floor in floor_predictions(frame, SHARES).values()} == {inputs}
    test = floor_test("model", frame, SHARES, "macro_f1", resamples=50)
    assert test.comparison.noun == nouns_of(frame)[1]
    assert input_columns(prior_predictions(picture_dataset(inputs))["test"]) == inputs


def test_test_sets_are_equal_if_the_pictures_have_the_same_content(tmp_path):
    frame = predicted()
    path = tmp_path / "a.png"
    path.write_bytes(picture(seed=7))
    moved, changed = frame.copy(), frame.copy()
    frame.loc[0, "image"] = inline_reference(picture(seed=7))
    moved.loc[0, "image"] = file_reference(str(path), picture(seed=7))
    changed.loc[0, "image"] = inline_reference(picture(seed=8))
    assert TASK.test_set(frame) == TASK.test_set(moved)
    assert TASK.test_set(frame) != TASK.test_set(changed)
    assert TASK.test_set(predicted(ALONE)) != TASK.test_set(predicted(BOTH))
    assert decisions_of({"a": frame, "b": moved}).noun == "examples"
    with pytest.raises(ValueError, match="the examples of 'a' and 'b' differ in image"):
        decisions_of({"a": frame, "b": changed})
    with pytest.raises(ValueError, match="'a' was tested on image and 'b' on text, image"):
        decisions_of({"a": predicted(ALONE), "b": predicted(BOTH)})


def test_examples_without_a_picture_or_a_text_are_slices():
    rows = picture_dataset().test
    frame = predicted(
        image=rows["image"].where(rows.index % 4 != 0, ""), text=rows["text"].where(rows.index % 4 != 1, " ")
    )
    missing = slice_metrics(frame).query("kind == 'missing'").set_index("slice")["count"]
    assert missing.to_dict() == {"no text": 4, "no picture": 4}


def test_pictures_alone_have_no_slices_of_texts():
    kinds = slice_metrics(predicted(ALONE, tags=["dark", ""] * 8))["kind"]
    assert kinds.tolist() == ["all", "tag"]


def test_mistakes_hold_the_inputs_and_the_logged_table_holds_words():
    frame = predicted(ALONE)
    assert most_confident_mistakes(frame, 3)["image"].str.startswith("data:image/png").all()
    words = TASK.tables({"test": frame})["mistakes_test"]["image"]
    assert words.str.match("picture [0-9a-f]{12}$").all()


def test_concerns_speak_of_pictures():
    frame = predicted(ALONE)
    comparison = TASK.compare({"model": frame}, "macro_f1", resamples=50)
    assert "few pictures" in few_texts(comparison, "model", frame)[0].finding
    assert "few validation pictures" in few_to_choose(frame)[0].finding
