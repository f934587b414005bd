"""Documents and vectors in PostgreSQL with pgvector, for collections that one machine should not hold.

    python -m textlab index upload --name talents --postgres postgresql://search@db.example.org/search

The database ranks by vectors; it has no BM25. Filters never lower recall: a filtered search reads every document that
passes, and only a search without filters uses the approximate graph.
"""

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from .fields import FieldKind
from .filters import Filters, RangeFilter
from .settings import Document, Hit, IndexSettings, SearchIndexError

if TYPE_CHECKING:
    from psycopg2 import extensions

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}")
AT_ONCE = 1000  # rows in one statement
GRAPH_FROM = 20_000  # documents; below it, an exact search takes milliseconds
WIDTH = 200  # candidates that the graph visits; pgvector's default of 40 misses more
DESCRIPTIONS = """CREATE TABLE IF NOT EXISTS textlab_indexes (
    name text PRIMARY KEY, settings jsonb NOT NULL, encoder text NOT NULL)"""

T = TypeVar("T")


class PostgresIndex:
    """An index in PostgreSQL. Threads may share it; their searches wait for one another.

    Args:
        address: the database, such as "postgresql://user@host/database". A password belongs into PGPASSWORD or a
            password file rather than here.
        name: the index's name, as `upload` was given it.
        encoder: the digest of the encoder whose vectors will be searched; "" skips the check.

    Attributes:
        settings: how it ranks; `terms` is false.
        encoder: the digest of the encoder of its vectors.

    Raises:
        SearchIndexError: the database cannot be reached, has no such index, or the index is of another encoder.
    """

    def __init__(self, address: str, name: str, encoder: str = "") -> None:
        self._database, self._name, self._table = _Database(address), _checked(name), _table(name)
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
        written = _written(vector)

        def find(cursor: "extensions.cursor") -> list[tuple[str, float, int]]:
            if filters:
                cursor.execute("SET LOCAL enable_indexscan = off")
            else:
                cursor.execute("SET LOCAL hnsw.ef_search = %s", [min(1000, max(WIDTH, 2 * k))])
            cursor.execute(query, [written, *values, written, k])
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
            self._database.run(lambda cursor: _insert(cursor, self._table, zip(documents, vectors, strict=True)))
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


def upload(
    address: str,
    name: str,
    settings: IndexSettings,
    encoder: str,
    documents: Iterable[tuple[Document, np.ndarray]],
) -> int:
    """Write documents and their vectors into the database as the index `name`; an earlier one is replaced at the end.

    It appears only when it is complete.

    Returns:
        The number of documents.

    Raises:
        SearchIndexError: the index has no vectors, the name is not valid, or the database fails.
    """
    if not settings.dimension:
        raise SearchIndexError("The index ranks by terms alone, and the database ranks by vectors. Use an encoder.")
    table = _table(_checked(name))
    stated = settings.as_document() | {"terms": False}

    def write(cursor: "extensions.cursor") -> int:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
        cursor.execute(DESCRIPTIONS)
        cursor.execute(f'DROP TABLE IF EXISTS "{table}"')
        cursor.execute(
            f'CREATE TABLE "{table}" (position bigserial PRIMARY KEY, id text UNIQUE NOT NULL, title text NOT NULL, '
            f"text text NOT NULL, fields jsonb NOT NULL, words jsonb NOT NULL, vector vector({settings.dimension}))"
        )
        count = _insert(cursor, table, documents)
        cursor.execute(f'CREATE INDEX ON "{table}" USING gin (words jsonb_path_ops)')
        if count >= GRAPH_FROM:
            cursor.execute(f'CREATE INDEX ON "{table}" USING hnsw (vector vector_cosine_ops)')
        cursor.execute(
            "INSERT INTO textlab_indexes VALUES (%s, %s, %s) ON CONFLICT (name) "
            "DO UPDATE SET settings = excluded.settings, encoder = excluded.encoder",
            [name, json.dumps(stated), encoder],
        )
        return count

    database = _Database(address)
    try:
        return database.run(write)
    finally:
        database.close()


