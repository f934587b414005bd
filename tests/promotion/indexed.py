"""A tiny search model: its documents, its graph, and what its index holds."""

import json

import numpy as np

from textlab.bundle_format.retrieval_task import INDEX
from textlab.search import Document, FieldKind, Index, IndexSettings

FIELDS = {"place": FieldKind.WORD, "years": FieldKind.NUMBER}
SETTINGS = IndexSettings(2, fields=FIELDS)
SECRET = "Quillon Zyxomma restores harpsichords and writes Fortran"
PEOPLE = [
    Document("ada", "writes C++ servers", "Ada", {"place": "Berlin", "years": 3}),
    Document("qz", SECRET, "Quillon the Great", {"place": "Zyxtown", "years": 8}),
    Document("cem", "runs Python servers", "Cem", {"place": "Rome"}),
]


def embed(texts):
    """Return the answers of the tiny graph: unit vectors that turn with the length of the text."""
    angles = np.array([len(text) for text in texts]) / 10
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def write_graph(folder):
    import tensorflow as tf

    class Turning(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
        def serve(self, text):
            angles = tf.cast(tf.strings.length(text), tf.float32) / 10
            return {"embedding": tf.stack([tf.cos(angles), tf.sin(angles)], axis=1)}

    module = Turning()
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.serve})


def ids(folder):
    return list(Index(folder / INDEX).ids())


def lines(path, *documents):
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))
    return str(path)
