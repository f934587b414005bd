"""signature.json: the task of a bundle, the columns that it reads and the tensors that it answers.

    {"format": 1, "task": "classification",
     "inputs": [{"name": "text", "type": "string"}],
     "outputs": [{"name": "probabilities", "type": "float32", "size": 3}]}

Names match the SavedModel's signature `serving_default`. A bundle of a task that can do without a graph may state no
outputs; then it holds no SavedModel. A bundle without the file was exported before the file existed: it reads text and
answers probabilities.

A model that reads a limited number of tokens has a second output, and states the characters that a service should
accept:

    {"outputs": [..., {"name": "truncated", "type": "bool"}], "max_characters": 4080}

A classifier of texts may have a second signature of its graph, `explain`, and states the unit of its scores:

    {"explains": "log_odds"}
"""

import importlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .documents import EXTRA, BundleError, quoted, read_document, write_document
from .labels import read_labels

SIGNATURE = EXTRA / "signature.json"
FORMAT = 1
CLASSIFICATION = "classification"
MULTILABEL = "multilabel"
RETRIEVAL = "retrieval"
ENDING = "_task"  # a module with this ending holds the format of a task
SERVED_INPUTS = ("text", "image")  # the inputs that a request to the service can carry
INPUT_TYPES = ("string",)
OUTPUT_TYPES = ("float32", "bool")
LOG_ODDS, PROBABILITY = "log_odds", "probability"
EXPLAINED = (LOG_ODDS, PROBABILITY)  # the units of the scores of explanations
TRUNCATED = "truncated"  # the output that tells, for each example, whether the model did not read the end of a text
REMEDY = "Export the model again, or update textlab."


@dataclass(frozen=True)
class Tensor:
    """One input or output, with a row per example.

    Attributes:
        name: a column of the dataset, or the name of an answer such as "probabilities".
        type: the type of the values, as TensorFlow spells it.
        size: the number of values per example; None means a single value, not a row of them.
    """

    name: str
    type: str
    size: int | None = None


@dataclass(frozen=True)
class Signature:
    """The interface of a bundle.

    Attributes:
        task: such as "classification".
        inputs: in the order of the file.
        outputs: in the order of the file.
        max_characters: the characters of a text that a service should accept; None if the model reads any length.
        explains: the unit of the scores that the graph's signature `explain` divides among the words of a text; None if
            the graph has no such signature.
    """

    task: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    max_characters: int | None = None
    explains: str | None = None

    @property
    def input_names(self) -> tuple[str, ...]:
        """The columns that the model reads."""
        return tuple(tensor.name for tensor in self.inputs)

    @property
    def has_graph(self) -> bool:
        """True if the bundle holds a SavedModel; a model that ranks by terms alone needs none."""
        return bool(self.outputs)

    @property
    def tells_truncated(self) -> bool:
        """True if the graph tells which texts it did not read to their end."""
        return any(tensor.name == TRUNCATED for tensor in self.outputs)

    @property
    def answer(self) -> Tensor:
        """The output that the task asks for.

        Raises:
            BundleError: the bundle has no graph.
        """
        wanted = format_of(self.task).answer
        for tensor in self.outputs:
            if tensor.name == wanted:
                return tensor
        raise BundleError(f"The bundle does not answer '{wanted}', which its task needs. {REMEDY}")


def is_served(inputs: Iterable[str]) -> bool:
    """Return whether a request to the service can carry all of a model's inputs."""
    return set(inputs) <= set(SERVED_INPUTS)


def format_of(task: str) -> Any:
    """Return the `BundleTask` of a known task."""
    return importlib.import_module(f"{__package__}.{task}{ENDING}").TASK


def known_tasks() -> list[str]:
    """Return the tasks whose bundles can be read."""
    return sorted(path.stem.removesuffix(ENDING) for path in Path(__file__).parent.glob(f"*{ENDING}.py"))


def signature_of(task: str, inputs: Iterable[str], size: int) -> Signature:
    """Return the signature of a model of strings.

    Args:
        task: a known task.
        inputs: the columns that the model reads.
        size: the number of values that it answers per example; 0 for a model without a graph.
    """
    columns = tuple(Tensor(name, "string") for name in inputs)
    return Signature(task, columns, (Tensor(format_of(task).answer, "float32", size),) if size else ())


def classification(inputs: Iterable[str], classes: int) -> Signature:
    """The signature of a classifier of strings into a number of classes."""
    return signature_of(CLASSIFICATION, inputs, classes)


