"""A promoted bundle is checked before TensorFlow loads it: the sha256 of every file, then every operation.

A SavedModel is a program. The manifest says that the files are those that were promoted; the check of the operations
says that the program can do nothing but compute.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from api.model.session import stateless_operations
from api.model.tensorflow_messages import message, tensorflow_folder

EXTRA = Path("assets.extra")
MANIFEST = EXTRA / "manifest.json"

# The families of TensorFlow's operations that compute and do nothing else. Being registered as stateless says less:
# operations that write snapshots, debugging files or call Python are stateless too.
COMPUTING = ["array", "math", "nn", "string", "bitwise", "linalg", "rnn", "list", "control_flow", "sparse"]
COMPUTING += ["ragged_array", "ragged_conversion", "ragged_math"]
REFUSED = frozenset({"ImmutableConst", "DebugGradientIdentity", "DebugGradientRefIdentity"})
# Beside them what a model needs to hold its weights and vocabularies and to call its own functions.
HOLDING = frozenset(
    {
        "Assert",
        "AssignVariableOp",
        "Case",
        "HashTableV2",
        "If",
        "InitializeTableFromTextFileV2",
        "InitializeTableV2",
        "LookupTableExportV2",
        "LookupTableFindV2",
        "LookupTableImportV2",
        "LookupTableSizeV2",
        "MutableHashTableV2",
        "PartitionedCall",
        "Placeholder",
        "ReadVariableOp",
        "ResourceGather",
        "ResourceGatherNd",
        "StatefulPartitionedCall",
        "StatelessCase",
        "StatelessIf",
        "StatelessWhile",
        "VarHandleOp",
        "VarIsInitializedOp",
        "VariableShape",
        "While",
    }
)
# The functions that save and restore a checkpoint; they are in every SavedModel, and only its saver may call them.
CHECKPOINT = frozenset({"DisableCopyOnRead", "MergeV2Checkpoints", "RestoreV2", "SaveV2", "ShardedFilename"})


class BundleError(ValueError):
    """A bundle that is not served; the message names the folder, what is wrong, and what to do."""


@dataclass(frozen=True)
class CheckedBundle:
    """A bundle that has passed the checks.

    Attributes:
        folder: where it lies.
        label_names: the classes in the order of the probabilities.
        card: assets.extra/card.json, an empty dictionary where there is none.
        digest: sha256 of the manifest, which names the content of the whole bundle.
        texts, probabilities: the names of the graph's tensors.
    """

    folder: Path
    label_names: tuple[str, ...]
    card: dict[str, Any]
    digest: str
    texts: str
    probabilities: str


def check_bundle(folder: Path) -> CheckedBundle:
    """Check manifest, labels and operations of the bundle in `folder`.

    Raises:
        BundleError: it is no finished bundle, differs from its manifest, or may do more than compute.
    """
    digest = _verify_manifest(folder)
    labels = _label_names(folder)
    texts, probabilities = _verify_operations(folder)
    card = _document(folder, EXTRA / "card.json") if (folder / EXTRA / "card.json").exists() else {}
    return CheckedBundle(folder, labels, card if isinstance(card, dict) else {}, digest, texts, probabilities)


def _verify_manifest(folder: Path) -> str:
    if not (folder / MANIFEST).is_file():
        raise BundleError(f"{folder} is not a finished bundle: {MANIFEST} is missing. Promote the model again.")
    content = (folder / MANIFEST).read_bytes()
    document = _document(folder, MANIFEST)
    expected = document.get("sha256") if isinstance(document, dict) else None
    if not isinstance(expected, dict):
        raise BundleError(f"{folder} is damaged: {MANIFEST} holds no list of files. Promote the model again.")
    found = _digests(folder)
    wrong = {
        "missing": sorted(expected.keys() - found.keys()),
        "not listed": sorted(found.keys() - expected.keys()),
        "changed": sorted(name for name in expected.keys() & found.keys() if expected[name] != found[name]),
    }
    if any(wrong.values()):
        details = "; ".join(f"{what}: {', '.join(names)}" for what, names in wrong.items() if names)
        raise BundleError(f"{folder} does not match its manifest ({details}). Promote the model again.")
    return hashlib.sha256(content).hexdigest()


def _digests(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise BundleError(f"{folder} holds the link {name}; a bundle holds files only. Promote the model again.")
        if path.is_file() and name != MANIFEST.as_posix():
            with path.open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _document(folder: Path, name: Path) -> Any:
    try:
        return json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise BundleError(f"{folder} is damaged: {name} cannot be read as JSON. Promote the model again.") from None


def _label_names(folder: Path) -> tuple[str, ...]:
    labels = _document(folder, EXTRA / "labels.json")
    strings = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
    if not strings or len(labels) < 2 or len(set(labels)) != len(labels):
        raise BundleError(
            f"{folder} is damaged: {EXTRA / 'labels.json'} is no list of two or more different names. "
            "Promote the model again."
        )
    return tuple(labels)


def _verify_operations(folder: Path) -> tuple[str, str]:
    """Refuse every operation that could do more than compute, wherever in the SavedModel it stands.

    Returns:
        the names of the tensors of texts and of probabilities.
    """
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    saved_model = message("SavedModel", "tensorflow.core.protobuf.saved_model_pb2")
    try:
        model = saved_model.FromString((folder / "saved_model.pb").read_bytes())
    except (OSError, DecodeError):
        raise BundleError(f"{folder} holds no SavedModel that can be read. Promote the model again.") from None
    if len(model.meta_graphs) != 1 or "serving_default" not in model.meta_graphs[0].signature_def:
        raise BundleError(f"{folder} has no single graph with the signature serving_default. Export the model again.")
    graph = model.meta_graphs[0]
    savers = _saver_functions(graph)
    refused = _refused(graph.graph_def.node)
    if _calls_the_saver(graph, savers):
        refused.add("a call of the saver")
    for function in graph.graph_def.library.function:
        allowed = CHECKPOINT if function.signature.name in savers else frozenset()
        refused |= _refused(function.node_def, allowed)
        refused |= {"a call of the saver" for node in function.node_def if _called(node) & savers}
    names = [asset.filename for asset in graph.asset_file_def]
    # Where there are none, TensorFlow would take them from a collection, as in files of its first years.
    unchecked = not names and "saved_model_assets" in graph.collection_def
    if refused or unchecked or any(PurePosixPath(name).name != name for name in names):
        what = ", ".join(sorted(refused)) or "an asset outside the bundle"
        raise BundleError(
            f"{folder} is refused: its graph holds {what}, and a served model may only compute. "
            "Export the model with core operations alone."
        )
    signature = graph.signature_def["serving_default"]
    if "text" not in signature.inputs or "probabilities" not in signature.outputs:
        raise BundleError(f"{folder} does not take text and answer probabilities. Export the model again.")
    return signature.inputs["text"].name, signature.outputs["probabilities"].name


def _saver_nodes(graph: Any) -> set[str]:
    tensors = (graph.saver_def.save_tensor_name, graph.saver_def.restore_op_name)
    return {_node(tensor) for tensor in tensors if tensor}


def _saver_functions(graph: Any) -> set[str]:
    """The functions that the graph's saver calls, and they alone."""
    names = _saver_nodes(graph)
    return {called for node in graph.graph_def.node if node.name in names for called in _called(node)}


