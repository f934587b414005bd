"""A retriever in memory: texts in, unit vectors and the best documents of its index out."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from api.model.cost import size_of
from api.model.model import Model
from api.model.vectors import invalid_vectors
from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.retrieval_task import INDEX, open_index
from textlab.bundle_format.signature import RETRIEVAL, read_signature
from textlab.search import FilterError, Filters, Hit, Index, SearchIndexError, parse_filters, read_settings
from textlab.search.conditions import ConditionReader

DEFAULT_HITS = 10


class Query(NamedTuple):
    """A text to encode and to search for.

    Attributes:
        text: the text.
        k: maximum number of documents; 0 if the text is only encoded.
        filters: the filters as JSON states them; None for none.
    """

    text: str
    k: int = 0
    filters: Mapping[str, Any] | None = None


class Found(NamedTuple):
    """The answer to a query.

    Attributes:
        vector: float32 (d,), a unit vector; d = 0 for a model without vectors.
        hits: the documents, best first.
        refusal: the error if the index does not know the filters, else None.
    """

    vector: np.ndarray
    hits: list[Hit]
    refusal: FilterError | None = None


class Retriever(Model):
    """A model that answers unit vectors, or none, and searches the index of its bundle.

    Attributes:
        index: the documents.
        field_values: returns the values of a field of words, the most frequent first.
        conditions: reads the conditions in a request.
    """

    task = work = RETRIEVAL
    shared, has_shadow = "fields", False
    _valid_answer = "finite numbers of unit vectors"

    def answer(self, texts: Sequence[Query]) -> np.ndarray:
        """A `Found` for each of n queries: object (n,). None stands for a text whose vector is not valid."""
        vectors = self._engine.predict(self._contents([query.text for query in texts]))
        invalid = invalid_vectors(vectors)
        answer = np.empty(len(texts), object)
        for place, (query, vector) in enumerate(zip(texts, vectors, strict=True)):
            if invalid is None or not invalid[place]:
                answer[place] = self._found(query, vector)
        return answer

    @staticmethod
    def invalid_rows(answer: np.ndarray) -> np.ndarray | None:
        """The rows of an answer that are None: bool (n,), or None if there are no such rows."""
        invalid = np.array([found is None for found in answer], bool)
        return invalid if invalid.any() else None

    @staticmethod
    def size(text: Query) -> int:
        """The size of a query's text in bytes."""
        return size_of(text.text)

    @staticmethod
    def interface(folder: Path) -> tuple[str, ...]:
        """The fields of the documents with their kinds, such as "place (word)"."""
        try:
            fields = read_settings(folder / INDEX).fields
        except SearchIndexError as error:
            raise BundleError(str(error)) from None
        return tuple(f"{name} ({kind})" for name, kind in sorted(fields.items()))

    @property
    def has_vectors(self) -> bool:
        """True if the model encodes texts."""
        return self.index.settings.dimension > 0

    def filters(self, stated: Mapping[str, Any] | None) -> Filters | None:
        """The filters in a JSON object.

        Raises:
            FilterError: the index lacks a field, or a value has another kind.
        """
        return parse_filters(stated, self.index.settings.fields) if stated else None

    def description(self) -> dict[str, Any]:
        """The number of documents, the size of their vectors and the fields that filters can name."""
        settings = self.index.settings
        return {
            "documents": self.index.count,
            "dimension": settings.dimension,
            "fields": {name: str(kind) for name, kind in settings.fields.items()},
        }

    def _open(self, folder: Path) -> None:
        try:
            self.index: Index = open_index(folder, read_signature(folder))
        except SearchIndexError as error:
            raise BundleError(f"The index of {folder} cannot be used. {error}") from None
        self.field_values = functools.cache(self.index.field_values)  # the index never changes
        self.conditions = ConditionReader(self.index.settings.fields, self.field_values)

    def _asked(self, text: str) -> Query:
        return Query(text, DEFAULT_HITS)

    def _found(self, query: Query, vector: np.ndarray) -> Found:
        if not query.k:
            return Found(vector, [])
        try:
            filters = self.filters(query.filters)
        except FilterError as error:
            return Found(vector, [], error)
        return Found(vector, self.index.search(query.text, vector if len(vector) else None, query.k, filters))
