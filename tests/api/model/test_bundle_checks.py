import json
import shutil
from contextlib import contextmanager
from dataclasses import replace

import pytest
from promoted import promote

from api.model.bundle import check_bundle
from api.model.engine import GraphSignature, load
from api.model.tasks import load_model
from api.model.tensorflow_messages import message
from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.manifest import write_manifest
from textlab.bundle_format.signature import SIGNATURE, classification, write_signature
from textlab.export.bundle import Bundle


@pytest.fixture
def bundle(exported, tmp_path):
    return promote(exported, tmp_path / "sentiment" / "3")


def save(module_function, folder):
    import tensorflow as tf

    module = tf.Module()
    module.answer = tf.Variable([0.5, 0.5])
    signature = [tf.TensorSpec([None], tf.string, name="text")]

    @tf.function(input_signature=signature)
    def serve(text):
        module_function(text)
        return {"probabilities": tf.zeros([tf.size(text), 1]) + module.answer}

    tf.saved_model.save(module, str(folder), signatures=serve)
    return folder


def test_exported_model_answers_as_textlab_does(bundle, exported):
    texts = ["the crew was lovely", "rude and awful", "👩‍👧 \u202eש"]
    model = load_model(bundle)
    assert (model.name, model.number, model.label_names) == ("sentiment", 3, ("negative", "positive"))
    assert model.answer(texts).tolist() == Bundle(exported).predict_proba(texts).tolist()
    assert model.card["run_id"] == "abc"


@pytest.mark.parametrize("name", ["saved_model.pb", "assets/word_ngrams.txt", "assets.extra/labels.json"])
def test_one_changed_byte_is_refused(bundle, name):
    content = bytearray((bundle / name).read_bytes())
    content[-1] ^= 1
    (bundle / name).write_bytes(bytes(content))
    with pytest.raises(BundleError, match=f"does not match its manifest .changed: {name}"):
        check_bundle(bundle)


def test_missing_and_added_files_are_refused(bundle):
    (bundle / "assets.extra/reference.json").unlink()
    (bundle / "assets/more.txt").write_text("x")
    with pytest.raises(BundleError, match=r"missing: assets\.extra/reference\.json; not listed: assets/more\.txt"):
        check_bundle(bundle)


def test_link_is_refused_even_if_its_content_matches(bundle, tmp_path):
    shutil.move(bundle / "saved_model.pb", tmp_path / "elsewhere.pb")
    (bundle / "saved_model.pb").symlink_to(tmp_path / "elsewhere.pb")
    with pytest.raises(BundleError, match=r"saved_model\.pb, which is a link"):
        check_bundle(bundle)


def test_version_that_is_a_link_is_refused(bundle):
    (bundle.parent / "4").symlink_to(bundle)
    with pytest.raises(BundleError, match="is a link to another folder"):
        check_bundle(bundle.parent / "4")


@pytest.mark.parametrize("content", [b"", b'{"sha256": {"a', b"{}", b"[]", b'{"sha256": []}', b"\xff", b"[" * 100_000])
def test_damaged_manifest_is_refused(bundle, content):
    (bundle / "assets.extra/manifest.json").write_bytes(content)
    with pytest.raises(BundleError, match="is damaged"):
        check_bundle(bundle)


@pytest.mark.parametrize("labels", ["{}", '["one"]', '["a", "a"]', '["a", 1]', "nonsense"])
def test_invalid_labels_are_refused(bundle, labels):
    (bundle / "assets.extra/labels.json").write_text(labels)
    write_manifest(bundle)
    with pytest.raises(BundleError, match="is damaged"):
        check_bundle(bundle)


def test_more_labels_than_probabilities_are_refused(bundle):
    (bundle / "assets.extra/labels.json").write_text(json.dumps(["a", "b", "c"]))
    write_manifest(bundle)
    with pytest.raises(BundleError, match="answers 2 probabilities for 3 labels"):
        load_model(bundle)
    (bundle / SIGNATURE).unlink()
    write_manifest(bundle)
    with pytest.raises(BundleError, match=r"output has the shape \(1, 2\) instead of \(1, 3\)"):
        load_model(bundle)


def test_model_that_writes_a_file_is_refused_before_it_can(tmp_path):
    import tensorflow as tf

    target = tmp_path / "written"
    folder = save(lambda text: tf.io.write_file(str(target), "x"), tmp_path / "model")
    with pytest.raises(BundleError, match="its graph holds WriteFile"):
        load_model(promote(folder, tmp_path / "sentiment" / "1"))
    assert not target.exists()


@pytest.mark.parametrize("decoder", ["decode_png", "decode_gif"])
def test_model_of_texts_that_decodes_pictures_is_refused(tmp_path, decoder):
    import tensorflow as tf

    folder = save(lambda text: getattr(tf.io, decoder)(text[0]), tmp_path / "model")
    with pytest.raises(BundleError, match=r"its graph holds Decode\w+, which decodes or encodes pictures or sound"):
        load_model(promote(folder, tmp_path / "sentiment" / "1"))


