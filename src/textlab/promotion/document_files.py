"""Files of documents: reading new ones for an index, and removing documents from tables and JSON lines."""

import csv
import io
import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from textlab.data.reading.json_lines import read_json_lines
from textlab.paths import replacing
from textlab.sealing import is_sealed
from textlab.search import Document, IndexSettings

JSON_LINES = (".jsonl", ".ndjson")
SEPARATORS = {".csv": ",", ".tsv": "\t"}
# The columns and keys that name a document, in BEIR's files, in profiles and in GitHub's tables.
NAMING = ("id", "_id", "document", "document_id", "corpus-id", "corpus_id", "user", "user_id", "owner", "login")
CELL_LIMIT = 2**31 - 1  # characters in a cell


def read_documents(path: Path, settings: IndexSettings) -> list[Document]:
    """Read documents from JSON lines, in the layout of BEIR's corpus.jsonl or with the fields beside the text.

        {"id": "ada", "title": "Ada", "text": "writes C++ servers", "place": "Berlin", "languages": ["C++"]}
        {"_id": "ada", "title": "Ada", "text": "writes C++ servers", "metadata": {"place": "Berlin"}}

    Args:
        path: the file; it may be sealed.
        settings: those of the index. Keys that are none of its fields are left out, and a title is put before the text
            if the index has its titles there.

    Raises:
        ValueError, OSError: the file cannot be read, or a line has no id or no text.
    """
    documents = []
    rows = read_json_lines(path, "utf-8")
    for number, row in zip(rows.index, rows.to_dict("records"), strict=True):
        values = {key: value for key, value in row.items() if value is not None}
        id_, text, title = values.get("id", values.get("_id")), values.get("text"), values.get("title", "")
        if not all(isinstance(value, str) for value in (id_, text, title)) or not id_ or not str(text).strip():
            raise ValueError(
                f'{path}, line {number} has no id or no text. Write {{"id": "ada", "title": "Ada", "text": "..."}}.'
            )
        if id_.encode("utf-8", errors="replace").decode("utf-8") != id_:
            raise ValueError(f"{path}, line {number}: the id holds half of a surrogate pair. Write another id.")
        metadata = values.get("metadata")
        stated = (metadata if isinstance(metadata, dict) else {}) | values
        joined = f"{title} {text}".strip() if settings.titles_in_text else str(text)
        whole = joined.encode("utf-8", errors="replace").decode("utf-8")
        fields = {name: stated[name] for name in settings.fields if name in stated}
        documents.append(Document(id_, whole, title, fields))
    return documents


def without_documents(path: Path, ids: Collection[str]) -> int:
    """Remove the lines about some documents from a table or from JSON lines. The file is replaced in one step.

    A line goes if the column or key that names a document (`NAMING`) holds one of the ids.

    Args:
        path: a file with one of the endings in `JSON_LINES` and `SEPARATORS`.
        ids: the documents.

    Returns:
        The number of lines that were removed; 0 if the file was left as it was.
    """
    if is_sealed(path):
        return 0
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        kept, removed = _kept_lines(file, path.suffix, _names_one_of(set(ids)))
    if removed:
        with replacing(path) as partial:
            with partial.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
                file.writelines(kept)
            partial.chmod(path.stat().st_mode)
    return removed


def is_readable(path: Path) -> bool:
    """Return whether `without_documents` reads the file."""
    return path.suffix in JSON_LINES or path.suffix in SEPARATORS


def _kept_lines(file: io.TextIOBase, suffix: str, named: Callable[[Mapping[str, Any]], bool]) -> tuple[list[str], int]:
    if suffix in JSON_LINES:
        lines = list(file)
        kept = [line for line in lines if not named(_parsed(line))]
        return kept, len(lines) - len(kept)
    csv.field_size_limit(CELL_LIMIT)
    separator, content, written = SEPARATORS[suffix], file.read(), io.StringIO(newline="")
    header, *rows = list(csv.reader(io.StringIO(content, newline=""), delimiter=separator)) or [[]]
    kept_rows = [row for row in rows if not named(dict(zip(header, row, strict=False)))]
    ending = "\r\n" if "\r\n" in content else "\n"
    csv.writer(written, delimiter=separator, lineterminator=ending).writerows([header, *kept_rows])
    return [written.getvalue()], len(rows) - len(kept_rows)


def _names_one_of(ids: set[str]) -> Callable[[Mapping[str, Any]], bool]:
    def named(record: Mapping[str, Any]) -> bool:
        return any(isinstance(record.get(key), str | int) and str(record[key]) in ids for key in NAMING)

    return named


def _parsed(line: str) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
