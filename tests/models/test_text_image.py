"""Text and picture together: what each adds, and what happens without one of them."""

import numpy as np
import pandas as pd
import pytest
from tiny_pictures import picture_dataset

from textlab.data.examples import columns_of
from textlab.export.session import session_answer
from textlab.models.image import ImageClassifier
from textlab.models.logistic_regression import LogisticRegression
from textlab.models.pooling_weights import answers_out_of_part, fitted_weights
from textlab.models.saved_model import SavedModel
from textlab.models.text_image import TextImageClassifier
from textlab.models.text_image.combination import fit_combination

FOREST = {"features": "word", "minimum_count": 1, "trees": 20, "minimum_leaf": 1}


@pytest.fixture(scope="module")
def dataset():
    return picture_dataset()


def late(**text):
    return TextImageClassifier(fusion="late", network="tiny", **text)


def early_and_late():
    early = {"text_features": "words", "balance": 1.0, "C": 100.0}
    return TextImageClassifier(fusion="early_and_late", network="tiny", text_settings={"minimum_count": 1}, **early)


@pytest.fixture(scope="module", params=["early", "late", "early_and_late"])
def fitted(request, dataset):
    models = {
        "early": TextImageClassifier.tiny,
        "late": lambda: late(text_settings={"minimum_count": 1}),
        "early_and_late": early_and_late,
    }
    model = models[request.param]()
    model.fit(dataset.train, dataset.validation, seed=1)
    return model


def accuracy(model, frame, part=lambda label: label):
    return float((part(model.predict_proba(frame).argmax(axis=1)) == part(frame["label"].to_numpy())).mean())


def word(label):
    return label // 2


def colour(label):
    return label % 2


def test_both_inputs_together_decide_what_neither_decides_alone(fitted, dataset):
    text = LogisticRegression.tiny()
    text.fit(dataset.train, dataset.validation)
    pictures = ImageClassifier.tiny()
    pictures.fit(dataset.train, dataset.validation)
    assert max(accuracy(text, dataset.test), accuracy(pictures, dataset.test)) < 0.95
    assert accuracy(fitted, dataset.test) == 1


def test_missing_input_leaves_what_the_other_one_says(fitted, dataset):
    assert accuracy(fitted, dataset.test.assign(image=""), word) == 1
    assert accuracy(fitted, dataset.test.assign(text=""), colour) == 1


def test_example_without_any_input_gets_the_shares_of_the_classes(fitted, dataset):
    nothing = dataset.test.head(2).assign(text=["", " \n"], image="")
    np.testing.assert_allclose(fitted.predict_proba(nothing), 0.25, atol=1e-6)


def test_missing_input_in_training_and_validation_is_no_error(dataset):
    train, validation = dataset.train.copy(), dataset.validation.copy()
    train.loc[::5, "image"], train.loc[1::5, "text"] = "", ""
    validation.loc[::3, "image"] = ""
    for model in (TextImageClassifier.tiny(), late(text_settings={"minimum_count": 1})):
        model.fit(train, validation, seed=1)
        assert accuracy(model, dataset.test) >= 0.9


def test_class_that_never_has_a_picture_is_recognised_by_its_text(dataset):
    train, test = (
        frame.assign(
            text=frame["text"].where(frame["label"] != 3, "a fish"), image=frame["image"].where(frame["label"] != 3, "")
        )
        for frame in (dataset.train, dataset.test)
    )
    model = TextImageClassifier.tiny()
    model.fit(train, dataset.validation, seed=1)
    assert accuracy(model, test) == 1
    assert not (model.predict_proba(dataset.test).argmax(axis=1) == 3).any()


@pytest.mark.parametrize(
    ("split", "labels", "message"),
    [
        ("train", [3], "no training example of class 3 has one"),
        ("validation", [0, 1, 2, 3], "no validation example has one"),
    ],
)
def test_late_fusion_refuses_examples_from_which_a_classifier_cannot_learn(dataset, split, labels, message):
    frames = {"train": dataset.train.copy(), "validation": dataset.validation.copy()}
    frames[split].loc[frames[split]["label"].isin(labels), "image"] = ""
    with pytest.raises(ValueError, match=rf"on each picture, and {message}\. Use early fusion"):
        late(text_settings={"minimum_count": 1}).fit(**frames)


def test_without_modality_dropout_a_missing_picture_counts_as_an_average_one(dataset):
    model = TextImageClassifier(text_features="words", network="tiny", balance=1.0, C=100.0, modality_dropout=0.0)
    model.fit(dataset.train, dataset.validation, seed=1)
    assert accuracy(model, dataset.test.assign(image=""), word) == 1


def test_head_for_text_alone_is_the_logistic_regression_on_the_same_features(dataset):
    model = TextImageClassifier.tiny()
    model.fit(dataset.train, dataset.validation, seed=1)
    alone = LogisticRegression.tiny()
    alone.fit(dataset.train, dataset.validation)
    without = dataset.test.assign(image="")
    np.testing.assert_allclose(model.predict_proba(without), alone.predict_proba(without), atol=2e-3)