def of_limited_length(signature: Signature, max_characters: int) -> Signature:
    """Return the signature of a model that tells which texts it did not read to their end.

    Args:
        signature: the signature without that output.
        max_characters: the characters of a text that a service should accept.
    """
    outputs = (*signature.outputs, Tensor(TRUNCATED, "bool"))
    return replace(signature, outputs=outputs, max_characters=max_characters)


def write_signature(folder: Path, signature: Signature) -> None:
    """Write signature.json into the bundle in `folder`."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "task": signature.task,
        "inputs": [_stated(tensor) for tensor in signature.inputs],
        "outputs": [_stated(tensor) for tensor in signature.outputs],
    }
    if signature.max_characters is not None:
        document["max_characters"] = signature.max_characters
    if signature.explains is not None:
        document["explains"] = signature.explains
    write_document(folder / SIGNATURE, document)


def read_signature(folder: Path) -> Signature:
    """Read signature.json of the bundle in `folder`, or infer it where the bundle has none.

    Raises:
        BundleError: the file is damaged; its format, task or types are unknown; or it does not state what the task
            asks for, such as one probability for each of the labels.
    """
    if not (folder / SIGNATURE).exists():
        return classification(["text"], len(read_labels(folder)))
    document = read_document(folder, SIGNATURE)
    stated = document.get("format") if isinstance(document, dict) else None
    if type(stated) is not int or stated != FORMAT:
        raise BundleError(
            f"The bundle {folder} has a signature in format {quoted([repr(stated)])}; this version reads format "
            f"{FORMAT}. {REMEDY}"
        )
    task = document.get("task")
    known = known_tasks()
    if task not in known:
        raise BundleError(
            f"The bundle {folder} has the task {quoted([repr(task)])}; known tasks: {', '.join(known)}. {REMEDY}"
        )
    signature = Signature(
        task,
        _tensors(folder, document, "inputs", INPUT_TYPES),
        _tensors(folder, document, "outputs", OUTPUT_TYPES, may_be_empty=True),
        _max_characters(folder, document),
        _explains(folder, document),
    )
    _check_answer(folder, signature)
    format_of(task).check(folder, signature)
    return signature


def _check_answer(folder: Path, signature: Signature) -> None:
    expected = format_of(signature.task)
    types = {tensor.name: tensor.type for tensor in signature.outputs}
    if expected.answer not in types and (types or expected.needs_graph):
        raise BundleError(f"The bundle {folder} does not answer '{expected.answer}', which its task needs. {REMEDY}")
    for name, kind in ((expected.answer, "float32"), (TRUNCATED, "bool")):
        if types.get(name, kind) != kind:
            raise BundleError(f"The bundle {folder} states that '{name}' is {types[name]}, not {kind}. {REMEDY}")


def _max_characters(folder: Path, document: dict[str, Any]) -> int | None:
    stated = document.get("max_characters")
    if stated is None or (type(stated) is int and stated > 0):
        return stated
    raise BundleError(
        f"The bundle {folder} states {quoted([repr(stated)])} as max_characters, which is no positive number. {REMEDY}"
    )


def _explains(folder: Path, document: dict[str, Any]) -> str | None:
    stated = document.get("explains")
    if stated is None or stated in EXPLAINED:
        return stated
    raise BundleError(f"The bundle {folder} explains {quoted([repr(stated)])}; known: {', '.join(EXPLAINED)}. {REMEDY}")


def _tensors(
    folder: Path, document: dict[str, Any], key: str, types: Collection[str], *, may_be_empty: bool = False
) -> tuple[Tensor, ...]:
    stated = document.get(key)
    tensors = tuple(_tensor(each, types) for each in stated) if isinstance(stated, list) else ()
    names = {tensor.name for tensor in tensors if tensor}
    is_empty = not tensors and (stated != [] or not may_be_empty)
    if is_empty or None in tensors or len(names) != len(tensors):
        raise BundleError(
            f"The bundle {folder} is damaged: {SIGNATURE} needs a list of '{key}', each with a different name and one "
            f"of the types {', '.join(types)}. {REMEDY}"
        )
    return tuple(tensor for tensor in tensors if tensor)


def _tensor(stated: object, types: Collection[str]) -> Tensor | None:
    """The tensor that an entry of the file describes; None if the entry is not valid."""
    if not isinstance(stated, dict):
        return None
    name, of_type, size = stated.get("name"), stated.get("type"), stated.get("size")
    valid_size = size is None or (type(size) is int and size > 0)
    if not isinstance(name, str) or not name.isidentifier() or of_type not in tuple(types) or not valid_size:
        return None
    return Tensor(name, of_type, size)


def _stated(tensor: Tensor) -> dict[str, Any]:
    size = {} if tensor.size is None else {"size": tensor.size}
    return {"name": tensor.name, "type": tensor.type} | size
