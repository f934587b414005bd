"""Write documents and their vectors into PostgreSQL with pgvector."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .database import Database
from .settings import Document, IndexSettings, SearchIndexError

if TYPE_CHECKING:
    from psycopg2 import extensions

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}")
AT_ONCE = 1000  # rows in one statement
GRAPH_FROM = 20_000  # documents; below it, an exact search takes milliseconds
DESCRIPTIONS = """CREATE TABLE IF NOT EXISTS textlab_indexes (
    name text PRIMARY KEY, settings jsonb NOT NULL, encoder text NOT NULL)"""


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
    table = table_of(name)
    stated = settings.as_document() | {"terms": False}

    def write(cursor: "extensions.cursor") -> int:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
        cursor.execute(DESCRIPTIONS)
        cursor.execute(f'DROP TABLE IF EXISTS "{table}"')
        cursor.execute(
            f'CREATE TABLE "{table}" (position bigserial PRIMARY KEY, id text UNIQUE NOT NULL, title text NOT NULL, '
            f"text text NOT NULL, fields jsonb NOT NULL, words jsonb NOT NULL, vector vector({settings.dimension}))"
        )
        count = insert(cursor, table, documents)
        cursor.execute(f'CREATE INDEX ON "{table}" USING gin (words jsonb_path_ops)')
        if count >= GRAPH_FROM:
            cursor.execute(f'CREATE INDEX ON "{table}" USING hnsw (vector vector_cosine_ops)')
        cursor.execute(
            "INSERT INTO textlab_indexes VALUES (%s, %s, %s) ON CONFLICT (name) "
            "DO UPDATE SET settings = excluded.settings, encoder = excluded.encoder",
            [name, json.dumps(stated), encoder],
        )
        return count

    database = Database(address)
    try:
        return database.run(write)
    finally:
        database.close()


def table_of(name: str) -> str:
    """Return the table of an index.

    Raises:
        SearchIndexError: the name is not valid.
    """
    if not NAME.fullmatch(name):
        raise SearchIndexError(
            f"{name[:60]!r} is not a valid name of an index. Use up to 41 letters, digits, '-' and '_'."
        )
    return f"textlab_index_{name}"


def insert(cursor: "extensions.cursor", table: str, documents: Iterable[tuple[Document, np.ndarray]]) -> int:
    """Add documents to a table; return their number."""
    from psycopg2.extras import execute_values

    def rows() -> Iterator[tuple[str, str, str, str, str, str]]:
        for document, vector in documents:
            title, text = storable(document.title), storable(document.text)
            fields = {name: _storable_value(value) for name, value in document.fields.items()}
            yield document.id, title, text, json.dumps(fields), json.dumps(_words(fields)), written(vector)

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


def storable(text: str) -> str:
    """Return the text without NUL and without halves of surrogate pairs, which PostgreSQL cannot hold."""
    return text.replace("\x00", " ").encode("utf-8", errors="replace").decode("utf-8")


def _storable_value(value: str | list[str] | float) -> str | list[str] | float:
    if isinstance(value, str):
        return storable(value)
    return [storable(word) for word in value] if isinstance(value, list) else value


def _words(fields: Mapping[str, str | list[str] | float]) -> dict[str, list[str]]:
    """Return the casefolded words of each field of words, which filters compare."""
    words = {name: [value] if isinstance(value, str) else value for name, value in fields.items()}
    return {name: [word.casefold() for word in value] for name, value in words.items() if isinstance(value, list)}


def written(vector: np.ndarray) -> str:
    """Return a vector as pgvector reads it."""
    return "[" + ",".join(f"{value:.7g}" for value in np.asarray(vector, np.float32).tolist()) + "]"
