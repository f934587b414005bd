"""The bundles of retrievers: with a graph, and of terms alone."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from tiny_data import tiny_dataset, tiny_retrieval_dataset
from tiny_retriever import BUCKETS, fitted_retriever

from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.manifest import graph_digest, write_manifest
from textlab.export.bundle import Bundle, write_bundle
from textlab.export.contents import contents_of
from textlab.export.retrieval_bundle import build_model_index
from textlab.search import set_encoder

KINDS = ("encoder", "bm25")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """For each kind the model, its dataset, its predictions, and its bundle with the measurements."""
    found = {}
    for kind in KINDS:
        folder = tmp_path_factory.mktemp(kind)
        model, dataset, index, predictions = fitted_retriever(kind, folder)
        facts = write_bundle(model, dataset, folder / "bundle", {"run_id": "abc"}, parts={"index": index.folder})
        found[kind] = model, dataset, predictions, folder / "bundle", facts
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_bundle_finds_what_the_model_found(made, kind):
    _, _, predictions, folder, _ = made[kind]
    bundle = Bundle(folder)
    contents_of("retrieval").check_run(bundle, predictions, "The bundle")
    (hits,) = bundle.search(["python services"], 3, [{"place": "Lima"}])
    assert hits[0].id == "d2"
    assert {bundle.index.document(hit.id).fields["place"] for hit in hits} == {"Lima"}


def test_bundle_of_an_encoder_has_its_parity_and_names_its_graph(made):
    model, dataset, _, folder, facts = made["encoder"]
    bundle = Bundle(folder)
    assert facts.parity <= 1e-5
    assert facts.parity_texts > len(dataset.documents)
    assert bundle.signature.answer.size == BUCKETS
    assert bundle.index.encoder == graph_digest(folder) != ""
    np.testing.assert_allclose(bundle.vectors(["python in Lima"]), model.encode(["python in Lima"]), atol=1e-6)


def test_bundle_of_terms_has_no_graph_and_says_so(made):
    _, _, _, folder, facts = made["bm25"]
    assert not (folder / "saved_model.pb").exists()
    assert json.loads((folder / "assets.extra/signature.json").read_text())["outputs"] == []
    assert (facts.parity, facts.parity_texts) == (0, 0)
    assert 0 < facts.latency_ms <= facts.latency_p99_ms
    assert Bundle(folder).vectors(["python"]) is None
    with pytest.raises(ValueError, match="ranks by terms and holds no graph"):
        Bundle(folder).served  # noqa: B018  reading it is the test


def test_requests_are_read_for_conditions_and_the_frame_keeps_what_is_found_without(made):
    _, dataset, predictions, _, _ = made["encoder"]
    test = predictions["test"]
    places = dict(zip(dataset.documents["id"], dataset.documents["place"], strict=True))
    stated = [json.loads(conditions).get("place") for conditions in test["conditions"]]
    for place, found, plain in zip(stated, test["found"], test["found_without_conditions"], strict=True):
        assert len(plain) == len(dataset.documents)
        assert {places[id_] for id_ in found} == ({place} if place else set(places.values()))


def test_bundle_with_the_index_of_another_encoder_is_refused(made, tmp_path):
    copy = shutil.copytree(made["encoder"][3], tmp_path / "copy")
    set_encoder(copy / "assets.extra/index", "0" * 64)
    write_manifest(copy)
    with pytest.raises(BundleError, match=r"was made with another encoder than the one beside it\. Build the index"):
        Bundle(copy)


def test_bundle_without_its_index_is_refused(made, tmp_path):
    copy = shutil.copytree(made["bm25"][3], tmp_path / "copy")
    shutil.rmtree(copy / "assets.extra/index")
    write_manifest(copy)
    with pytest.raises(BundleError, match=r"has no index: assets\.extra/index is missing"):
        Bundle(copy)


def test_index_of_other_vectors_leaves_no_bundle(made, tmp_path, monkeypatch):
    model, dataset, _, _, _ = made["encoder"]
    index = build_model_index(model, dataset, tmp_path / "index")
    monkeypatch.setattr(type(index), "vectors_of", lambda self, ids: np.eye(BUCKETS, dtype=np.float32)[: len(ids)])
    with pytest.raises(ValueError, match="The index holds vectors of documents whose cosine with the model's is down"):
        write_bundle(model, dataset, tmp_path / "bundle", {}, parts={"index": index.folder})
    assert not (tmp_path / "bundle").exists()


def test_bundle_of_a_retriever_needs_an_index_and_its_own_dataset(made, tmp_path):
    model, dataset, _, _, _ = made["bm25"]
    with pytest.raises(ValueError, match=r"needs an index of documents, and parts=\[\] came. Build it with"):
        write_bundle(model, dataset, tmp_path / "bundle", {})
    with pytest.raises(ValueError, match="is for classification, and the model is for retrieval"):
        write_bundle(model, tiny_dataset(), tmp_path / "bundle", {})
    assert not (tmp_path / "bundle").exists()


def test_caller_of_the_wrong_task_gets_a_clear_error(made, exported):
    with pytest.raises(ValueError, match="is for retrieval, and one for classification or multilabel is needed"):
        Bundle(made["bm25"][3]).predict_proba(["a text"])
    with pytest.raises(ValueError, match="is for retrieval, and one for classification or multilabel is needed"):
        Bundle(made["bm25"][3]).label_names  # noqa: B018  reading it is the test
    with pytest.raises(ValueError, match="is for classification, and one for retrieval is needed"):
        Bundle(exported[1]).search(["a text"])


def test_run_that_found_other_documents_is_noticed(made):
    _, _, predictions, folder, _ = made["encoder"]
    test = predictions["test"]
    wrong = test.assign(found=[ids[::-1] for ids in test["found_without_conditions"]])
    with pytest.raises(ValueError, match=r"The bundle finds \d+ of the \d+ documents that the run found"):
        contents_of("retrieval").check_run(Bundle(folder), predictions | {"test": wrong}, "The bundle")


@pytest.mark.parametrize("answers", [np.full((2, 4), 0.6), np.full((2, 4), np.nan), np.zeros((2, 4))])
def test_vectors_that_are_not_of_length_one_are_refused(answers):
    with pytest.raises(ValueError, match=r"lengths from .* instead of 1\. Normalise"):
        contents_of("retrieval").check_answers(answers)


def test_documents_without_fields_or_titles_are_indexed(made, tmp_path):
    dataset = tiny_retrieval_dataset()
    queries = {split: frame.drop(columns="conditions") for split, frame in dataset.splits()}
    plain = replace(dataset, documents=dataset.documents[["id", "text"]], fields={}, **queries)
    index = build_model_index(made["bm25"][0], plain, tmp_path / "index")
    assert index.document("d3").title == ""
    assert index.count == len(plain.documents)
