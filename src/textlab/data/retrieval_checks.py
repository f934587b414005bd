"""The checks of a retrieval dataset. Each error names what came, and says what to do."""

import json
import numbers
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from textlab.search.fields import FieldKind
from textlab.wording import counted, shortlist

RESERVED = ("id", "text", "title")  # columns of documents that are no fields
KINDS_IN_WORDS = {
    FieldKind.WORD: "a string",
    FieldKind.WORDS: "a list of strings",
    FieldKind.NUMBER: "a number",
}


def check_retrieval(
    dataset: str,
    documents: pd.DataFrame,
    splits: Mapping[str, pd.DataFrame],
    relevance: pd.DataFrame,
    fields: Mapping[str, FieldKind],
    pairs: pd.DataFrame | None,
) -> None:
    """Check everything that `RetrievalDataset` promises.

    Args:
        dataset: its name, for messages.
        documents, relevance, fields, pairs: see `RetrievalDataset`.
        splits: the queries of each split.

    Raises:
        ValueError: see `RetrievalDataset`.
    """
    name = f"Dataset '{dataset}'"
    _check_texts(f"{name}, documents", documents, ("id", "text"))
    _check_unique(f"{name}, documents", documents["id"])
    _check_fields(f"{name}, documents", documents, fields)
    for split, frame in splits.items():
        _check_texts(f"{name}, split '{split}'", frame, ("id", "text"))
        if "conditions" in frame:
            _check_conditions(f"{name}, split '{split}'", frame, fields)
    queries = pd.concat([frame["id"] for frame in splits.values()])
    _check_unique(f"{name}, queries", queries)
    _check_splits_are_disjoint(name, splits)
    _check_relevance(f"{name}, relevance", relevance, queries, documents["id"])
    if pairs is not None:
        _check_pairs(f"{name}, pairs", pairs)


def _check_columns(where: str, frame: pd.DataFrame, columns: Iterable[str]) -> None:
    if missing := [column for column in columns if column not in frame]:
        raise ValueError(
            f"{where}: the column(s) {', '.join(missing)} are missing; it has {', '.join(map(str, frame))}. Add or "
            "rename them."
        )
    if frame.empty:
        raise ValueError(f"{where}: there are no rows. Add at least one.")


def _check_texts(where: str, frame: pd.DataFrame, columns: tuple[str, ...]) -> None:
    """Check that the columns exist and hold strings that are not empty."""
    _check_columns(where, frame, columns)
    for column in columns:
        if wrong := [value for value in frame[column] if not isinstance(value, str)]:
            raise ValueError(f"{where}: the {column} {wrong[0]!r} is not a string. Convert the column to strings.")
        empty = frame[column].str.strip() == ""
        if empty.any():
            named = f"the {column} of id {frame.loc[empty, 'id'].iloc[0]!r}" if "id" in frame else f"a {column}"
            raise ValueError(f"{where}: {named} is empty. Remove such rows first.")


def _check_unique(where: str, ids: pd.Series) -> None:
    if ids.duplicated().any():
        raise ValueError(f"{where}: the id {ids[ids.duplicated()].iloc[0]!r} occurs twice. Make ids unique.")


def _check_fields(where: str, documents: pd.DataFrame, fields: Mapping[str, FieldKind]) -> None:
    for field, kind in fields.items():
        if field in RESERVED or field not in documents:
            known = ", ".join(str(column) for column in documents if column not in RESERVED) or "none"
            raise ValueError(f"{where}: the field '{field}' is not a column that may be a field. Available: {known}.")
        if kind not in KINDS_IN_WORDS:
            raise ValueError(f"{where}: the field '{field}' has the kind '{kind}'. Choose word, words or number.")
        for document, value in zip(documents["id"], documents[field], strict=True):
            if not _is_of_kind(value, kind):
                raise ValueError(
                    f"{where}: the field '{field}' of id '{document}' is {value!r}. A field of the kind {kind} holds "
                    f"{KINDS_IN_WORDS[kind]}."
                )


def _is_of_kind(value: Any, kind: FieldKind) -> bool:
    if kind == FieldKind.WORD:
        return isinstance(value, str)
    if kind == FieldKind.WORDS:
        return isinstance(value, list | tuple) and all(isinstance(word, str) for word in value)
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _check_conditions(where: str, queries: pd.DataFrame, fields: Mapping[str, FieldKind]) -> None:
    for query, text in zip(queries["id"], queries["conditions"], strict=True):
        try:
            conditions = json.loads(text)
        except (TypeError, ValueError):
            conditions = None
        if not isinstance(conditions, dict):
            raise ValueError(
                f"{where}: the conditions of id '{query}' are no JSON object. Write an object such as {{}}."
            )
        if unknown := [field for field in conditions if field not in fields]:
            raise ValueError(
                f"{where}: the conditions of id '{query}' name the unknown field(s) {shortlist(unknown)}. Available: "
                f"{', '.join(fields) or 'none'}."
            )


def _check_splits_are_disjoint(name: str, splits: Mapping[str, pd.DataFrame]) -> None:
    owner: dict[str, str] = {}
    for split, frame in splits.items():
        for text in set(frame["text"]):
            if owner.setdefault(text, split) != split:
                raise ValueError(
                    f"{name}: the text of a query occurs in both '{owner[text]}' and '{split}'. Remove duplicates "
                    "before splitting."
                )


def _check_relevance(where: str, relevance: pd.DataFrame, queries: pd.Series, documents: pd.Series) -> None:
    _check_columns(where, relevance, ("query", "document", "grade"))
    for column, known in (("query", queries), ("document", documents)):
        unknown = relevance.loc[~relevance[column].isin(set(known)), column]
        if len(unknown):
            ids = list(dict.fromkeys(map(str, unknown)))
            raise ValueError(
                f"{where}: {counted(len(unknown), 'row')} with {counted(len(ids), f'unknown {column} id')}: "
                f"{shortlist(ids)}. Add what is missing, or remove the rows."
            )
    grades = relevance["grade"]
    if not pd.api.types.is_integer_dtype(grades) or grades.min() < 1:
        wrong = next(grade for grade in grades if not isinstance(grade, numbers.Integral) or grade < 1)
        raise ValueError(
            f"{where}: a grade is {wrong!r}. Write integers from 1 on, and leave out what is not relevant."
        )
    if (copies := relevance.duplicated(["query", "document"])).any():
        first = relevance[copies].iloc[0]
        raise ValueError(
            f"{where}: document '{first['document']}' occurs twice for query '{first['query']}'. Keep one grade."
        )
    unanswered = list(queries[~queries.isin(set(relevance["query"]))])
    if unanswered:
        subject = "1 query has" if len(unanswered) == 1 else f"{len(unanswered):,} queries have"
        raise ValueError(
            f"{where}: {subject} no relevant document: {shortlist(unanswered)}. Remove them, or add documents that "
            "answer them."
        )


def _check_pairs(where: str, pairs: pd.DataFrame) -> None:
    _check_texts(where, pairs, ("first", "second"))
    _check_columns(where, pairs, ("similarity",))
    if not pairs["similarity"].between(0, 1).all():
        wrong = pairs.loc[~pairs["similarity"].between(0, 1), "similarity"].iloc[0]
        raise ValueError(f"{where}: a similarity is {wrong}. Scale similarities to numbers from 0 to 1.")
