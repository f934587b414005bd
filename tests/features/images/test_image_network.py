import numpy as np
import pytest
from tiny_pictures import picture

from textlab.features.images import NETWORKS, load_network
from textlab.features.images import network as network_module
from textlab.inputs import kind_of
from textlab.inputs.references import file_reference, inline_reference

ODD = kind_of("image").odd_values()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("picture_features")


@pytest.fixture(scope="module")
def network(folder):
    return load_network("tiny", folder)


@pytest.fixture(scope="module")
def features(network):
    return network.features(ODD, show_progress=False)


@pytest.fixture(scope="module")
def exported(network, tmp_path_factory):
    """The network as a SavedModel."""
    import tensorflow as tf

    path = tmp_path_factory.mktemp("saved_model")
    module = tf.Module()
    module.network = network.in_graph()
    signature = [tf.TensorSpec([None], tf.string, name="image")]
    serve = tf.function(lambda image: {"embedding": module.network(image)}, input_signature=signature)
    tf.saved_model.save(module, str(path), signatures=serve)
    return path


def in_session(path, threads, *batches):
    """The features that a session of TensorFlow 1, which the service uses, computes."""
    import tensorflow as tf
    from tensorflow.python.saved_model.loader_impl import SavedModelLoader

    config = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=threads)
    with tf.Graph().as_default(), tf.compat.v1.Session(config=config) as session:
        stated = SavedModelLoader(str(path)).load(session, ["serve"]).signature_def["serving_default"]
        given, wanted = stated.inputs["image"].name, stated.outputs["embedding"].name
        return [session.run(wanted, {given: kind_of("image").encode(batch)}) for batch in batches]


def computed_pictures(monkeypatch):
    """A list that grows by the number of pictures in each batch that a network computes."""
    counts, in_batches = [], network_module._in_batches

    def counted(values, *others):
        counts.append(len(values))
        return in_batches(values, *others)

    monkeypatch.setattr(network_module, "_in_batches", counted)
    return counts


def test_missing_picture_has_zeros_and_every_other_has_features(features, network):
    assert features.shape == (len(ODD), network.size)
    assert features.dtype == np.float32
    assert not features[0].any()
    assert features[1:].any(axis=1).all()


def test_second_run_computes_no_picture_and_gives_the_same_numbers(monkeypatch, folder, features):
    counts = computed_pictures(monkeypatch)
    np.testing.assert_array_equal(load_network("tiny", folder).features(ODD[::-1], show_progress=False)[::-1], features)
    assert counts == []


def test_only_new_pictures_are_computed_and_each_once(monkeypatch, network, features):
    counts, new = computed_pictures(monkeypatch), inline_reference(picture(seed=901))
    network.features([*ODD, new, new, ""], show_progress=False)
    assert counts == [1]


def test_content_decides_and_not_its_place(monkeypatch, tmp_path, network):
    content = picture(seed=902)
    (tmp_path / "picture.png").write_bytes(content)
    reference = file_reference(str(tmp_path / "picture.png"), content)
    from_file = network.features([reference], show_progress=False)
    counts = computed_pictures(monkeypatch)
    np.testing.assert_array_equal(network.features([inline_reference(content)], show_progress=False), from_file)
    assert counts == []


def test_other_weights_have_another_cache(network, features, folder):
    changed = {name: weight * 2 for name, weight in network.weights.items()}
    other = network_module.ImageNetwork("tiny", network.architecture, changed, folder=folder)
    assert not np.array_equal(other.features(ODD[:3], show_progress=False), features[:3])


def test_changed_file_is_refused(tmp_path, network):
    (tmp_path / "picture.png").write_bytes(picture(seed=903))
    reference = file_reference(str(tmp_path / "picture.png"), picture(seed=904))
    with pytest.raises(ValueError, match="has changed since the dataset was loaded"):
        network.features([reference], show_progress=False)


@pytest.mark.parametrize("threads", [1, 2])
def test_session_gives_the_features_of_training(exported, features, threads):
    whole, nothing, blank = in_session(exported, threads, ODD, [], ["", ""])
    np.testing.assert_allclose(whole, features, atol=1e-5)
    assert nothing.shape == (0, features.shape[1])
    assert not blank.any()


def test_loaded_module_gives_the_features_of_training(exported, features):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(exported))
    answer = loaded.signatures["serving_default"](image=tf.constant(kind_of("image").encode(ODD)))
    np.testing.assert_allclose(answer["embedding"], features, atol=1e-5)


def test_features_do_not_depend_on_the_other_pictures_of_a_batch(exported, features):
    single = in_session(exported, 1, *[[value] for value in ODD])
    np.testing.assert_allclose(np.concatenate(single), features, atol=1e-5)


def test_graph_holds_no_decoder_but_one(exported):
    from tensorflow.core.protobuf import saved_model_pb2

    graph = saved_model_pb2.SavedModel.FromString((exported / "saved_model.pb").read_bytes()).meta_graphs[0].graph_def
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    assert {node.op for node in nodes if node.op.startswith("Decode")} == {"DecodePng"}
    assert {node.op for node in nodes if "PyFunc" in node.op} == set()


def test_unknown_network_is_refused_with_the_names_of_all():
    with pytest.raises(ValueError, match=r"'resnet'\. Available: efficientnet_lite0, tiny\."):
        load_network("resnet")
    assert NETWORKS == ("efficientnet_lite0", "tiny")
