"""Documents and vectors in PostgreSQL with pgvector, for collections that one machine should not hold.

    python -m textlab index upload --name talents --postgres postgresql://search@db.example.org/search

The database ranks by vectors; it has no BM25. Filters never lower recall: a filtered search reads every document that
passes, and only a search without filters uses the approximate graph.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .database import Database
from .fields import FieldKind
from .filters import Filters, RangeFilter
from .postgres_writing import insert, storable, table_of, written
from .settings import Document, Hit, IndexSettings, SearchIndexError

if TYPE_CHECKING:
    from psycopg2 import extensions

WIDTH = 200  # candidates that the graph visits; pgvector's default of 40 misses more


class PostgresIndex:
    """An index in PostgreSQL. Threads may share it; their searches wait for one another.

    Args:
        address: the database, such as "postgresql://user@host/database". A password belongs into PGPASSWORD or a
            password file rather than here.
        name: the index's name, as `upload` was given it.
        encoder: the digest of the encoder whose vectors will be searched; "" skips the check.

    Attributes:
        settings: the settings of its ranking; `terms` is false.
        encoder: the digest of the encoder of its vectors.

    Raises:
        SearchIndexError: the database cannot be reached, has no such index, or the index is of another encoder.
    """

    def __init__(self, address: str, name: str, encoder: str = "") -> None:
        self._database, self._name, self._table = Database(address), name, table_of(name)
        found = self._database.run(lambda cursor: _description(cursor, name))
        if found is None:
            self.close()
            raise SearchIndexError(f"The database holds no index '{name}'. Upload it: python -m textlab index upload.")
        self.settings, self.encoder = IndexSettings.from_document(found[0]), str(found[1])
        if encoder and self.encoder != encoder:
            self.close()
            raise SearchIndexError(
                f"The index '{name}' in the database holds vectors of another encoder. Upload the index of this model."
            )

    @property
    def count(self) -> int:
        """The number of documents."""
        return int(self._one(f'SELECT count(*) FROM "{self._table}"', [])[0])

    def search(self, text: str, vector: np.ndarray | None, k: int, filters: Filters | None = None) -> list[Hit]:
        """Find the k documents whose vectors are nearest, best first; see `Index.search`.

        Raises:
            SearchIndexError: k is below 1, the vector does not suit the index, or the database fails.
        """
        if k < 1:
            raise SearchIndexError(f"k is {k}. Ask for at least 1 document.")
        if vector is None or np.shape(vector) != (self.settings.dimension,):
            raise SearchIndexError(
                f"The index needs a vector of {self.settings.dimension} numbers. Encode the query with its encoder."
            )
        where, values = _where(filters)
        query = (
            f'SELECT id, 1 - (vector <=> %s::vector), position FROM "{self._table}"{where} '
            "ORDER BY vector <=> %s::vector LIMIT %s"
        )
        query_vector = written(vector)

        def find(cursor: "extensions.cursor") -> list[tuple[str, float, int]]:
            if filters:
                cursor.execute("SET LOCAL enable_indexscan = off")
            else:
                cursor.execute("SET LOCAL hnsw.ef_search = %s", [min(1000, max(WIDTH, 2 * k))])
            cursor.execute(query, [query_vector, *values, query_vector, k])
            return cursor.fetchall()

        return [Hit(id_, float(score), int(position)) for id_, score, position in self._database.run(find)]

    def document(self, id_: str) -> Document:
        """Return a document.

        Raises:
            SearchIndexError: the id is unknown.
        """
        row = self._one(f'SELECT id, text, title, fields FROM "{self._table}" WHERE id = %s', [id_])
        if row is None:
            raise SearchIndexError(f"The index holds no document {id_!r}. Check the id.")
        return Document(*row)

    def field_values(self, name: str, most: int | None = None) -> list[str]:
        """Return the values of a field of words, the most frequent first."""
        kind = self.settings.fields.get(name)
        if kind not in (FieldKind.WORD, FieldKind.WORDS):
            raise SearchIndexError(f"The index has no field of words {name!r}. Name one of its fields of words.")
        source = (
            f'SELECT jsonb_array_elements_text(fields->%s) AS value FROM "{self._table}" WHERE fields ? %s'
            if kind is FieldKind.WORDS
            else f'SELECT fields->>%s AS value FROM "{self._table}" WHERE fields ? %s'
        )
        query = f"SELECT value FROM ({source}) AS listed GROUP BY value ORDER BY count(*) DESC, value LIMIT %s"
        return [row[0] for row in self._all(query, [name, name, most])]

    def add(self, documents: Sequence[Document], vectors: np.ndarray) -> None:
        """Add documents, all of them or none.

        Raises:
            SearchIndexError: an id is taken, or the vectors do not suit the index.
        """
        from psycopg2.errors import UniqueViolation

        if len(documents) != len(vectors):
            raise SearchIndexError(f"{len(documents)} documents came with {len(vectors)} vectors. Give one for each.")
        try:
            self._database.run(lambda cursor: insert(cursor, self._table, zip(documents, vectors, strict=True)))
        except UniqueViolation as error:
            raise SearchIndexError("A document's id is in the index already. Remove that document first.") from error

    def remove(self, ids: Sequence[str]) -> None:
        """Remove documents, all of them or none.

        Raises:
            SearchIndexError: an id is unknown.
        """

        def delete(cursor: "extensions.cursor") -> None:
            cursor.execute(f'DELETE FROM "{self._table}" WHERE id = ANY(%s)', [list(ids)])
            if cursor.rowcount != len(set(ids)):
                unknown = len(set(ids)) - cursor.rowcount
                raise SearchIndexError(f"{unknown} of {len(set(ids))} ids are not in the index. Check them.")

        self._database.run(delete)

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def _one(self, query: str, values: Sequence[Any]) -> Any:
        found = self._all(query, values)
        return found[0] if found else None

    def _all(self, query: str, values: Sequence[Any]) -> list[Any]:
        def read(cursor: "extensions.cursor") -> list[Any]:
            cursor.execute(query, list(values))
            return cursor.fetchall()

        return self._database.run(read)


def _description(cursor: "extensions.cursor", name: str) -> tuple[dict[str, Any], str] | None:
    cursor.execute("SELECT to_regclass('textlab_indexes')")
    if cursor.fetchone() == (None,):
        return None
    cursor.execute("SELECT settings, encoder FROM textlab_indexes WHERE name = %s", [name])
    return cursor.fetchone()


def _where(filters: Filters | None) -> tuple[str, list[Any]]:
    """Return the filters as a WHERE clause with its values."""
    clauses: list[str] = []
    values: list[Any] = []
    for condition in filters.conditions if filters else ():
        if isinstance(condition, RangeFilter):
            clauses.append("(fields->>%s)::float8 BETWEEN %s AND %s")
            values += [condition.field, condition.low, condition.high]
            continue
        held = [json.dumps({condition.field: [storable(word).casefold()]}) for word in condition.words]
        clauses.append("(" + (" AND " if condition.all_of else " OR ").join(["words @> %s::jsonb"] * len(held)) + ")")
        values += held
    return (f" WHERE {' AND '.join(clauses)}" if clauses else ""), values
