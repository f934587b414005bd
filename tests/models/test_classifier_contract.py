"""The contract that every classifier keeps, tested on each family that is found."""

import copy

import numpy as np
import pandas as pd
import pytest
from tiny_data import ODD_TEXTS, tiny_multilabel_dataset
from tiny_pictures import dataset_of, odd_frame

from textlab.bundle_format.graph import check_graph, read_graph
from textlab.data.examples import TEXT_ONLY, columns_of
from textlab.data.multilabel_dataset import indicator
from textlab.evaluation.multilabel.metrics import score_of_arrays
from textlab.export.explanations import scores_of
from textlab.models import families
from textlab.models.calibration import Calibration
from textlab.models.saved_model import SavedModel

FAMILIES = sorted(name for name, family in families().items() if family.task == "classification")
TEXTS_TO_EXPLAIN = ["the crew was lovely and late", "SOOOO good!!!  @AirParadis &lt;3 https://t.co/x #blessed"]


SEVERAL = "several labels"
NETWORKS = ("bert", "lstm")


@pytest.fixture(scope="module", params=FAMILIES)
def model_class(request):
    return families()[request.param]


def cases():
    """Each family with two and with three classes, and those that learn several labels with several.

    Networks treat two classes like three, so they train on three only, unless the slow tests run. Their exports take
    long, so they learn several labels among the slow tests.
    """
    for name in FAMILIES:
        for case, label in ((2, "two classes"), (3, "three classes"), (SEVERAL, SEVERAL)):
            if case == SEVERAL and "multilabel" not in families()[name].tasks:
                continue
            is_slow = name in NETWORKS and case != 3
            yield pytest.param((name, case), id=f"{name}-{label}", marks=pytest.mark.slow if is_slow else ())


@pytest.fixture(scope="module", params=cases())
def fitted(request):
    name, case = request.param
    model_class = families()[name]
    dataset = tiny_multilabel_dataset(160) if case == SEVERAL else dataset_of(model_class.inputs, case)
    model = model_class.tiny()
    history = model.fit(dataset.train, dataset.validation, seed=3)
    return model, dataset, history


@pytest.fixture(scope="module")
def calibrated(fitted):
    """The fitted model with a calibration that changes every answer; forty texts are too few to learn one.

    Several labels are not calibrated.
    """
    model = copy.copy(fitted[0])
    assert model.calibration == Calibration()
    if model.task == "multilabel":
        return model
    scale = np.linspace(0.5, 1.5, model.n_classes)
    model.calibration = Calibration(
        "vector", tuple(scale.tolist()), tuple(np.linspace(-0.5, 0.5, model.n_classes).tolist())
    )
    return model


@pytest.fixture(scope="module")
def exported(calibrated, tmp_path_factory):
    """The folder of the calibrated model's export, which takes seconds to write."""
    folder = tmp_path_factory.mktemp("exported") / "export"
    calibrated.export(folder)
    return folder


def test_probabilities_are_finite_and_those_of_classes_sum_to_one(fitted):
    model, dataset, _ = fitted
    probabilities = model.predict_proba(dataset.test)
    assert probabilities.shape == (len(dataset.test), len(dataset.label_names))
    assert probabilities.dtype == np.float32
    assert np.isfinite(probabilities).all()
    assert (probabilities >= 0).all()
    assert (probabilities <= 1).all()
    if dataset.task == "classification":
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_family_that_ignores_the_seed_learns_the_same_from_every_seed(fitted):
    model, dataset, _ = fitted
    if model.uses_seed:
        pytest.skip("training depends on the seed")
    again = type(model).tiny()
    again.fit(dataset.train, dataset.validation, seed=4)
    np.testing.assert_array_equal(again.predict_proba(dataset.test), model.predict_proba(dataset.test))


def test_tiny_set_is_learnt(fitted):
    model, dataset, _ = fitted
    probabilities = model.predict_proba(dataset.test)
    if dataset.task == "classification":
        assert (probabilities.argmax(axis=1) == dataset.test["label"]).mean() >= 0.95
    else:
        has = indicator(dataset.test["labels"], len(dataset.label_names))
        assert score_of_arrays(has, probabilities, "macro_f1") >= 0.95


def test_history_has_a_row_per_step(fitted):
    _, _, history = fitted
    assert len(history) >= 1
    assert any(column.startswith("validation_") for column in history.columns)