def test_model_that_writes_while_it_is_loaded_is_refused(tmp_path):
    """A table's initialiser runs at loading, outside the signature."""
    import tensorflow as tf

    target = tmp_path / "written"

    class Writing(tf.lookup.KeyValueTensorInitializer):
        def initialize(self, table):
            tf.io.write_file(str(target), "x")
            return super().initialize(table)

    module = tf.Module()
    module.table = tf.lookup.StaticHashTable(Writing(["a"], [1.0]), 0.0)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        return {"probabilities": tf.stack([module.table.lookup(text), 1 - module.table.lookup(text)], axis=1)}

    tf.saved_model.save(module, str(tmp_path / "model"), signatures=serve)
    target.unlink()
    with pytest.raises(BundleError, match="WriteFile"):
        load_model(promote(tmp_path / "model", tmp_path / "sentiment" / "1"))
    assert not target.exists()


@pytest.mark.parametrize("name", ["python", "read", "save", "print"])
def test_operations_with_side_effects_are_refused(tmp_path, name):
    import tensorflow as tf

    effects = {
        "python": lambda text: tf.py_function(lambda: 1.0, [], tf.float32),
        "read": lambda text: tf.io.read_file("/etc/hostname"),
        "save": lambda text: tf.raw_ops.SaveV2(
            prefix="x", tensor_names=["a"], shape_and_slices=[""], tensors=[tf.constant(1.0)]
        ),
        "print": lambda text: tf.print(text),
    }
    expected = {"python": "EagerPyFunc", "read": "ReadFile", "save": "SaveV2", "print": "PrintV2"}
    folder = save(effects[name], tmp_path / "model")
    with pytest.raises(BundleError, match=expected[name]):
        check_bundle(promote(folder, tmp_path / "sentiment" / "1"))


def test_function_that_calls_the_saver_is_refused(bundle):
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    model = SavedModel.FromString((bundle / "saved_model.pb").read_bytes())
    graph = model.meta_graphs[0]
    saver = next(f for f in graph.graph_def.library.function if any(n.op == "SaveV2" for n in f.node_def))
    serving = next(f for f in graph.graph_def.library.function if f.signature.name != saver.signature.name)
    node = serving.node_def.add(name="hidden", op="StatefulPartitionedCall")
    node.attr["f"].func.name = saver.signature.name
    (bundle / "saved_model.pb").write_bytes(model.SerializeToString())
    write_manifest(bundle)
    with pytest.raises(BundleError, match="a call of the saver"):
        check_bundle(bundle)


def test_asset_outside_the_bundle_is_refused(bundle):
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    model = SavedModel.FromString((bundle / "saved_model.pb").read_bytes())
    model.meta_graphs[0].asset_file_def[0].filename = "../../../etc/passwd"
    (bundle / "saved_model.pb").write_bytes(model.SerializeToString())
    write_manifest(bundle)
    with pytest.raises(BundleError, match="an asset outside the bundle"):
        check_bundle(bundle)


def test_bundle_that_changes_while_it_is_loaded_is_refused(bundle, monkeypatch):
    def load_and_change(*arguments):
        (bundle / "assets.extra/card.json").write_text("{}")
        write_manifest(bundle)
        return load(*arguments)

    monkeypatch.setattr("api.model.model.load", load_and_change)
    with pytest.raises(BundleError, match="has changed while it was loaded"):
        load_model(bundle)


@pytest.mark.parametrize("engine", ["session", "saved_model"])
@pytest.mark.parametrize("name", ["variables.index", "variables.data-00000-of-00001"])
def test_damaged_weights_are_refused_by_both_engines(bundle, engine, name):
    (bundle / "variables" / name).write_bytes(b"x" * 100)
    write_manifest(bundle)
    with pytest.raises(BundleError, match="could not load"):
        load_model(bundle, engine=engine)


def test_graph_without_objects_is_refused_by_the_plain_engine(bundle):
    with tampered_graph(bundle) as graph:
        del graph.object_graph_def.nodes[2:]
    with pytest.raises(BundleError, match="could not load"):
        load_model(bundle, engine="saved_model")


def test_graph_without_the_serving_tag_is_refused(bundle):
    with tampered_graph(bundle) as graph:
        graph.meta_info_def.tags[:] = ["other"]
    with pytest.raises(BundleError, match="exactly one graph with the tag serve"):
        check_bundle(bundle)


@pytest.mark.parametrize("card", ['{"a": NaN, "b": -1e999}', '{"a": Infinity, "b": null}'])
def test_numbers_of_the_card_that_are_not_finite_become_null(bundle, card):
    (bundle / "assets.extra/card.json").write_text(card)
    write_manifest(bundle)
    assert check_bundle(bundle).card == {"a": None, "b": None}


def test_card_nested_too_deeply_is_refused(bundle):
    (bundle / "assets.extra/card.json").write_text('{"a": ' + "[" * 900 + "]" * 900 + "}")
    write_manifest(bundle)
    with pytest.raises(BundleError, match="cannot be read as JSON"):
        check_bundle(bundle)


