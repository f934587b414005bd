"""The checks of a promoted bundle before TensorFlow loads it: files, labels, signature and operations.

A SavedModel is a program. The manifest proves that its files are the promoted ones. The check of the graph, which
export and promotion also make, proves that the program can only compute.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.model.engine import GraphSignature
from api.model.graph import SIGNATURE, read_graph
from textlab.bundle_format.documents import EXTRA, BundleError, quoted, read_document
from textlab.bundle_format.graph import check_graph
from textlab.bundle_format.labels import read_labels
from textlab.bundle_format.manifest import verify_manifest
from textlab.bundle_format.signature import CLASSIFICATION, SERVED_INPUTS, Signature, read_signature

CARD = EXTRA / "card.json"


@dataclass(frozen=True)
class CheckedBundle:
    """A bundle that has passed the checks.

    Attributes:
        folder: the bundle.
        label_names: the classes, in the order of the probabilities.
        card: the content of assets.extra/card.json, empty if the file is missing.
        digest: sha256 of the manifest, which identifies the whole bundle.
        signature: the names of the graph's inputs and of its answer.
    """

    folder: Path
    label_names: tuple[str, ...]
    card: dict[str, Any]
    digest: str
    signature: GraphSignature


def check_bundle(folder: Path) -> CheckedBundle:
    """Check manifest, labels, signature and operations of the bundle in `folder`.

    Raises:
        BundleError: the folder is a link; the bundle is not finished, differs from its manifest, cannot be served over
            HTTP, or may do more than compute.
    """
    if folder.is_symlink():
        raise BundleError(f"{folder} is a link to another folder. Promote the model again.")
    digest = verify_manifest(folder)
    labels = read_labels(folder)
    stated = read_signature(folder)
    _check_served(folder, stated)
    graph = read_graph(folder)
    check_graph(folder, graph, stated)
    card = read_document(folder, CARD) if (folder / CARD).exists() else {}
    signature = _graph_signature(graph, stated, len(labels))
    return CheckedBundle(folder, labels, card if isinstance(card, dict) else {}, digest, signature)


def _check_served(folder: Path, stated: Signature) -> None:
    """Refuse a model with another task, or with inputs that a request cannot carry."""
    if stated.task != CLASSIFICATION or stated.input_names != SERVED_INPUTS:
        raise BundleError(
            f"{folder} has the task {stated.task} and the inputs {quoted(stated.input_names)}. The service runs "
            f"only classifiers whose single input is {SERVED_INPUTS[0]}; serve another version."
        )


def _graph_signature(graph: Any, stated: Signature, classes: int) -> GraphSignature:
    """The graph's tensors for the inputs and the output in `stated`, and its number of classes."""
    found, answer = graph.signature_def[SIGNATURE], stated.answer.name
    inputs = {name: found.inputs[name].name for name in stated.input_names}
    return GraphSignature(inputs, answer, found.outputs[answer].name, classes)
