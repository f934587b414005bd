"""The contract that every retriever keeps, tested on each family that is found."""

import dataclasses

import numpy as np
import pytest
from tiny_data import ODD_TEXTS, tiny_retrieval_dataset

from textlab.bundle_format.graph import check_graph, read_graph
from textlab.models import families
from textlab.search.fields import FieldKind

FAMILIES = [
    # the hybrid's vectors are those of an encoder that is here, too; test_hybrid.py has the rest
    pytest.param(name, marks=pytest.mark.slow if name == "hybrid" else ())
    for name, family in sorted(families().items())
    if family.task == "retrieval"
]
FIELDS = {"place": FieldKind.WORD}


@pytest.fixture(scope="module", params=FAMILIES)
def model_class(request):
    return families()[request.param]


@pytest.fixture(scope="module")
def dataset():
    return tiny_retrieval_dataset()


@pytest.fixture(scope="module")
def fitted(model_class, dataset):
    model = model_class.tiny()
    history = model.fit(dataset, seed=3)
    return model, history


@pytest.fixture(scope="module")
def encoder(fitted):
    """A fitted model that has vectors."""
    if not fitted[0].dimension:
        pytest.skip("the family has no vectors")
    return fitted[0]


@pytest.fixture(scope="module")
def exported(encoder, tmp_path_factory):
    """The folder of the fitted model's export, which takes seconds to write."""
    folder = tmp_path_factory.mktemp("exported") / "export"
    encoder.export(folder)
    return folder


def all_texts(dataset):
    return [*dataset.documents["text"], *dataset.test["text"]]


