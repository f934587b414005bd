"""The interface between the service and TensorFlow, and the choice of its implementation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from api.settings import EngineName


class EngineError(RuntimeError):
    """TensorFlow could not load a SavedModel or compute an answer. The message never quotes a text."""


@dataclass(frozen=True)
class ExplainSignature:
    """The signature `explain` of a SavedModel.

    Attributes:
        text, target: the graph's tensors for the texts and for the classes that are explained.
        outputs: the graph's tensor for each of the outputs, such as {"base": "StatefulPartitionedCall_1:0"}.
    """

    text: str
    target: str
    outputs: Mapping[str, str]


@dataclass(frozen=True)
class GraphSignature:
    """The signature `serving_default` of a SavedModel.

    Attributes:
        inputs: the graph's tensor for each input, such as {"text": "serving_default_text:0"}.
        output: name of the output that the service answers with, such as "probabilities".
        output_tensor: the graph's tensor for that output.
        size: numbers per example in that output, such as one per label.
        truncated: the graph's tensor that tells which texts it did not read to their end; "" for none.
        explain: the signature `explain`; None if the graph has none.
    """

    inputs: Mapping[str, str]
    output: str
    output_tensor: str
    size: int
    truncated: str = ""
    explain: ExplainSignature | None = None


class Engine(Protocol):
    """A loaded SavedModel. Several threads may call it at once. Its memory is freed with the last reference to it."""

    def predict(self, inputs: Mapping[str, Sequence[bytes]]) -> np.ndarray:
        """Compute the output for n examples.

        Args:
            inputs: for each input of the signature, n strings in UTF-8.

        Returns:
            float32 (n, k), where k is the signature's size.

        Raises:
            EngineError: TensorFlow reports an error, or the output has another type or shape.
        """
        ...

    def predict_and_tell(self, inputs: Mapping[str, Sequence[bytes]]) -> tuple[np.ndarray, np.ndarray]:
        """Compute the output as `predict` does, and tell which texts the model did not read to their end.

        Returns:
            float32 (n, k), and bool (n,), which is False where the model cannot tell.
        """
        ...

    def explain(self, text: bytes, target: int) -> dict[str, np.ndarray]:
        """Compute the outputs of the signature `explain`, which not every graph has, for one text.

        Args:
            text: UTF-8.
            target: the number of the class that is explained.

        Returns:
            By name (1, words) int32 `starts` and `ends` and float32 `contributions`, and (1,) float32 `base` and
            `score`.

        Raises:
            EngineError: TensorFlow reports an error, or the outputs have other types or shapes.
        """
        ...

    def cancel(self) -> None:
        """End the calls in progress with an error, if TensorFlow allows it. No later call gets an answer."""
        ...


class NoGraph:
    """The engine of a bundle without a graph, such as BM25. Its answer to a text is a vector of no numbers."""

    def predict(self, inputs: Mapping[str, Sequence[bytes]]) -> np.ndarray:
        """An array float32 (n, 0) for n examples."""
        return self.predict_and_tell(inputs)[0]

    def predict_and_tell(self, inputs: Mapping[str, Sequence[bytes]]) -> tuple[np.ndarray, np.ndarray]:
        """Arrays float32 (n, 0) and bool (n,) for n examples: BM25 reads texts of any length."""
        (values,) = inputs.values()
        return np.empty((len(values), 0), np.float32), np.zeros(len(values), bool)

    def explain(self, text: bytes, target: int) -> dict[str, np.ndarray]:
        """Raise EngineError: there is no score to divide among words."""
        raise EngineError("The bundle has no graph.")

    def cancel(self) -> None:
        """Do nothing: no call takes any time."""


def check_output(has_type: bool, shape: tuple[int, ...], expected: tuple[int, ...], kind: str = "float32") -> None:
    """Check an output before it is copied, because a wrong shape may be huge.

    Raises:
        EngineError: the output is not of its kind in the expected shape.
    """
    if not has_type:
        raise EngineError(f"The graph's output is not {kind}.")
    if shape != expected:
        raise EngineError(f"The graph's output has the shape {shape} instead of {expected}.")


def load(engine: EngineName, folder: Path, signature: GraphSignature | None, threads: int) -> Engine:
    """Load the SavedModel in `folder`, which must have been checked, because loading executes parts of its graph.

    Args:
        engine: "session" or "saved_model".
        folder: the bundle.
        signature: the names of its inputs and its output; None for a bundle without a graph.
        threads: TensorFlow threads per operation. The first engine in a process decides for all.

    Raises:
        EngineError: the SavedModel cannot be loaded.
    """
    if signature is None:
        return NoGraph()
    if engine == "session":
        from api.model.session import Session

        return Session(folder, signature, threads)
    from api.model.saved_model import SavedModel

    return SavedModel(folder, signature, threads)
