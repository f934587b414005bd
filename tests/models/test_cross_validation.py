"""Each training example is predicted by a model that never saw it, and finished folds are kept."""

import numpy as np
import pandas as pd
import pytest
from tiny_data import tiny_dataset, tiny_retrieval_dataset

from textlab.models.cross_validation import OUT_OF_FOLD, cross_validate
from textlab.models.logistic_regression import LogisticRegression


class Memorising(LogisticRegression):
    """Knows the labels of the texts that it was fitted on, and is undecided about all others."""

    fits = 0

    def _fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int) -> pd.DataFrame:
        type(self).fits += 1
        self.known = dict(zip(train["text"], train["label"], strict=True))
        return pd.DataFrame({"step": [1]})

    def _predict_proba(self, examples: pd.DataFrame) -> np.ndarray:
        certain = {None: [0.5, 0.5], 0: [1.0, 0.0], 1: [0.0, 1.0]}
        return np.array([certain[self.known.get(text)] for text in examples["text"]], np.float32)


Memorising.__module__ = LogisticRegression.__module__  # whose code decides the key of a fold


@pytest.fixture(scope="module")
def data():
    return tiny_dataset()


def test_no_example_is_predicted_by_a_model_that_saw_it(data, tmp_path):
    frame = cross_validate(Memorising(), data, 4, seed=0, folder=tmp_path)[OUT_OF_FOLD]
    assert frame["id"].tolist() == data.train["id"].tolist()
    assert (frame["p_negative"] == 0.5).all()


def test_an_interrupted_call_continues_with_the_next_fold(data, tmp_path, monkeypatch):
    learnt, count = Memorising._fit, 0

    def interrupted(self, *frames):
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt
        return learnt(self, *frames)

    monkeypatch.setattr(Memorising, "_fit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cross_validate(Memorising(), data, 4, folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    cross_validate(Memorising(), data, 4, folder=tmp_path)
    assert count == 5  # two folds, the interrupted one, and the two that were missing


@pytest.mark.parametrize("change", ["seed", "parameters", "data"])
def test_a_fold_is_fitted_again_if_something_changed_that_decides_its_numbers(change, data, tmp_path):
    cross_validate(Memorising(), data, 2, folder=tmp_path)
    before = Memorising.fits
    model = Memorising(C=2.0) if change == "parameters" else Memorising()
    other = tiny_dataset(per_split=38) if change == "data" else data
    cross_validate(model, other, 2, seed=1 if change == "seed" else 0, folder=tmp_path)
    assert Memorising.fits == before + 2


def test_a_real_model_learns_from_the_other_folds_and_stays_unfitted_itself(data, tmp_path):
    model = LogisticRegression.tiny()
    frame = cross_validate(model, data, 5, folder=tmp_path)[OUT_OF_FOLD]
    assert (frame["label"] == frame["predicted"]).mean() == 1
    assert not hasattr(model, "fit_seconds")


def test_without_folds_there_are_no_predictions(data):
    assert cross_validate(LogisticRegression.tiny(), data, 0) == {}


def test_a_student_is_refused_because_its_teacher_saw_all_labels(data):
    model = LogisticRegression.tiny()
    model.parameters["teacher"] = "a-run"
    with pytest.raises(ValueError, match="seen the labels of all training examples"):
        cross_validate(model, data, 2)


def test_a_dataset_of_another_task_is_refused():
    with pytest.raises(ValueError, match="folds are made for classification only"):
        cross_validate(LogisticRegression.tiny(), tiny_retrieval_dataset(), 2)