def test_loaded_model_gives_the_same_calibrated_probabilities(fitted, calibrated, tmp_path):
    dataset = fitted[1]
    calibrated.save(tmp_path / "model")
    loaded = type(calibrated).load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict_proba(dataset.test), calibrated.predict_proba(dataset.test))
    assert (loaded.parameters, loaded.calibration) == (calibrated.parameters, calibrated.calibration)
    assert loaded.task == dataset.task


def test_saved_and_exported_models_hold_no_pickle(fitted, exported, tmp_path):
    model, _, _ = fitted
    model.save(tmp_path / "model")
    assert (exported / "saved_model.pb").exists()
    for path in [*tmp_path.rglob("*"), *exported.rglob("*")]:
        assert path.suffix not in (".pkl", ".pickle", ".joblib")
        assert not (path.is_file() and path.read_bytes()[:2] in (b"\x80\x03", b"\x80\x04", b"\x80\x05"))


def test_exported_model_gives_the_same_calibrated_probabilities_also_for_odd_examples(fitted, calibrated, exported):
    model, dataset, _ = fitted
    examples = pd.concat([dataset.test, odd_frame(model.inputs)], ignore_index=True)[list(model.inputs)]
    served = SavedModel(exported, model.signature()).answer(columns_of(examples))
    assert served.dtype == np.float32
    np.testing.assert_allclose(served, calibrated.predict_proba(examples), atol=model.parity_tolerance)
    if dataset.task == "classification":
        assert np.abs(served - model.predict_proba(examples)).max() > 0.01


def test_exported_model_holds_only_operations_that_may_be_served(fitted, exported):
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    model, dataset, _ = fitted
    signature = model.signature()
    assert (signature.task, signature.answer.size) == (dataset.task, len(dataset.label_names))
    check_graph(exported, read_graph(exported, SavedModel), signature)


def test_exported_model_answers_in_a_process_that_knows_only_tensorflow(
    fitted, calibrated, exported, process_with_tensorflow
):
    model, dataset, _ = fitted
    examples = pd.concat([dataset.test.head(1), odd_frame(model.inputs).tail(1)])[list(model.inputs)]
    answer = process_with_tensorflow(exported, examples)
    expected = calibrated.predict_proba(examples)
    np.testing.assert_allclose(np.array(answer), expected, atol=model.parity_tolerance)


def test_odd_examples_get_probabilities(fitted):
    model, dataset, _ = fitted
    probabilities = model.predict_proba(odd_frame(model.inputs))
    assert np.isfinite(probabilities).all()
    assert model.predict_proba(dataset.test.head(0)).shape == (0, len(dataset.label_names))


ONE_CASE_EACH = [(name, 3 if name in NETWORKS else 2) for name in FAMILIES]


@pytest.mark.parametrize("fitted", ONE_CASE_EACH, indirect=True, ids=FAMILIES)
def test_second_fit_on_inputs_and_label_alone_gives_the_numbers_of_one_fit_with_the_same_seed(fitted):
    """Three promises in one, because fits take seconds: seeds decide, fits leave no trace, no other column counts."""
    model, dataset, _ = fitted
    needed = [*model.inputs, "label"]
    other = dataset.train.assign(label=dataset.train["label"].to_numpy()[::-1])
    twice = type(model).tiny()
    twice.fit(other, dataset.validation, seed=5)
    twice.fit(dataset.train[needed], dataset.validation[needed], seed=3)
    np.testing.assert_array_equal(twice.predict_proba(dataset.test), model.predict_proba(dataset.test))


def test_history_begins_with_the_step_and_goes_on_with_measures(fitted):
    _, _, history = fitted
    step, *measures = history.columns
    assert not step.startswith(("train_", "validation_"))
    assert measures
    assert all(measure.startswith(("train_", "validation_")) for measure in measures)


@pytest.mark.parametrize(
    "use",
    [
        lambda model, folder: model.predict_proba(odd_frame(model.inputs).head(0)),
        lambda model, folder: model.predict_proba(odd_frame(model.inputs)),
        lambda model, folder: model.save(folder),
        lambda model, folder: model.export(folder),
    ],
    ids=["no examples", "examples", "save", "export"],
)
def test_model_that_is_not_fitted_is_refused(model_class, use, tmp_path):
    with pytest.raises(ValueError, match=r"is not fitted\. Call fit first, or read a saved one with \w+\.load"):
        use(model_class.tiny(), tmp_path / "folder")
    assert not (tmp_path / "folder").exists()


