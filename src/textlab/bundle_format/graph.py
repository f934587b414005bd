"""The check that the program in a SavedModel can only compute, and that it has the signature of its bundle.

Export, promotion and service make this check before anything is loaded. It reads every operation in the file.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from .documents import BundleError, quoted
from .operations import CHECKPOINT, allowed_operations, reason_against
from .signature import TRUNCATED, Signature

SIGNATURE = "serving_default"
EXPLAIN = "explain"  # the signature that tells what each word adds to the score of a class
TAG = "serve"
EXPLAIN_INPUTS = {"text": "string", "target": "int32"}
EXPLAIN_OUTPUTS = {
    **dict.fromkeys(("starts", "ends"), "int32"),
    **dict.fromkeys(("contributions", "base", "score"), "float32"),
}
NUMBERS_OF_TYPES = {"float32": 1, "int32": 3, "string": 7, "bool": 10}  # in tensorflow/core/framework/types.proto


def read_graph(folder: Path, saved_model: Any) -> Any:
    """The only graph (a MetaGraphDef) of the SavedModel in `folder`, unchecked.

    Args:
        folder: the folder of saved_model.pb.
        saved_model: the class of TensorFlow's message SavedModel.

    Raises:
        BundleError: the file cannot be read, or it has not exactly one graph with the tag `serve` and the
            signature `serving_default`.
    """
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        model = saved_model.FromString((folder / "saved_model.pb").read_bytes())
    except (OSError, DecodeError):
        raise BundleError(
            f"TensorFlow could not load {folder}, which holds no readable model. Export or promote it again."
        ) from None
    graphs = model.meta_graphs
    if len(graphs) != 1 or TAG not in graphs[0].meta_info_def.tags or SIGNATURE not in graphs[0].signature_def:
        raise BundleError(
            f"{folder} does not hold exactly one graph with the tag {TAG} and the signature {SIGNATURE}. "
            "Export the model again."
        )
    return graphs[0]


def check_graph(folder: Path, graph: Any, stated: Signature) -> None:
    """Check that the graph of the bundle in `folder` only computes, and that it has the bundle's signature.

    Args:
        folder: the bundle, for messages.
        graph: a MetaGraphDef.
        stated: the signature in signature.json.

    Raises:
        BundleError: the graph may do more than compute, or its signature is another one.
    """
    check_operations(folder, graph, stated.input_names)
    answer = {stated.answer.name: stated.answer.type}
    answer |= {tensor.name: tensor.type for tensor in stated.outputs if tensor.name == TRUNCATED}
    inputs = {tensor.name: tensor.type for tensor in stated.inputs}
    _check_signature(folder, graph, SIGNATURE, inputs, answer)
    if stated.explains is not None:
        _check_signature(folder, graph, EXPLAIN, EXPLAIN_INPUTS, EXPLAIN_OUTPUTS)


def _check_signature(folder: Path, graph: Any, name: str, inputs: Mapping[str, str], answer: Mapping[str, str]) -> None:
    """Check that a signature takes exactly these inputs, and gives these outputs among others."""
    if name not in graph.signature_def:
        raise BundleError(f"The graph of {folder} lacks the signature {name}. Export the model again.")
    found = graph.signature_def[name]
    if set(found.inputs) != set(inputs) or not _holds(found.inputs, inputs) or not _holds(found.outputs, answer):
        raise BundleError(
            f"{folder} does not take {quoted(inputs)} and answer {quoted(answer)}, as dense tensors of the types "
            f"{quoted(inputs.values())} and {quoted(answer.values())}. Export the model again."
        )


def _holds(tensors: Mapping[str, Any], expected: Mapping[str, str]) -> bool:
    """Return whether each expected tensor exists, is dense (only such a tensor has a name) and has its type."""
    return all(
        name in tensors and tensors[name].name and tensors[name].dtype == NUMBERS_OF_TYPES[kind]
        for name, kind in expected.items()
    )


def check_operations(folder: Path, graph: Any, inputs: Iterable[str]) -> None:
    """Check that no part of the graph of the bundle in `folder` can do more than compute.

    Args:
        folder: the bundle, for messages.
        graph: a MetaGraphDef.
        inputs: the names of the inputs; their kinds decide what may be decoded.

    Raises:
        BundleError: an operation, a call of the saver or an asset is not allowed.
    """
    savers, allowed = _saver_functions(graph), allowed_operations(inputs)
    refused = _refused(graph.graph_def.node, allowed)
    if _calls_the_saver(graph, savers):
        refused.add("a call of the saver")
    for function in graph.graph_def.library.function:
        own = CHECKPOINT if function.signature.name in savers else frozenset()
        refused |= _refused(function.node_def, allowed | own)
        refused |= {"a call of the saver" for node in function.node_def if _called(node) & savers}
    if _has_foreign_assets(graph):
        refused.add("an asset outside the bundle")
    if refused:
        raise BundleError(
            f"{folder} is refused, because a model may only compute and its graph holds {quoted(sorted(refused))}. "
            "Export the model with operations that only compute, see docs/explanations/savedmodel.md."
        )


def _has_foreign_assets(graph: Any) -> bool:
    names = [asset.filename for asset in graph.asset_file_def]
    # Without names, TensorFlow would read them from a collection, as it does for files of early versions.
    in_collection = not names and "saved_model_assets" in graph.collection_def
    return in_collection or any(PurePosixPath(name).name != name for name in names)


def _refused(nodes: Iterable[Any], allowed: frozenset[str]) -> set[str]:
    """Return what is against each operation that is not allowed."""
    names = {node.op for node in nodes} - allowed
    return {f"{name}, which {reason_against(name)}" for name in names}


def _saver_nodes(graph: Any) -> set[str]:
    tensors = (graph.saver_def.save_tensor_name, graph.saver_def.restore_op_name)
    return {_node(tensor) for tensor in tensors if tensor}


def _saver_functions(graph: Any) -> set[str]:
    """The functions that the graph's saver calls."""
    names = _saver_nodes(graph)
    return {called for node in graph.graph_def.node if node.name in names for called in _called(node)}


def _calls_the_saver(graph: Any, savers: set[str]) -> bool:
    """Return whether a node, a signature or an initial operation runs the saver, as only TensorFlow may."""
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