def _calls_the_saver(graph: Any, savers: set[str]) -> bool:
    """Whether a node, a signature or what runs at first makes the saver run, as only TensorFlow itself may."""
    names = _saver_nodes(graph)
    others = [node for node in graph.graph_def.node if node.name not in names]
    signatures = graph.signature_def.values()
    named = {_node(tensor.name) for each in signatures for of in (each.inputs, each.outputs) for tensor in of.values()}
    named |= {_node(name) for collection in graph.collection_def.values() for name in collection.node_list.value}
    named |= {_node(name) for node in others for name in node.input}
    calls = any(_called(node) & savers for node in others)
    return calls or bool(names & named) or bool(savers & set(graph.object_graph_def.concrete_functions))


def _node(tensor: str) -> str:
    """The node that a tensor ("node:0") or a control input ("^node") names."""
    return tensor.removeprefix("^").partition(":")[0]


def _called(node: Any) -> set[str]:
    """The functions that the attributes of `node` name."""
    single = {value.func.name for value in node.attr.values() if value.HasField("func")}
    return single | {function.name for value in node.attr.values() for function in value.list.func}


def _refused(nodes: Iterable[Any], allowed: frozenset[str] = frozenset()) -> set[str]:
    return {node.op for node in nodes if node.op not in allowed and not _computes(node.op)}


def _computes(operation: str) -> bool:
    return operation in HOLDING or operation in _computing_operations()


@cache
def _computing_operations() -> frozenset[str]:
    """What TensorFlow's own generated modules of the families above define, as far as it is stateless."""
    named: set[str] = set()
    for family in COMPUTING:
        module = tensorflow_folder() / "python" / "ops" / f"gen_{family}_ops.py"
        named.update(re.findall(r'^(\w+) = tf_export\("raw_ops\.', module.read_text(encoding="utf-8"), re.MULTILINE))
    return stateless_operations() & named - REFUSED
