"""The files of a folder in the layout of BEIR, read but not yet checked against each other."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.concerns import Concern
from textlab.data.reading import tables
from textlab.data.reading.encodings import without_mark, wrong_encoding
from textlab.data.reading.places import located
from textlab.search.fields import FieldKind
from textlab.wording import listed, shortlist

logger = logging.getLogger(__name__)

CORPUS, QUERIES, QRELS, FIELDS, PAIRS = "corpus.jsonl", "queries.jsonl", "qrels", "fields.json", "pairs.tsv"
SPLIT_OF_FILE = {
    "train": "train",
    "dev": "validation",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
}
JUDGED = ("query-id", "corpus-id", "score")
PAIRED = ("first", "second", "similarity")
HELP = "docs/guides/retrieval.md describes the folder."


@dataclass(frozen=True, eq=False)  # frames have no truth value
class Folder:
    """The tables of a folder. Each row is indexed by its file and line, such as "qrels/test.tsv:7".

    Attributes:
        path: the folder.
        paths: the files that were read.
        corpus, queries: the rows as JSON objects give them, with the columns `_id` and `text`.
        judgements: `query`, `document`, `score` (int) and `split`.
        pairs: `first`, `second` and `similarity` (float); None without the file.
        fields: the kinds of the fields.
        concerns: what is unusual about the characters of the texts.
    """

    path: Path
    paths: tuple[Path, ...]
    corpus: pd.DataFrame
    queries: pd.DataFrame
    judgements: pd.DataFrame
    pairs: pd.DataFrame | None
    fields: Mapping[str, FieldKind]
    concerns: tuple[Concern, ...]

    @property
    def rows(self) -> int:
        """The number of rows of all tables."""
        return sum(len(t) for t in (self.corpus, self.queries, self.judgements, self.pairs) if t is not None)

    @staticmethod
    def files(path: Path) -> tuple[Path, ...]:
        """Return the files of a folder that are read.

        Raises:
            FileNotFoundError: the folder does not exist, or lacks a file.
        """
        if not path.is_dir():
            raise FileNotFoundError(f"There is no folder {path}. Check the path after 'retrieval:'.")
        qrels = sorted((path / QRELS).glob("*.tsv"))
        known = [each for each in qrels if each.stem in SPLIT_OF_FILE]
        needed = {CORPUS: (path / CORPUS).is_file(), QUERIES: (path / QUERIES).is_file(), f"{QRELS}/test.tsv": known}
        if missing := [name for name, is_there in needed.items() if not is_there]:
            raise FileNotFoundError(f"{path} lacks {listed(missing)}. Add what is missing: {HELP}")
        if others := [each.name for each in qrels if each not in known]:
            logger.warning("%s: %s of no split that textlab knows; not read.", path / QRELS, shortlist(others))
        optional = [path / name for name in (FIELDS, PAIRS) if (path / name).is_file()]
        return (path / CORPUS, path / QUERIES, *known, *optional)

    @classmethod
    def read(cls, path: Path, encoding: str) -> "Folder":
        """Read the folder.

        Raises:
            FileNotFoundError: the folder does not exist, or lacks a file.
            ValueError: a line is broken, or a column is missing.
        """
        files = cls.files(path)
        judged = [_judgements(path, each, encoding) for each in files if each.parent.name == QRELS]
        corpus, queries = (_objects(path / name, encoding) for name in (CORPUS, QUERIES))
        concerns = [
            concern
            for name, table in ((CORPUS, corpus), (QUERIES, queries))
            for concern in tables.concerns(table[["text"]], path / name, encoding)
        ]
        return cls(
            path,
            files,
            corpus,
            queries,
            pd.concat(judged),
            _pairs(path / PAIRS, encoding) if path / PAIRS in files else None,
            _fields(path / FIELDS, encoding) if path / FIELDS in files else {},
            tuple(concerns),
        )


def _objects(path: Path, encoding: str) -> pd.DataFrame:
    table = tables.read(path, encoding)
    _check_columns(path, table, ("_id", "text"))
    missing = table.index[table["_id"].isna() | (table["_id"].astype(str).str.strip() == "")]
    if len(missing):
        raise ValueError(f"{located(path, missing)}: _id is missing. Give each line an id.")
    return _lined(table.assign(_id=table["_id"].astype(str)), path.name)


def _judgements(folder: Path, path: Path, encoding: str) -> pd.DataFrame:
    table = tables.read(path, encoding)
    _check_columns(path, table, JUDGED)
    scores = _numbers(path, table["score"], "score")
    fractions = scores[scores != scores.round()]
    if len(fractions):
        raise ValueError(f"{located(path, fractions.index)}: a score is {fractions.iloc[0]}. Write whole numbers.")
    frame = pd.DataFrame({"query": table["query-id"].str.strip(), "document": table["corpus-id"].str.strip()})
    frame = frame.assign(score=scores.astype(int), split=SPLIT_OF_FILE[path.stem])
    return _lined(frame, str(path.relative_to(folder)))


def _pairs(path: Path, encoding: str) -> pd.DataFrame:
    table = tables.read(path, encoding)
    _check_columns(path, table, PAIRED)
    similarity = _numbers(path, table["similarity"], "similarity")
    outside = similarity[(similarity < 0) | (similarity > 1)]
    if len(outside):
        raise ValueError(f"{located(path, outside.index)}: a similarity is {outside.iloc[0]}. Scale them from 0 to 1.")
    return _lined(table[["first", "second"]].assign(similarity=similarity), path.name)


def _fields(path: Path, encoding: str) -> dict[str, FieldKind]:
    example = 'Write an object such as {"place": "word", "languages": "words", "years": "number"}.'
    try:
        found: Any = json.loads(path.read_text(encoding=without_mark(encoding)))
    except UnicodeError as error:
        raise wrong_encoding(path, encoding, error) from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}, line {error.lineno}: {error.msg}. {example}") from error
    if not isinstance(found, dict) or not all(kind in list(FieldKind) for kind in found.values()):
        raise ValueError(f"{path} does not give each field the kind word, words or number. {example}")
    return {name: FieldKind(kind) for name, kind in found.items()}


def _check_columns(path: Path, table: pd.DataFrame, columns: tuple[str, ...]) -> None:
    if missing := [column for column in columns if column not in table]:
        found = ", ".join(map(str, table.columns))
        raise ValueError(f"{path} has no {listed(missing)}; it has {found}. Rename what is meant: {HELP}")


def _numbers(path: Path, cells: pd.Series, name: str) -> pd.Series:
    numbers = pd.to_numeric(cells, errors="coerce")
    wrong = cells[numbers.isna()]
    if len(wrong):
        raise ValueError(f"{located(path, wrong.index)}: the {name} {wrong.iloc[0]!r} is not a number. Write numbers.")
    return numbers


def _lined(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table.set_axis([f"{name}:{line}" for line in table.index], axis="index")
