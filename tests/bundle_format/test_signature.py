import json
from dataclasses import replace

import pytest

from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.labels import read_labels, write_labels
from textlab.bundle_format.signature import (
    LOG_ODDS,
    Signature,
    Tensor,
    classification,
    is_served,
    of_limited_length,
    read_signature,
    signature_of,
    write_signature,
)

TEXT = {"name": "text", "type": "string"}
PROBABILITIES = {"name": "probabilities", "type": "float32", "size": 2}
DOCUMENT = {"format": 1, "task": "classification", "inputs": [TEXT], "outputs": [PROBABILITIES]}


@pytest.fixture
def bundle(tmp_path):
    (tmp_path / "assets.extra").mkdir()
    write_labels(tmp_path, ["bad", "good"])
    return tmp_path


def state(bundle, document):
    (bundle / "assets.extra/signature.json").write_text(json.dumps(document))


def test_written_signature_is_read_back(bundle):
    signature = classification(["text", "airline"], 2)
    write_signature(bundle, signature)
    assert read_signature(bundle) == signature
    assert signature.input_names == ("text", "airline")
    assert signature.answer == Tensor("probabilities", "float32", 2)


def test_file_has_the_documented_form(bundle):
    write_signature(bundle, classification(["text"], 2))
    assert json.loads((bundle / "assets.extra/signature.json").read_text()) == DOCUMENT


def test_model_of_texts_of_limited_length_states_a_second_output_and_its_characters(bundle):
    signature = of_limited_length(classification(["text"], 2), 4080)
    write_signature(bundle, signature)
    assert read_signature(bundle) == signature
    assert signature.tells_truncated
    assert not classification(["text"], 2).tells_truncated
    stated = json.loads((bundle / "assets.extra/signature.json").read_text())
    assert stated["outputs"] == [PROBABILITIES, {"name": "truncated", "type": "bool"}]
    assert stated["max_characters"] == 4080


def test_bundle_without_a_signature_takes_text_and_answers_probabilities(bundle):
    assert read_signature(bundle) == Signature(
        "classification", (Tensor("text", "string"),), (Tensor("probabilities", "float32", 2),)
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "signature in format 2; this version reads format 1"),
        ({"format": None}, "signature in format None"),
        ({"format": True}, "signature in format True"),
        ({"format": [[["x"] * 9000]]}, r"signature in format .{120}\.\.\.; this version"),
        ({"task": "x" * 9000}, r"has the task .{120}\.\.\.; known tasks"),
        ({"task": "translation"}, "has the task 'translation'; known tasks: classification, multilabel, retrieval"),
        ({"task": "../signature"}, "has the task '../signature'; known tasks"),
        ({"task": "retrieval"}, "does not answer 'embedding'"),
        ({"task": "retrieval", "outputs": [{"name": "embedding", "type": "float32"}]}, "not state the size of its vec"),
        ({"task": "retrieval", "outputs": None}, "needs a list of 'outputs'"),
        ({"outputs": []}, "does not answer 'probabilities'"),
        ({"task": ["classification"]}, "has the task"),
        ({"inputs": []}, "needs a list of 'inputs'"),
        ({"inputs": TEXT}, "needs a list of 'inputs'"),
        ({"inputs": [TEXT, TEXT]}, "needs a list of 'inputs', each with a different name"),
        ({"inputs": [TEXT | {"type": "int7"}]}, "needs a list of 'inputs', .* one of the types string"),
        ({"inputs": [TEXT | {"type": ["string"]}]}, "needs a list of 'inputs'"),
        ({"inputs": [TEXT | {"name": "a text"}]}, "needs a list of 'inputs'"),
        ({"inputs": ["text"]}, "needs a list of 'inputs'"),
        ({"outputs": [PROBABILITIES | {"size": 0}]}, "needs a list of 'outputs'"),
        ({"outputs": [PROBABILITIES | {"size": True}]}, "needs a list of 'outputs'"),
        ({"outputs": [PROBABILITIES | {"name": "scores"}]}, "does not answer 'probabilities'"),
        ({"outputs": [PROBABILITIES | {"size": 3}]}, "answers 3 probabilities for 2 labels"),
        ({"outputs": [PROBABILITIES | {"type": "bool"}]}, "states that 'probabilities' is bool, not float32"),
        ({"outputs": [PROBABILITIES, {"name": "truncated", "type": "float32"}]}, "'truncated' is float32, not bool"),
        ({"max_characters": 0}, "states 0 as max_characters, which is no positive number"),
        ({"max_characters": True}, "states True as max_characters"),
        ({"max_characters": "many"}, "states 'many' as max_characters"),
    ],
)
def test_signature_that_this_version_cannot_serve_is_refused(bundle, changes, message):
    state(bundle, DOCUMENT | changes)
    with pytest.raises(BundleError, match=message):
        read_signature(bundle)


@pytest.mark.parametrize("size", [0, 384])
def test_signature_of_a_retriever_may_state_no_graph(tmp_path, size):
    (tmp_path / "assets.extra").mkdir()
    write_signature(tmp_path, signature_of("retrieval", ["text"], size))
    signature = read_signature(tmp_path)
    assert signature.has_graph == (size > 0)
    assert [tensor.size for tensor in signature.outputs] == [384][: signature.has_graph]
    if not signature.has_graph:
        with pytest.raises(BundleError, match="does not answer 'embedding'"):
            signature.answer  # noqa: B018  reading it is the test


@pytest.mark.parametrize("content", [b"", b"\xff", b"[" * 100_000])
def test_damaged_signature_is_named_as_such(bundle, content):
    (bundle / "assets.extra/signature.json").write_bytes(content)
    with pytest.raises(BundleError, match=r"assets\.extra/signature\.json cannot be read as JSON"):
        read_signature(bundle)


@pytest.mark.parametrize("labels", [[], ["one"], ["a", "a"], [1, 2], ["a", "\ud800"], "ab", {"a": 1, "b": 2}])
def test_labels_must_be_two_or_more_different_names(bundle, labels):
    (bundle / "assets.extra/labels.json").write_text(json.dumps(labels))
    with pytest.raises(BundleError, match="is not a list of two or more different names"):
        read_labels(bundle)


@pytest.mark.parametrize("inputs", [["text"], ["image"], ["text", "image"], ["image", "text"]])
def test_request_can_carry_texts_and_pictures(inputs):
    assert is_served(inputs)
    assert not is_served([*inputs, "airline"])


def test_unit_of_explanations_is_read_back(bundle):
    signature = replace(classification(["text"], 2), explains=LOG_ODDS)
    write_signature(bundle, signature)
    assert read_signature(bundle).explains == LOG_ODDS


@pytest.mark.parametrize("stated", [True, "", "saliency", ["log_odds"]])
def test_unknown_unit_of_explanations_is_refused(bundle, stated):
    state(bundle, DOCUMENT | {"explains": stated})
    with pytest.raises(BundleError, match="known: log_odds, probability"):
        read_signature(bundle)
