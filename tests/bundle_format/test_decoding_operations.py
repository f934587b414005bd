"""Attacks: graphs that decode more than their inputs need are refused before anything is loaded."""

import pytest
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel as Message

from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.graph import check_graph, read_graph
from textlab.bundle_format.signature import classification

REASON = "which decodes or encodes pictures or sound"


def exported(folder, name, decode):
    """A model with one input called `name`, whose answer depends on what `decode` makes of each value."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name=name)])
    def serve(values):
        sizes = tf.map_fn(lambda value: tf.cast(tf.size(decode(value)), tf.float32), values, tf.float32)
        return {"probabilities": tf.nn.softmax(tf.stack([sizes, -sizes], axis=1))}

    tf.saved_model.save(tf.Module(), str(folder), signatures=serve)
    return folder


def decoders():
    import tensorflow as tf

    image, sound = tf.io, tf.audio
    return {
        "DecodePng": image.decode_png,
        "DecodeJpeg": image.decode_jpeg,
        "DecodeGif": image.decode_gif,
        "DecodeImage": image.decode_image,
        "DecodeBmp": image.decode_bmp,
        "DecodeWav": lambda value: sound.decode_wav(value).audio,
        "EncodePng": lambda value: image.encode_png(tf.zeros([1, 1, 3], tf.uint8) + tf.cast(tf.size(value), tf.uint8)),
    }


def check(folder, name):
    check_graph(folder, read_graph(folder, Message), classification([name], 2))


def test_only_a_model_of_pictures_may_decode_them(tmp_path):
    check(exported(tmp_path / "pictures", "image", decoders()["DecodePng"]), "image")
    texts = exported(tmp_path / "texts", "text", decoders()["DecodePng"])
    with pytest.raises(BundleError, match=f"its graph holds DecodePng, {REASON}"):
        check(texts, "text")
    with pytest.raises(BundleError, match="its graph holds DecodePng"):
        check_graph(texts, read_graph(texts, Message), classification(["text", "airline"], 2))
    with pytest.raises(BundleError, match="does not take image"):  # signature.json claims a picture
        check(texts, "image")


@pytest.mark.parametrize("operation", ["DecodeJpeg", "DecodeGif", "DecodeImage", "DecodeBmp", "DecodeWav", "EncodePng"])
def test_no_model_may_decode_other_media(tmp_path, operation):
    with pytest.raises(BundleError, match=f"its graph holds {operation}, {REASON}"):
        check(exported(tmp_path / "model", "image", decoders()[operation]), "image")