def test_single_string_is_no_list_of_texts(fitted):
    model, _, _ = fitted
    with pytest.raises(ValueError, match=r"a single string came\. Write \['bon'\]"):
        model.predict_proba("bon")


def test_frame_gives_the_same_probabilities_as_its_texts(fitted):
    model, dataset, _ = fitted
    if model.inputs != TEXT_ONLY:
        with pytest.raises(ValueError, match=r"but a list came\. Pass a frame with these columns"):
            model.predict_proba(["a text"])
        return
    from_texts = model.predict_proba(dataset.test["text"].tolist())
    np.testing.assert_array_equal(model.predict_proba(dataset.test), from_texts)


def test_examples_without_an_input_column_are_refused(fitted):
    model, dataset, _ = fitted
    for name in model.inputs:
        with pytest.raises(ValueError, match=rf"examples frame lacks the column {name}; it has id, .*\. \w+ needs"):
            model.predict_proba(dataset.test.drop(columns=name))


def test_training_without_a_needed_column_is_refused(model_class):
    dataset, needed = dataset_of(model_class.inputs), [*model_class.inputs, "label"]
    for name in needed:
        message = rf"validation frame lacks the column {name}; .* needs {', '.join(needed)}"
        with pytest.raises(ValueError, match=message):
            model_class.tiny().fit(dataset.train, dataset.validation.drop(columns=name))


@pytest.mark.parametrize("metric", ["brier", "ece", "f1"])
def test_metric_that_may_not_decide_is_refused(model_class, metric):
    if "primary_metric" not in model_class.hyperparameters():
        pytest.skip("the family chooses nothing")
    with pytest.raises(ValueError, match=rf"Unknown primary_metric '{metric}'\..* Available: macro_recall, accuracy"):
        model_class(primary_metric=metric)


def test_several_labels_are_refused_by_a_family_that_learns_one_class(model_class):
    if "multilabel" in model_class.tasks:
        pytest.skip("the family learns several labels")
    dataset = dataset_of(model_class.inputs)
    several = [
        frame.drop(columns="label").assign(labels=[(0,)] * len(frame)) for frame in (dataset.train, dataset.test)
    ]
    message = rf"The family {model_class.family} learns one class per text, .* Choose one of bert, .*random_forest"
    with pytest.raises(ValueError, match=message):
        model_class.tiny().fit(*several)


def test_training_without_a_class_is_refused(model_class):
    dataset = dataset_of(model_class.inputs)
    with pytest.raises(ValueError, match=r"training labels are \[1\]"):
        model_class.tiny().fit(dataset.train[dataset.train["label"] == 1], dataset.validation)


def test_training_without_texts_is_refused(model_class):
    dataset = dataset_of(model_class.inputs)
    with pytest.raises(ValueError, match="validation frame has no rows"):
        model_class.tiny().fit(dataset.train, dataset.validation.head(0))


def test_words_add_up_to_the_score_that_is_explained(calibrated, exported):
    """The tolerance is a share of all contributions: integrals are computed in steps."""
    if calibrated.signature().explains is None:
        pytest.skip("the family explains nothing")
    texts = [*TEXTS_TO_EXPLAIN, *ODD_TEXTS]
    targets = [number % calibrated.n_classes for number in range(len(texts))]
    found = SavedModel(exported, calibrated.signature()).explain(texts, targets)
    sums, sizes = found["contributions"].sum(axis=1), np.abs(found["contributions"]).sum(axis=1)
    assert (np.abs(found["base"] + sums - found["score"]) <= 0.05 * sizes + 1e-4).all()
    raw = calibrated.calibration.undo(calibrated.predict_proba(texts))
    expected = scores_of(raw, np.array(targets), calibrated)
    np.testing.assert_allclose(found["score"], expected, atol=1e-3, rtol=1e-3)
    words = [
        [text[a:b] for a, b in zip(*places, strict=True) if a >= 0]
        for text, *places in zip(texts, found["starts"], found["ends"], strict=True)
    ]
    assert words[: len(TEXTS_TO_EXPLAIN)] == [text.split() for text in TEXTS_TO_EXPLAIN]
