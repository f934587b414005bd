"""The hybrid: an encoder's ranking and BM25's, fused as validation says."""

import numpy as np
import pytest
from tiny_data import tiny_retrieval_dataset

from textlab.models.hybrid import Hybrid
from textlab.models.static_encoder import StaticEncoder
from textlab.search import Document, Index, build_index

SETTINGS = {"k1": 1.2, "b": 0.75, "stemmer": "english"}


@pytest.fixture(scope="module")
def dataset():
    return tiny_retrieval_dataset()


@pytest.fixture(scope="module")
def fitted(dataset):
    model = Hybrid.tiny()
    return model, model.fit(dataset, seed=3)


def test_fusion_is_at_least_as_good_on_validation_as_the_better_ranking(fitted):
    model, history = fitted
    scores = history.set_index("setting")["validation_ndcg_10"]
    chosen = scores[f"terms {model.resolved['term_weight']:g}, constant {model.resolved['fusion_constant']}"]
    assert chosen == scores.max()
    assert {"terms 0, constant 60", "terms 1, constant 60"} <= set(scores.index)


def test_index_finds_what_validation_was_chosen_on(fitted, dataset, tmp_path):
    model, history = fitted
    texts = dataset.validation["text"].tolist()
    documents = [
        Document(id_, text) for id_, text in zip(dataset.documents["id"], dataset.documents["text"], strict=True)
    ]
    vectors = model.encode(dataset.documents["text"].tolist())
    build_index(tmp_path / "index", documents, model.index_settings({}), vectors)
    from textlab.models.ranking import ranking_measures

    hits = Index(tmp_path / "index").rank(texts, model.encode(texts), 100)
    found = [[hit.id for hit in ranking] for ranking in hits]
    measures = ranking_measures(dataset, dataset.validation, found)
    assert measures["validation_ndcg_10"] == pytest.approx(history["validation_ndcg_10"].max(), abs=0.02)  # float16


@pytest.fixture(scope="module")
def bundle(fitted, tmp_path_factory):
    """A bundle with the encoder of the fitted model."""
    folder = tmp_path_factory.mktemp("encoder") / "bundle"
    write_encoder_bundle(fitted[0], folder)
    return folder


def test_given_weight_and_constant_are_kept(dataset, bundle):
    model = Hybrid(encoder_run="a run", term_weight=0.3, fusion_constant=20, **SETTINGS)
    model.use_encoder(bundle)
    history = model.fit(dataset)
    assert history["setting"].tolist() == ["terms 0.3, constant 20"]
    settings = model.index_settings(dataset.fields)
    assert (settings.term_weight, settings.fusion_constant, settings.terms) == (0.3, 20, True)


def test_encoder_of_a_run_is_used_and_not_trained_again(dataset, fitted, bundle, monkeypatch):
    monkeypatch.setattr(StaticEncoder, "_fit", lambda *_: pytest.fail("trained again"))
    model = Hybrid(encoder_run="a run", **SETTINGS)
    model.use_encoder(bundle)
    model.fit(dataset)
    texts = dataset.test["text"].tolist()
    np.testing.assert_allclose(model.encode(texts), fitted[0].encode(texts), atol=1e-6)


def write_encoder_bundle(encoder, folder):
    """The parts of a bundle that an encoder needs."""
    from textlab.bundle_format.documents import EXTRA
    from textlab.bundle_format.manifest import write_manifest
    from textlab.bundle_format.signature import write_signature

    encoder.export(folder)
    (folder / EXTRA).mkdir()
    write_signature(folder, encoder.signature())
    write_manifest(folder)


def test_bundle_without_an_encoder_is_refused(tmp_path):
    from textlab.bundle_format.documents import EXTRA, BundleError
    from textlab.bundle_format.manifest import write_manifest
    from textlab.bundle_format.signature import signature_of, write_signature

    (tmp_path / EXTRA).mkdir()
    write_signature(tmp_path, signature_of("retrieval", ["text"], 0))
    write_manifest(tmp_path)
    with pytest.raises(BundleError, match=r"holds no encoder of texts\. Name a run of a family with vectors"):
        Hybrid().use_encoder(tmp_path)


def test_run_that_was_not_loaded_is_refused(dataset):
    with pytest.raises(ValueError, match=r"The encoder of run 'abc' was not loaded\. Call use_encoder with its bundle"):
        Hybrid(encoder_run="abc", **SETTINGS).fit(dataset)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"encoder_settings": {"epocs": 3}}, "StaticEncoder has no hyperparameter 'epocs'"),
        ({"encoder": "bm25"}, "Unknown encoder 'bm25'"),
        ({"encoder_settings": "epochs"}, r"encoder_settings is 'epochs' \(str\)\. Give a value of type dict"),
    ],
)
def test_wrong_encoder_is_refused_before_anything_starts(settings, reason):
    with pytest.raises(ValueError, match=reason):
        Hybrid(**settings)


def test_loaded_model_encodes_alike_when_the_folder_is_gone(fitted, tmp_path):
    import shutil

    model, _ = fitted
    model.save(tmp_path / "model")
    loaded = Hybrid.load(tmp_path / "model")
    shutil.rmtree(tmp_path / "model")
    np.testing.assert_array_equal(loaded.encode(["rust", ""]), model.encode(["rust", ""]))
    loaded.export(tmp_path / "export")
    assert (tmp_path / "export" / "saved_model.pb").exists()
    assert loaded.index_settings({}) == model.index_settings({})
