"""An index of documents that is searched by vectors, by terms, or by both."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from .columns import NumberColumn, WordColumn, read_columns
from .description import check_encoder, read_description
from .documents import DocumentStore
from .filters import Filters
from .ranking import best_positions, fused
from .settings import Document, Hit, IndexSettings, SearchIndexError
from .terms import TermRanking
from .vectors import StoredVectors, unit_vectors

COLUMNS = "fields"
TERMS = "terms"
FUSED = 1000  # documents of each ranking that are fused
SCORES_AT_ONCE = 30_000_000  # similarities that `rank` holds in memory


class Index:
    """An index in a folder. It is read only, and threads may share it.

    Args:
        folder: the folder that `build_index`, `add_documents` or `remove_documents` wrote.
        encoder: the digest of the encoder whose vectors will be searched; "" skips the check.

    Attributes:
        settings: the settings of its ranking.
        encoder: the digest of the encoder of its vectors; "" if it states none.
        count: the number of documents.
        loss: the measured cost of storing vectors in a smaller type; empty without vectors.

    Raises:
        SearchIndexError: a file is missing, cut or damaged, or the index is of another encoder.
    """

    def __init__(self, folder: Path, encoder: str = "") -> None:
        self.folder = Path(folder)
        description = read_description(self.folder)
        self.settings = IndexSettings.from_document(description["settings"])
        self.encoder: str = description["encoder"]
        self.count: int = description["count"]
        self.loss: dict[str, Any] = description["loss"]
        check_encoder(self.encoder, encoder)
        self._documents = DocumentStore(self.folder)
        self._columns = read_columns(self.folder / COLUMNS, self.settings.fields, self.count)
        self._vectors = StoredVectors(self.folder) if self.settings.dimension else None
        self._terms = TermRanking(self.folder / TERMS, self.settings) if self.settings.terms else None

    def search(self, text: str, vector: np.ndarray | None, k: int, filters: Filters | None = None) -> list[Hit]:
        """Find the k best documents that pass the filters, best first; fewer if fewer are found.

        Args:
            text: the query, for the ranking by terms.
            vector: float (d,), the query's vector; None for an index without vectors.
            k: 1 or more.
            filters: from `parse_filters`; None means no condition.

        Raises:
            SearchIndexError: k is below 1, or the vector is missing or does not suit the index.
        """
        queries = self._queries(1, None if vector is None else np.asarray(vector)[None], k)
        passing = self._passing(filters)
        by_vectors = None
        if self._vectors is not None and queries is not None:
            by_vectors = self._vectors.nearest(queries[0], self._depth(k), passing)
        return self._hits([self._combined(text, by_vectors, k, passing)])[0]

    def rank(
        self,
        texts: Sequence[str],
        vectors: np.ndarray | None,
        k: int,
        filters: Sequence[Filters | None] | None = None,
    ) -> list[list[Hit]]:
        """Find the k best documents of each of many queries, by exact products of matrices.

        Args:
            texts: the queries.
            vectors: float (queries, d); None for an index without vectors.
            k: 1 or more.
            filters: those of each query; None means none.

        Raises:
            SearchIndexError: see `search`.
        """
        queries = self._queries(len(texts), vectors, k)
        found: list[tuple[np.ndarray, np.ndarray]] = []
        at_once = max(1, SCORES_AT_ONCE // max(1, self.count))
        for row, text in enumerate(texts):
            passing = self._passing(filters[row] if filters else None)
            by_vectors = None
            if self._vectors is not None and queries is not None:
                if row % at_once == 0:
                    similarities = self._vectors.similarities(queries[row : row + at_once])
                scores = similarities[row % at_once]
                if passing is not None:
                    scores[~passing] = -np.inf
                best = best_positions(scores, self._depth(k))
                by_vectors = best, scores[best]
            found.append(self._combined(text, by_vectors, k, passing))
        return self._hits(found)

    def document(self, id_: str) -> Document:
        """Return a document.

        Raises:
            SearchIndexError: the id is unknown.
        """
        return self._documents.document(id_)

    def documents(self) -> Iterator[Document]:
        """Yield all documents, in the order of their positions."""
        return self._documents.documents()

    def vectors(self) -> Iterator[np.ndarray]:
        """Yield the vector of each document as it is kept, float32 (d,), in the order of their positions."""
        if self._vectors is not None:
            for block in self._vectors.blocks():
                yield from block

    def ids(self) -> Iterator[str]:
        """Yield the ids of all documents, in the order of their positions."""
        return self._documents.ids()

    def positions_of(self, ids: Sequence[str]) -> list[int]:
        """Return the positions of documents.

        Raises:
            SearchIndexError: an id is unknown.
        """
        return self._documents.positions_of(ids)

    def vectors_of(self, ids: Sequence[str]) -> np.ndarray:
        """Return the vectors of documents as they are kept, float32 (ids, d).

        Raises:
            SearchIndexError: an id is unknown, or the index has no vectors.
        """
        if self._vectors is None:
            raise SearchIndexError("The index ranks by terms and has no vectors. Use an index of an encoder.")
        return self._vectors.rows(np.array(self.positions_of(ids), np.int64))

    def field_values(self, name: str, most: int | None = None) -> list[str]:
        """Return the values of a field of words, the most frequent first.

        Args:
            name: the field.
            most: maximum number of values; None means all.

        Raises:
            SearchIndexError: the index has no such field of words.
        """
        column = self._columns.get(name)
        if not isinstance(column, WordColumn):
            raise SearchIndexError(f"The index has no field of words {name!r}. Its fields: {self._known_fields}.")
        return column.most_frequent(most)

    def number_range(self, name: str) -> tuple[float, float]:
        """Return the smallest and the largest value of a field of numbers; NaN if no document has one.

        Raises:
            SearchIndexError: the index has no such field of numbers.
        """
        column = self._columns.get(name)
        if not isinstance(column, NumberColumn):
            raise SearchIndexError(f"The index has no field of numbers {name!r}. Its fields: {self._known_fields}.")
        return column.range()

    def close(self) -> None:
        """Close the file of documents. Arrays are unmapped when the index is collected."""
        self._documents.close()

    @cached_property
    def _known_fields(self) -> str:
        return ", ".join(f"{name} ({kind})" for name, kind in self.settings.fields.items()) or "none"

    def _depth(self, k: int) -> int:
        """Return the number of documents that a ranking finds; more if rankings are fused."""
        return max(k, FUSED) if self._terms is not None else k

    def _passing(self, filters: Filters | None) -> np.ndarray | None:
        return filters.passing(self._columns, self.count) if filters else None

    def _queries(self, count: int, vectors: np.ndarray | None, k: int) -> np.ndarray | None:
        """Return the unit vectors of the queries, float32 (count, d); None if the index has no vectors."""
        if k < 1:
            raise SearchIndexError(f"k is {k}. Ask for at least 1 document.")
        if self._vectors is None:
            return None
        if vectors is None or len(vectors) != count:
            raise SearchIndexError(
                f"The number of queries is {count}, and that of vectors {0 if vectors is None else len(vectors)}. Give "
                "the vector of each query, because the index ranks by vectors."
            )
        return unit_vectors(vectors, self.settings.dimension)

    def _combined(
        self, text: str, by_vectors: tuple[np.ndarray, np.ndarray] | None, k: int, passing: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the k best positions and their scores: of the vectors, of the terms, or of both fused."""
        by_terms = None if self._terms is None else self._terms.best(text, self._depth(k), passing)
        if by_vectors is not None and by_terms is not None:
            return fused(by_vectors[0], by_terms[0], k, self.settings.fusion_constant, self.settings.term_weight)
        positions, scores = by_vectors or by_terms or (np.empty(0, np.int64), np.empty(0))
        return positions[:k], scores[:k]

    def _hits(self, found: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[list[Hit]]:
        distinct = sorted({int(position) for positions, _ in found for position in positions})
        ids = dict(zip(distinct, self._documents.ids_at(distinct), strict=True))
        return [
            [Hit(ids[int(position)], float(score), int(position)) for position, score in zip(*each, strict=True)]
            for each in found
        ]