def test_balance_is_chosen_on_validation_unless_it_is_given(dataset):
    model = TextImageClassifier(text_features="words", network="tiny", C=4.0)
    history = model.fit(dataset.train, dataset.validation, seed=1)
    losses = history.set_index("setting")["validation_loss"].filter(like="text and image").groupby(level=0).first()
    assert len(losses) == 3
    assert f"balance {model.resolved['balance']:g}," in losses.idxmin()


def test_examples_that_never_have_both_inputs_can_be_learnt(dataset):
    is_even = np.arange(len(dataset.train)) % 8 < 4
    train = dataset.train.assign(
        text=dataset.train["text"].where(is_even, ""), image=dataset.train["image"].where(~is_even, "")
    )
    model = TextImageClassifier(text_features="words", network="tiny", C=4.0)
    model.fit(train, dataset.validation.assign(image=""), seed=1)
    assert accuracy(model, dataset.test.assign(image=""), word) == 1
    assert accuracy(model, dataset.test.assign(text=""), colour) == 1


@pytest.mark.slow
def test_late_fusion_takes_a_family_of_trees(dataset):
    model = late(text_family="random_forest", text_settings=FOREST)
    model.fit(dataset.train, dataset.validation, seed=1)
    assert accuracy(model, dataset.test) == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"text_family": "bm25"}, r"text_family is 'bm25', which does not classify texts\. Name a family such as"),
        ({"text_family": "image"}, r"text_family is 'image', which does not classify texts"),
        ({"text_family": "forest"}, r"Unknown model family 'forest'"),
        ({"text_settings": {"D": 1}}, r"LogisticRegression has no hyperparameter 'D'"),
    ],
)
def test_text_family_that_cannot_read_the_texts_is_refused_before_training(wrong, message):
    with pytest.raises(ValueError, match=message):
        late(**wrong)


@pytest.mark.slow
def test_late_fusion_is_saved_and_exported_with_all_families_in_one_graph(dataset, tmp_path):
    model = early_and_late()
    model.fit(dataset.train, dataset.validation, seed=1)
    examples = pd.concat([dataset.test, dataset.test.assign(image=""), dataset.test.assign(text="")])
    expected = model.predict_proba(examples)
    model.save(tmp_path / "saved")
    np.testing.assert_array_equal(TextImageClassifier.load(tmp_path / "saved").predict_proba(examples), expected)
    model.export(tmp_path / "export")
    columns = columns_of(examples[list(model.inputs)])
    served = SavedModel(tmp_path / "export", model.signature()).answer(columns)  # checks the operations, too
    np.testing.assert_allclose(served, expected, atol=model.parity_tolerance)
    in_session = session_answer(tmp_path / "export", model.signature(), columns)
    np.testing.assert_allclose(in_session, expected, atol=model.parity_tolerance)


@pytest.mark.slow
def test_vectors_of_an_encoder_are_exported_beside_words(dataset, tmp_path):
    model = TextImageClassifier(checkpoint="tiny", network="tiny", C=4.0, balance=1.0)
    model.fit(dataset.train, dataset.validation, seed=1)
    model.save(tmp_path / "saved")
    expected = model.predict_proba(dataset.test)
    np.testing.assert_array_equal(TextImageClassifier.load(tmp_path / "saved").predict_proba(dataset.test), expected)
    model.export(tmp_path / "export")
    served = SavedModel(tmp_path / "export", model.signature())
    answer = served.answer(columns_of(dataset.test[list(model.inputs)]))
    np.testing.assert_allclose(answer, expected, atol=model.parity_tolerance)


def combined(probabilities, labels):
    frame = pd.DataFrame({"id": range(len(labels)), "label": labels})
    present = {name: np.ones(len(labels), bool) for name in probabilities}
    return fit_combination(frame, probabilities, present, np.log([0.5, 0.5]).tolist(), "accuracy")


def test_classifier_that_knows_nothing_has_no_say_in_the_combination():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 60)
    sure = np.where(labels[:, None] == [0, 1], 0.8, 0.2)
    sure[:10] = sure[:10, ::-1]
    noise = random.dirichlet([1, 1], 60)
    combination, history = combined({"text": sure, "image": noise}, labels)
    powers = {name: weight / combination.temperatures[name] for name, weight in combination.weights.items()}
    assert powers["image"] < 0.25 * powers["text"]
    assert history["setting"].tolist() == ["text alone", "image alone", "equal weights", "fitted weights"]


def test_few_validation_examples_allow_no_fitted_weights():
    labels = np.array([0, 1, 0, 1])
    probabilities = np.where(labels[:, None] == [0, 1], 0.8, 0.2)
    _, history = combined({"text": probabilities, "image": probabilities}, labels)
    assert "fitted weights" not in history["setting"].tolist()


def test_answers_out_of_part_have_the_type_of_the_answers():
    logs = {name: np.log(np.full((12, 2), 0.5, np.float32)) for name in ("text", "image")}
    assert answers_out_of_part(logs, np.arange(12) % 2, {"text": 1.0, "image": 1.0}).dtype == np.float32


def test_weights_stay_within_bounds_if_every_answer_is_right():
    labels = np.array([0, 1] * 20)
    logs = np.log(np.where(labels[:, None] == [0, 1], 0.999, 0.001))
    weights = fitted_weights({"text": logs, "image": logs}, labels, {"text": 1.0, "image": 1.0})
    assert all(0 <= weight <= 3 for weight in weights.values())
