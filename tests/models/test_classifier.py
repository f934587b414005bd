"""A classifier with a second input and an automatic hyperparameter, outside the package of families."""

from typing import Annotated

import numpy as np
import pandas as pd
import pytest

from textlab.models.classifier import Classifier
from textlab.models.fitted import automatic_values, reading_verdict, training_verdict
from textlab.models.hyperparameters import AUTO, Auto, Hyperparameter


class CaptionAndPicture(Classifier):
    """It answers 1 where the picture's first byte is "y" or the text says yes."""

    inputs = ("text", "picture")

    def __init__(
        self,
        size: Annotated[int | Auto, Hyperparameter("texts at once", minimum=1)] = AUTO,
        depth: Annotated[int | Auto, Hyperparameter("layers", minimum=1)] = 2,
    ):
        pass

    def _automatic_values(self, facts):
        self.facts = facts
        return {"size": facts.texts * facts.classes, "depth": 99}

    @classmethod
    def tiny(cls):
        return cls()

    def _fit(self, train, validation, seed):
        self.seen = list(train.columns)
        return pd.DataFrame({"epoch": [1], "train_loss": [0.0]})

    def _predict_proba(self, examples):
        assert list(examples.columns) == ["text", "picture"]
        yes = (examples["text"] == "yes") | (examples["picture"].str[0] == "y")
        return np.stack([1.0 - yes, yes], axis=1)

    def _save(self, folder):
        (folder / "seen.txt").write_text(" ".join(self.seen))

    def _load(self, folder):
        self.seen = (folder / "seen.txt").read_text().split()

    def _export(self, folder):
        folder.mkdir()


TRAIN = pd.DataFrame({"picture": ["no", "yes"], "text": ["a", "b"], "label": [0, 1], "source": ["x", "y"]})


@pytest.fixture
def fitted():
    model = CaptionAndPicture()
    model.fit(TRAIN, TRAIN)
    return model


def test_prediction_sees_the_inputs_and_nothing_else(fitted):
    np.testing.assert_array_equal(fitted.predict_proba(TRAIN), np.array([[1, 0], [0, 1]], np.float32))


def test_list_of_texts_is_refused_where_text_is_not_the_only_input(fitted):
    with pytest.raises(ValueError, match=r"reads text, picture, but a list came\. Pass a frame"):
        fitted.predict_proba(["yes"])


def test_frame_without_the_second_input_is_refused(fitted):
    with pytest.raises(ValueError, match=r"examples frame lacks the column picture; it has text\."):
        fitted.predict_proba(pd.DataFrame({"text": ["yes"]}))
    with pytest.raises(ValueError, match="training frame lacks the column picture"):
        CaptionAndPicture().fit(TRAIN.drop(columns="picture"), TRAIN)


def test_saved_model_remembers_classes_and_seconds(fitted, tmp_path):
    fitted.save(tmp_path)
    loaded = CaptionAndPicture.load(tmp_path)
    assert (loaded.n_classes, loaded.fit_seconds) == (2, fitted.fit_seconds)
    assert loaded.seen == ["picture", "text", "label", "source", "id"]


def test_class_from_elsewhere_is_of_the_family_that_its_module_names():
    assert CaptionAndPicture.family == "test_classifier"


def test_class_that_extends_a_family_belongs_to_it():
    from textlab.models.logistic_regression import LogisticRegression

    assert type("Stricter", (LogisticRegression,), {"__module__": "elsewhere"}).family == "logistic_regression"


def test_automatic_hyperparameters_follow_from_the_training_data_and_given_ones_stay(fitted):
    assert fitted.parameters == {"size": "auto", "depth": 2}
    assert fitted.resolved == {"size": 4, "depth": 2}
    assert (fitted.facts.texts, fitted.facts.classes, fitted.facts.rarest) == (2, 2, 1)
    assert (fitted.facts.median_words, fitted.facts.long_words) == (2, 2)  # one word in each of the two inputs


def test_given_value_of_an_automatic_hyperparameter_is_used():
    model = CaptionAndPicture(size=7)
    model.fit(TRAIN, TRAIN)
    assert model.resolved == model.parameters == {"size": 7, "depth": 2}


def test_saved_model_remembers_what_followed_from_the_data(fitted, tmp_path):
    fitted.save(tmp_path)
    assert CaptionAndPicture.load(tmp_path).resolved == {"size": 4, "depth": 2}


def test_family_without_a_rule_for_its_automatic_hyperparameters_is_an_error():
    class Ruleless(CaptionAndPicture):
        _automatic_values = Classifier._automatic_values

    with pytest.raises(NotImplementedError, match=r"Ruleless has automatic .* Implement _automatic_values"):
        Ruleless().fit(TRAIN, TRAIN)


def test_values_that_followed_from_the_data_are_shown_with_their_meaning(fitted):
    table = automatic_values(fitted)
    assert table.reset_index().to_dict("records") == [
        {"hyperparameter": "size", "value": 4, "meaning": "texts at once"}
    ]


def test_given_values_are_not_shown():
    model = CaptionAndPicture(size=7)
    model.fit(TRAIN, TRAIN)
    table = automatic_values(model)
    assert table.empty
    assert list(table.columns) == ["value", "meaning"]


def test_verdict_states_the_notes_of_the_training():
    model = CaptionAndPicture()
    model.fit(TRAIN, TRAIN)
    assert training_verdict(model) == "Nothing suggests that a longer training would improve the score."
    model.training_notes = ["Training ended early.", "This model trained too little."]
    assert training_verdict(model) == "Training ended early.\nThis model trained too little."


def test_notes_are_saved_with_the_model_and_a_new_training_begins_without_any(tmp_path):
    model = CaptionAndPicture()
    model.fit(TRAIN, TRAIN)
    model.training_notes = ["This model trained too little."]
    model.save(tmp_path)
    loaded = CaptionAndPicture.load(tmp_path)
    assert loaded.training_notes == ["This model trained too little."]
    loaded.fit(TRAIN, TRAIN)
    assert loaded.training_notes == ()


def test_notebook_says_how_many_texts_are_longer_than_the_model_reads():
    class ShortSighted(CaptionAndPicture):
        def _truncated(self, examples):
            return (examples["text"].str.len() > 3).to_numpy()

    frame = pd.DataFrame(
        {"text": ["yes", "a long text", "no", "no"], "picture": ["y", "n", "y", "n"], "label": [1, 0, 1, 0]}
    )
    for kind, words in (
        (CaptionAndPicture, "The model reads every text to its end."),
        (ShortSighted, "1 of 4 texts (25.0%) are longer than the model reads, and it leaves out their ends."),
    ):
        model = kind()
        model.fit(frame, frame)
        assert reading_verdict(model, frame).startswith(words)
        assert reading_verdict(model, frame[frame["text"] != "a long text"]) == "The model reads every text to its end."