def test_vectors_have_the_length_one_also_of_odd_texts(encoder, dataset):
    vectors = encoder.encode([*all_texts(dataset), *ODD_TEXTS])
    assert vectors.shape == (len(all_texts(dataset)) + len(ODD_TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_vectors_encoded_in_bulk_point_the_same_way(encoder, dataset):
    texts = [*all_texts(dataset), *ODD_TEXTS]
    assert ((encoder.encode(texts) * encoder.encode_in_bulk(texts)).sum(axis=1) >= 0.999).all()


def test_no_texts_have_no_vectors(encoder):
    assert encoder.encode([]).shape == (0, encoder.dimension)
    assert encoder.encode_in_bulk([]).shape == (0, encoder.dimension)


def test_vector_of_a_text_does_not_depend_on_the_texts_beside_it(encoder, dataset):
    texts = [*all_texts(dataset), "a far longer text " * 30]
    together = encoder.encode(texts)
    np.testing.assert_allclose(encoder.encode(texts[3:4]), together[3:4], atol=1e-6)


def test_frame_gives_the_same_vectors_as_its_texts(encoder, dataset):
    np.testing.assert_array_equal(encoder.encode(dataset.documents), encoder.encode(dataset.documents["text"].tolist()))


def test_single_string_is_no_list_of_texts(encoder):
    with pytest.raises(ValueError, match=r"a single string came\. Write \['bon'\]"):
        encoder.encode("bon")


def test_exported_model_gives_the_same_vectors_also_for_odd_texts(encoder, exported, dataset):
    import tensorflow as tf

    from textlab.text.graph import encode

    texts = [*all_texts(dataset), *ODD_TEXTS]
    served = tf.saved_model.load(str(exported)).signatures["serving_default"]
    answer = served(text=tf.constant(encode(texts)))["embedding"].numpy()
    assert answer.dtype == np.float32
    np.testing.assert_allclose(answer, encoder.encode(texts), atol=encoder.parity_tolerance)


def test_exported_model_holds_only_operations_that_may_be_served(encoder, exported):
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    check_graph(exported, read_graph(exported, SavedModel), encoder.signature())


def test_exported_model_answers_in_a_process_that_knows_only_tensorflow(encoder, exported, process_with_tensorflow):
    texts = ["builds python services", ""]
    answer = process_with_tensorflow(exported, {"text": texts})
    np.testing.assert_allclose(answer, encoder.encode(texts), atol=encoder.parity_tolerance)


def test_family_without_vectors_says_so(fitted, tmp_path):
    model, _ = fitted
    if model.dimension:
        pytest.skip("the family has vectors")
    assert model.uses_terms
    with pytest.raises(ValueError, match="ranks by terms and has no vectors"):
        model.encode(["a text"])
    with pytest.raises(ValueError, match="no vectors"):
        model.export(tmp_path / "export")
    assert not (tmp_path / "export").exists()


def test_settings_of_the_index_fit_the_model(fitted):
    model, _ = fitted
    settings = model.index_settings(FIELDS)
    assert settings.dimension == model.dimension
    assert settings.terms == model.uses_terms
    assert settings.fields == FIELDS


def test_history_begins_with_the_step_and_goes_on_with_measures(fitted):
    _, history = fitted
    step, *measures = history.columns
    assert not step.startswith(("train_", "validation_"))
    assert measures
    assert all(measure.startswith(("train_", "validation_")) for measure in measures)


def test_loaded_model_gives_the_same_vectors_and_settings(fitted, dataset, tmp_path):
    model, _ = fitted
    model.save(tmp_path / "model")
    loaded = type(model).load(tmp_path / "model")
    assert loaded.parameters == model.parameters
    assert loaded.index_settings(FIELDS) == model.index_settings(FIELDS)
    if model.dimension:
        np.testing.assert_array_equal(loaded.encode(all_texts(dataset)), model.encode(all_texts(dataset)))


def test_saved_model_holds_no_pickle(fitted, tmp_path):
    fitted[0].save(tmp_path / "model")
    for path in tmp_path.rglob("*"):
        assert path.suffix not in (".pkl", ".pickle", ".joblib")
        assert not (path.is_file() and path.read_bytes()[:2] in (b"\x80\x03", b"\x80\x04", b"\x80\x05"))


def test_second_fit_gives_the_numbers_of_one_fit_with_the_same_seed_and_reads_no_test_query(fitted, dataset):
    """Three promises in one, because fits take seconds: seeds decide, fits leave no trace, no test query counts."""
    model, history = fitted
    other = dataset.train.assign(text=[f"rust {text}" for text in dataset.train["text"]])
    test = dataset.test.assign(text=[f"quite other words {number}" for number in range(len(dataset.test))])
    twice = type(model).tiny()
    twice.fit(dataclasses.replace(dataset, train=other), seed=5)
    again = twice.fit(dataclasses.replace(dataset, test=test), seed=3)
    kept = [column for column in history if "seconds" not in column]
    np.testing.assert_array_equal(again[kept].to_numpy(), history[kept].to_numpy())
    assert twice.index_settings(FIELDS) == model.index_settings(FIELDS)
    if model.dimension:
        np.testing.assert_array_equal(twice.encode(all_texts(dataset)), model.encode(all_texts(dataset)))


@pytest.mark.parametrize(
    "use",
    [
        lambda model, folder: model.encode(["a text"]),
        lambda model, folder: model.encode_in_bulk([]),
        lambda model, folder: model.index_settings({}),
        lambda model, folder: model.save(folder),
        lambda model, folder: model.export(folder),
    ],
    ids=["encode", "encode in bulk", "index settings", "save", "export"],
)
def test_model_that_is_not_fitted_is_refused(model_class, use, tmp_path):
    with pytest.raises(ValueError, match=r"is not fitted\. Call fit first, or read a saved one with \w+\.load"):
        use(model_class.tiny(), tmp_path / "folder")
    assert not (tmp_path / "folder").exists()


@pytest.mark.parametrize("metric", ["precision", "macro_recall"])
def test_metric_that_may_not_decide_is_refused(model_class, metric):
    if "primary_metric" not in model_class.hyperparameters():
        pytest.skip("the family chooses nothing")
    with pytest.raises(ValueError, match=rf"Unknown primary_metric '{metric}'\..* Available: ndcg_10, mrr_10"):
        model_class(primary_metric=metric)
