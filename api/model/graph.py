"""The graph in a SavedModel, read without TensorFlow."""

from pathlib import Path
from typing import Any

from api.model.tensorflow_messages import message
from textlab.bundle_format import graph

SIGNATURE = graph.SIGNATURE


def read_graph(folder: Path) -> Any:
    """The only graph (a MetaGraphDef) of the SavedModel in `folder`, unchecked.

    Raises:
        BundleError: the file cannot be read, or it has not exactly one graph that can be served.
    """
    return graph.read_graph(folder, message("SavedModel", "tensorflow.core.protobuf.saved_model_pb2"))
