"""The SavedModel inside a bundle, called with columns of Python strings."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.graph import EXPLAIN, SIGNATURE, check_graph, read_graph
from textlab.bundle_format.signature import TRUNCATED, Signature
from textlab.inputs import kind_of

BATCH = 64  # examples per call when there are many


class SavedModel:
    """A loaded SavedModel whose inputs and outputs are those of a bundle's signature.

    Args:
        folder: the folder of saved_model.pb.
        signature: names the inputs and the answer.

    Attributes:
        tells_truncated: whether the graph tells which texts it did not read to their end.

    Raises:
        BundleError: the SavedModel may do more than compute, does not have exactly the inputs of the signature, or
            lacks the answer; or TensorFlow cannot load it.
    """

    def __init__(self, folder: Path, signature: Signature) -> None:
        import tensorflow as tf
        from tensorflow.core.protobuf import saved_model_pb2

        check_graph(folder, read_graph(folder, saved_model_pb2.SavedModel), signature)
        self._constant, self._string = tf.constant, tf.string
        try:
            self._loaded = tf.saved_model.load(str(folder))  # keeps the variables alive
            self._function = self._loaded.signatures[SIGNATURE]
        except Exception as error:  # TensorFlow's loader raises errors of any type for a damaged file
            raise BundleError(
                f"TensorFlow could not load {folder} ({type(error).__name__}). Export or promote the model again."
            ) from error
        self._answer, self._size = signature.answer.name, signature.answer.size
        self.tells_truncated = signature.tells_truncated

    def answer(self, columns: Mapping[str, Sequence[str]]) -> np.ndarray:
        """Compute the answer to n examples.

        Args:
            columns: for each input its n values.

        Returns:
            float32 (n, size), with the size that the signature states.
        """
        return self.answer_and_truncated(columns)[0]

    def answer_and_truncated(self, columns: Mapping[str, Sequence[str]]) -> tuple[np.ndarray, np.ndarray]:
        """Compute the answer to n examples, and tell which texts the model did not read to their end.

        Args:
            columns: for each input its n values.

        Returns:
            The answer, float32 (n, size), and bool (n,), which is False where the model cannot tell.
        """
        tensors = {name: self._constant(kind_of(name).encode(values), self._string) for name, values in columns.items()}
        outputs = self._function(**tensors)
        answer = outputs[self._answer].numpy()
        truncated = outputs[TRUNCATED].numpy() if self.tells_truncated else np.zeros(len(answer), bool)
        return answer, truncated

    def explain(self, texts: Sequence[str], targets: Sequence[int]) -> dict[str, np.ndarray]:
        """Return what the signature `explain` answers for n texts and a class of each.

        Returns:
            `starts`, `ends` (int32) and `contributions` (float32), (n, words); `base` and `score`, float32 (n,). See
            `textlab.models.explaining.signature`.

        Raises:
            ValueError: the model explains nothing.
        """
        if EXPLAIN not in self._loaded.signatures:
            raise ValueError(
                "This model explains nothing: its family cannot, or its export is from an earlier version. Explain "
                "another model, or export it again."
            )
        given = self._constant(kind_of("text").encode(texts), self._string)
        outputs = self._loaded.signatures[EXPLAIN](text=given, target=self._constant(np.array(targets, np.int32)))
        return {name: tensor.numpy() for name, tensor in outputs.items()}

    def in_graph(self) -> tuple[Callable[..., Any], Any]:
        """Return a function that another graph can call, and the object that its module must hold.

        The function takes a string tensor (n,) for each input, by name, and returns the answer, float32 (n, size).
        """
        return lambda **values: self._function(**values)[self._answer], self._loaded

    def answer_in_batches(
        self, columns: Mapping[str, Sequence[str]], advance: Callable[[int], object] = lambda _: None
    ) -> np.ndarray:
        """Compute the answer to n examples, float32 (n, size), as `in_batches` does."""
        return self.in_batches(columns, advance)[0]

    def in_batches(
        self, columns: Mapping[str, Sequence[str]], advance: Callable[[int], object] = lambda _: None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Compute `answer_and_truncated`. Each batch holds examples of similar length, so that little is padding.

        Args:
            columns: for each input its n values.
            advance: called after each batch with the number of examples in it.
        """
        lengths = sum(np.array([*map(kind_of(name).length, values)], int) for name, values in columns.items())
        order = np.argsort(lengths, kind="stable")
        answers, truncated = np.empty((len(order), self._size or 1), np.float32), np.zeros(len(order), bool)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            batch = {name: [values[row] for row in rows] for name, values in columns.items()}
            answers[rows], truncated[rows] = self.answer_and_truncated(batch)
            advance(len(rows))
        return answers, truncated
