"""The checks of a promoted bundle before TensorFlow loads it: files, signature and operations.

A SavedModel is a program. The manifest proves that its files are the promoted ones. The check of the graph, which
export and promotion also make, proves that the program can only compute.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.model.engine import ExplainSignature, GraphSignature
from api.model.graph import SIGNATURE, read_graph
from textlab.bundle_format.documents import EXTRA, BundleError, quoted, read_document
from textlab.bundle_format.graph import EXPLAIN, EXPLAIN_OUTPUTS, check_graph
from textlab.bundle_format.manifest import verify_manifest
from textlab.bundle_format.signature import (
    MULTILABEL,
    RETRIEVAL,
    SERVED_INPUTS,
    TRUNCATED,
    Signature,
    is_served,
    read_signature,
)

CARD = EXTRA / "card.json"
TEXT = "text"  # the only input of a model that reads nothing else than texts


@dataclass(frozen=True)
class CheckedBundle:
    """A bundle that has passed the checks.

    Attributes:
        folder: the bundle.
        task: the task of the model.
        inputs: the inputs that the model reads.
        card: the content of assets.extra/card.json, empty if the file is missing.
        digest: sha256 of the manifest, which identifies the whole bundle.
        signature: the names of the graph's inputs and of its answer; None for a bundle without a graph, such as BM25.
        max_characters: the characters of a text that the bundle says a service should accept; None if it does not say.
        explains: the unit of the scores that the graph's second signature explains; None if it has none.
    """

    folder: Path
    task: str
    inputs: tuple[str, ...]
    card: dict[str, Any]
    digest: str
    signature: GraphSignature | None
    max_characters: int | None = None
    explains: str | None = None


def check_bundle(folder: Path) -> CheckedBundle:
    """Check manifest, signature and operations of the bundle in `folder`, and the labels of a classifier.

    Raises:
        BundleError: the folder is a link; the bundle is not finished, differs from its manifest, cannot be served over
            HTTP, or may do more than compute.
    """
    if folder.is_symlink():
        raise BundleError(f"{folder} is a link to another folder. Promote the model again.")
    digest = verify_manifest(folder)
    stated = read_signature(folder)
    _check_served(folder, stated)
    signature = _checked_graph(folder, stated) if stated.has_graph else None
    card = read_document(folder, CARD) if (folder / CARD).exists() else {}
    known = card if isinstance(card, dict) else {}
    limits = stated.max_characters, stated.explains
    return CheckedBundle(folder, stated.task, stated.input_names, known, digest, signature, *limits)


def _check_served(folder: Path, stated: Signature) -> None:
    """Refuse a model with inputs that a request cannot carry."""
    if stated.task == RETRIEVAL and stated.input_names != (TEXT,):
        raise BundleError(
            f"{folder} searches with the inputs {quoted(stated.input_names)}, and a query is a text alone. "
            "Serve another version."
        )
    if stated.task == MULTILABEL and stated.input_names != (TEXT,):
        raise BundleError(
            f"{folder} finds labels from the inputs {quoted(stated.input_names)}, and the service does so for texts "
            "alone. Serve another version."
        )
    if not is_served(stated.input_names):
        raise BundleError(
            f"{folder} has the inputs {quoted(stated.input_names)}. A request carries only "
            f"{' and '.join(SERVED_INPUTS)}; serve another version."
        )


def _checked_graph(folder: Path, stated: Signature) -> GraphSignature:
    """The graph's tensors for the inputs and the answer in `stated`, and the number of values of an answer."""
    graph = read_graph(folder)
    check_graph(folder, graph, stated)
    found, answer = graph.signature_def[SIGNATURE], stated.answer
    inputs = {name: found.inputs[name].name for name in stated.input_names}
    if answer.size is None:
        raise BundleError(f"{folder} does not state the size of its answer. Export the model again.")
    truncated = found.outputs[TRUNCATED].name if stated.tells_truncated else ""
    explain = None
    if stated.explains is not None:
        second = graph.signature_def[EXPLAIN]
        outputs = {name: second.outputs[name].name for name in EXPLAIN_OUTPUTS}
        explain = ExplainSignature(second.inputs["text"].name, second.inputs["target"].name, outputs)
    return GraphSignature(inputs, answer.name, found.outputs[answer.name].name, answer.size, truncated, explain)