class _Database:
    """A connection that is opened again after a failure. Each call of `run` is one transaction."""

    def __init__(self, address: str) -> None:
        self._address, self._lock = address, threading.Lock()
        self._connection: extensions.connection | None = None

    def run(self, act: "Callable[[extensions.cursor], T]") -> T:
        """Run `act` in a transaction.

        Raises:
            SearchIndexError: the database cannot be reached or answers an error.
        """
        import psycopg2

        with self._lock:
            try:
                with self._open() as connection, connection.cursor() as cursor:
                    return act(cursor)
            except psycopg2.IntegrityError:
                raise
            except psycopg2.Error as error:
                self._discard()
                reason = " ".join(str(error).split())[:200]
                raise SearchIndexError(
                    f"The database of the index failed: {reason}. Check its address and that pgvector is installed."
                ) from error

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._discard()

    @contextmanager
    def _open(self) -> "Iterator[extensions.connection]":
        import psycopg2

        if self._connection is None or self._connection.closed:
            self._connection = psycopg2.connect(self._address, connect_timeout=10, application_name="textlab")
        with self._connection:
            yield self._connection

    def _discard(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        raise SearchIndexError(
            f"{name[:60]!r} is not a valid name of an index. Use up to 41 letters, digits, '-' and '_'."
        )
    return name


def _table(name: str) -> str:
    return f"textlab_index_{name}"


def _description(cursor: "extensions.cursor", name: str) -> tuple[dict[str, Any], str] | None:
    cursor.execute("SELECT to_regclass('textlab_indexes')")
    if cursor.fetchone() == (None,):
        return None
    cursor.execute("SELECT settings, encoder FROM textlab_indexes WHERE name = %s", [name])
    return cursor.fetchone()


def _insert(cursor: "extensions.cursor", table: str, documents: Iterable[tuple[Document, np.ndarray]]) -> int:
    from psycopg2.extras import execute_values

    def rows() -> Iterator[tuple[str, str, str, str, str, str]]:
        for document, vector in documents:
            # PostgreSQL's text cannot hold NUL.
            title, text = (part.replace("\x00", " ") for part in (document.title, document.text))
            fields = json.dumps(dict(document.fields)).replace("\\u0000", " ")
            yield document.id, title, text, fields, json.dumps(_words(document)), _written(vector)

    statement = f'INSERT INTO "{table}" (id, title, text, fields, words, vector) VALUES %s'
    counted = _Counted(rows())
    execute_values(cursor, statement, counted, page_size=AT_ONCE)
    return counted.count


class _Counted:
    """Counts what an iterator yields."""

    def __init__(self, values: Iterator[Any]) -> None:
        self._values, self.count = values, 0

    def __iter__(self) -> Iterator[Any]:
        for value in self._values:
            self.count += 1
            yield value


def _words(document: Document) -> dict[str, list[str]]:
    """Return the casefolded words of each field of words, which filters compare."""
    words = {name: [value] if isinstance(value, str) else value for name, value in document.fields.items()}
    return {name: [word.casefold() for word in value] for name, value in words.items() if isinstance(value, list)}


def _written(vector: np.ndarray) -> str:
    return "[" + ",".join(f"{value:.7g}" for value in np.asarray(vector, np.float32).tolist()) + "]"


def _where(filters: Filters | None) -> tuple[str, list[Any]]:
    """Return the filters as a WHERE clause with its values."""
    clauses: list[str] = []
    values: list[Any] = []
    for condition in filters.conditions if filters else ():
        if isinstance(condition, RangeFilter):
            clauses.append("(fields->>%s)::float8 BETWEEN %s AND %s")
            values += [condition.field, condition.low, condition.high]
            continue
        held = [json.dumps({condition.field: [word.casefold()]}) for word in condition.words]
        clauses.append("(" + (" AND " if condition.all_of else " OR ").join(["words @> %s::jsonb"] * len(held)) + ")")
        values += held
    return (f" WHERE {' AND '.join(clauses)}" if clauses else ""), values
