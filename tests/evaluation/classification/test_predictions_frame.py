import re

import numpy as np
import pandas as pd
import pytest
from tiny_data import tiny_dataset

from textlab.evaluation.classification.predictions import (
    label_names_of,
    most_confident_mistakes,
    predict_splits,
    predictions_frame,
    probabilities_of,
)


def test_frame_has_class_names_and_a_float32_column_per_class(predict):
    frame = predict([1, 0], [[0.2, 0.8], [0.4, 0.6]])
    assert list(frame.columns) == ["id", "text", "label", "predicted", "p_negative", "p_positive"]
    assert frame["label"].tolist() == ["positive", "negative"]
    assert frame["predicted"].tolist() == ["positive", "positive"]
    assert frame["p_positive"].dtype == np.float32
    assert frame["p_positive"].tolist() == pytest.approx([0.8, 0.6])


def test_tags_of_examples_are_kept(predict):
    assert predict([0], [[0.9, 0.1]], tags=["irony typo"])["tags"].tolist() == ["irony typo"]


def test_first_of_equally_likely_classes_is_predicted(predict):
    assert predict([1], [[0.5, 0.5]])["predicted"].tolist() == ["negative"]


def test_index_of_the_examples_does_not_matter():
    examples = pd.DataFrame({"id": ["x", "y"], "text": ["one", "two"], "label": [1, 0]}, index=[7, 3])
    frame = predictions_frame(examples, np.array([[0.1, 0.9], [0.7, 0.3]]), ["no", "yes"])
    assert frame.loc[0, ["id", "predicted"]].tolist() == ["x", "yes"]
    assert frame.loc[1, ["id", "predicted"]].tolist() == ["y", "no"]


def test_names_and_probabilities_keep_the_order_of_the_model(predict):
    frame = predict([0, 2], [[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]], ("b", "a", "p_c"))
    assert label_names_of(frame) == ["b", "a", "p_c"]
    assert probabilities_of(frame) == pytest.approx(np.array([[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]]))


@pytest.mark.parametrize(
    ("probabilities", "message"),
    [
        ([[0.5, 0.3, 0.2], [1, 0, 0]], "Probabilities have the shape (2, 3). Expected (2, 2)"),
        ([0.5, 0.5], "Probabilities have the shape (2,). Expected (2, 2)"),
        ([[np.nan, 1], [0.5, 0.5]], "1 of 2 rows hold a probability that is NaN or infinite"),
        ([[np.inf, 0], [np.nan, 0]], "2 of 2 rows hold a probability that is NaN or infinite"),
        ([[0.5, 0.5], [2.0, 1.5]], "Row 1 holds [2.0, 1.5], which sums to 3.5000"),
        ([[0.5, 0.5], [1.25, -0.25]], "Row 1 holds [1.25, -0.25], which sums to 1.0000"),
    ],
)
def test_invalid_probabilities_raise(predict, probabilities, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        predict([0, 1], probabilities)


def test_rounding_of_a_float16_softmax_is_accepted(predict):
    assert len(predict([0], [[0.6004, 0.4]])) == 1


def test_no_examples_raise(predict):
    with pytest.raises(ValueError, match="There are no examples to score"):
        predict([], np.empty((0, 2)))


def test_error_about_missing_probabilities_names_the_function_to_use():
    with pytest.raises(
        ValueError,
        match=r"have the columns \['id', 'p_a'\]\. Expected p_<class> .* make the frame with predictions_frame",
    ):
        label_names_of(pd.DataFrame({"id": ["x"], "p_a": [1.0]}))


def test_most_confident_mistakes_are_sorted_and_exclude_correct_rows(predict):
    probabilities = [[0.3, 0.7], [0.01, 0.99], [0.1, 0.9], [0.6, 0.4], [0.9, 0.1]]
    mistakes = most_confident_mistakes(predict([0, 1, 0, 1, 1], probabilities), count=3)
    assert mistakes.index.tolist() == ["t2", "t4", "t0"]
    assert list(mistakes.columns) == ["text", "label", "predicted", "probability", "label_probability"]
    assert mistakes["probability"].tolist() == pytest.approx([0.9, 0.9, 0.7])
    assert mistakes["label_probability"].tolist() == pytest.approx([0.1, 0.1, 0.3])
    assert mistakes.loc["t4", "predicted"] == "negative"


def test_perfect_model_has_no_mistakes(predict):
    assert most_confident_mistakes(predict([0, 1], np.eye(2))).empty


def test_splits_are_predicted_from_frames_with_every_input_column():
    class LengthModel:
        def predict_proba(self, examples: pd.DataFrame) -> np.ndarray:
            longer = (examples["text"].str.len() > examples["id"].str.len()).to_numpy()
            return np.eye(2)[longer.astype(int)]

    dataset = tiny_dataset()
    frames = predict_splits(LengthModel(), dataset)
    assert list(frames) == ["validation", "test"]
    assert frames["test"]["id"].tolist() == dataset.test["id"].tolist()
    assert set(frames["test"]["predicted"]) == {dataset.label_names[1]}
