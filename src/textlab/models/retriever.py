"""The contract of a retriever."""

import time
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import numpy as np
import pandas as pd

from textlab.bundle_format.signature import Signature, signature_of
from textlab.data.examples import Examples, examples_frame
from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.evaluation.retrieval.task import TASK
from textlab.models.contract import Model
from textlab.search.fields import FieldKind
from textlab.search.settings import IndexSettings


class Retriever(Model):
    """A model that finds documents for a query, by vectors, by terms, or by both.

    A family implements `_fit`, `_save`, `_load` and `tiny`; one with vectors also `_encode` and `_export`. Its export
    returns `embedding: float32 (n, d)`. A family without vectors exports no graph, because its index is all of it.

    Attributes:
        dimension: d, the length of a vector; 0 for a family that ranks by terms alone.
        uses_terms: whether the index also ranks by terms (BM25); with vectors, the two rankings are fused.
        earlier_seconds: the seconds that interrupted calls of `fit` spent; a family that resumes a training sets it.
        training_notes: sentences about a training that ended too early.
    """

    task = TASK.name
    saved_attributes: ClassVar[tuple[str, ...]] = ("dimension", "resolved", "fit_seconds", "training_notes")

    dimension: int = 0
    uses_terms: bool = False
    earlier_seconds: float = 0.0
    training_notes: Sequence[str] = ()

    def fit(self, dataset: RetrievalDataset, seed: int = 0) -> pd.DataFrame:
        """Learn from the training queries; choose what has to be chosen on the validation queries.

        Args:
            dataset: documents, queries and relevance. Test queries are never read.
            seed: the random seed; the same seed gives the same numbers.

        Returns:
            The history, with one row per step, as `Classifier.fit` returns it; no rows if nothing is trained.
        """
        started = time.perf_counter()
        self.training_notes = ()
        self.resolved = dict(self.parameters)
        history = self._fit(dataset, seed)
        self.fit_seconds = time.perf_counter() - started + self.earlier_seconds
        return history

    def encode(self, examples: Examples) -> np.ndarray:
        """Encode texts, queries and documents alike, as vectors.

        Args:
            examples: a frame with the model's input columns, n rows; or n texts.

        Returns:
            float32 (n, d); each row has the length one.

        Raises:
            ValueError: the model is not fitted or has no vectors, or a single string was passed.
        """
        return self._encoded(examples, self._encode)

    def encode_in_bulk(self, examples: Examples) -> np.ndarray:
        """Encode many texts, such as the documents of an index, as fast as the device can.

        Arguments, errors and the result are those of `encode`, but the vectors may be less exact: their cosine to those
        of `encode` is at least 0.999.
        """
        return self._encoded(examples, self._encode_in_bulk)

    def _encoded(self, examples: Examples, encode: Callable[[pd.DataFrame], np.ndarray]) -> np.ndarray:
        frame = examples_frame(examples, self.inputs, type(self).__name__)
        self._check_fitted()
        if not self.dimension:
            raise ValueError(f"{type(self).__name__} ranks by terms and has no vectors. Use a family with an encoder.")
        if frame.empty:
            return np.zeros((0, self.dimension), np.float32)
        return encode(frame).astype(np.float32)

    def index_settings(self, fields: Mapping[str, FieldKind]) -> IndexSettings:
        """Return the settings of an index of documents that this model ranks; `fields` are the documents' fields.

        Raises:
            ValueError: the model is not fitted.
        """
        self._check_fitted()
        return IndexSettings(dimension=self.dimension, terms=self.uses_terms, fields=fields)

    def signature(self) -> Signature:
        """Return the signature of the export: a vector per text, or no output for a family without vectors."""
        return signature_of(self.task, self.inputs, self.dimension)

    def answers(self, examples: Examples) -> np.ndarray:
        """Return the vectors, see `encode`."""
        return self.encode(examples)

    @abstractmethod
    def _fit(self, dataset: RetrievalDataset, seed: int) -> pd.DataFrame:
        """Learn, set `dimension`, and return the history."""

    def _encode(self, examples: pd.DataFrame) -> np.ndarray:
        """Return unit vectors (n, d) of at least one example."""
        raise NotImplementedError(f"{type(self).__name__} has vectors. Implement _encode.")

    def _encode_in_bulk(self, examples: pd.DataFrame) -> np.ndarray:
        """Return unit vectors (n, d) of at least one example, less exact where that is faster."""
        return self._encode(examples)