@pytest.mark.parametrize("content", [b"", b"\x00nonsense"])
def test_unreadable_saved_model_is_refused(bundle, content):
    (bundle / "saved_model.pb").write_bytes(content)
    write_manifest(bundle)
    with pytest.raises(BundleError):
        check_bundle(bundle)


@contextmanager
def tampered_graph(bundle):
    """The graph of a bundle, written back with a matching manifest."""
    path = bundle / "saved_model.pb"
    model = message("SavedModel", "tensorflow.core.protobuf.saved_model_pb2").FromString(path.read_bytes())
    yield model.meta_graphs[0]
    path.write_bytes(model.SerializeToString())
    write_manifest(bundle)


def save_writes(graph, saver):
    """A node outside the saver that calls the saver's functions."""
    node = graph.graph_def.node.add()
    node.CopyFrom(saver)
    node.name = "more"


def save_is_the_answer(graph, saver):
    graph.signature_def["serving_default"].outputs["probabilities"].name = f"{saver.name}:0"


def save_runs_at_first(graph, saver):
    graph.collection_def["saved_model_main_op"].node_list.value.append(saver.name)


def save_comes_before_the_answer(graph, saver):
    answer = graph.signature_def["serving_default"].outputs["probabilities"].name.partition(":")[0]
    next(node for node in graph.graph_def.node if node.name == answer).input.append(f"^{saver.name}")


@pytest.mark.parametrize("change", [save_writes, save_is_the_answer, save_runs_at_first, save_comes_before_the_answer])
def test_graph_that_runs_the_saver_is_refused(bundle, change):
    with tampered_graph(bundle) as graph:
        name = graph.saver_def.save_tensor_name.partition(":")[0]
        change(graph, next(node for node in graph.graph_def.node if node.name == name))
    with pytest.raises(BundleError, match="a call of the saver"):
        check_bundle(bundle)


def test_assets_named_only_in_a_collection_are_refused(bundle):
    with tampered_graph(bundle) as graph:
        del graph.asset_file_def[:]
        graph.collection_def["saved_model_assets"].any_list.value.add()
    with pytest.raises(BundleError, match="an asset outside the bundle"):
        check_bundle(bundle)


def test_bundle_without_a_signature_takes_text_and_answers_probabilities(bundle):
    (bundle / SIGNATURE).unlink(missing_ok=True)
    write_manifest(bundle)
    checked = check_bundle(bundle)
    assert (list(checked.signature.inputs), checked.signature.output) == (["text"], "probabilities")
    assert load_model(bundle).answer(["lovely"]).shape == (1, 2)


def test_signature_gives_the_tensors_that_the_service_reads(bundle):
    write_signature(bundle, classification(["text"], 2))
    write_manifest(bundle)
    found = check_bundle(bundle).signature
    assert found == GraphSignature({"text": "serving_default_text:0"}, "probabilities", found.output_tensor, 2)
    assert found.output_tensor.startswith("StatefulPartitionedCall")


def test_stated_explanation_gives_the_tensors_of_the_second_signature(bundle):
    write_signature(bundle, replace(classification(["text"], 2), explains="log_odds"))
    write_manifest(bundle)
    found = check_bundle(bundle).signature.explain
    assert (found.text, found.target) == ("explain_text:0", "explain_target:0")
    assert sorted(found.outputs) == ["base", "contributions", "ends", "score", "starts"]


@pytest.mark.parametrize("change", ["signature", "output", "type"])
def test_stated_explanation_that_the_graph_lacks_is_refused(bundle, change):
    with tampered_graph(bundle) as graph:
        found = graph.signature_def["explain"]
        if change == "signature":
            del graph.signature_def["explain"]
        elif change == "output":
            del found.outputs["base"]
        else:
            found.inputs["target"].dtype = 1
    write_signature(bundle, replace(classification(["text"], 2), explains="log_odds"))
    write_manifest(bundle)
    with pytest.raises(BundleError, match=r"explain|does not take text and target and answer|Export the model again"):
        check_bundle(bundle)


def test_model_with_inputs_that_no_request_can_carry_is_refused(bundle):
    write_signature(bundle, classification(["title", "text"], 2))
    write_manifest(bundle)
    with pytest.raises(BundleError, match=r"inputs title, text\. A request carries only text and image"):
        check_bundle(bundle)


def test_signature_that_the_graph_does_not_have_is_refused(bundle):
    with tampered_graph(bundle) as graph:
        graph.signature_def["serving_default"].inputs["title"].name = "title:0"
    with pytest.raises(BundleError, match="does not take text and answer probabilities"):
        check_bundle(bundle)


@pytest.mark.parametrize("content", ["{}", "nonsense", '{"format": 9}', '{"format": 1, "task": "drawing"}'])
def test_signature_that_cannot_be_read_is_refused(bundle, content):
    (bundle / SIGNATURE).write_text(content)
    write_manifest(bundle)
    with pytest.raises(BundleError, match=r"signature|task"):
        check_bundle(bundle)
