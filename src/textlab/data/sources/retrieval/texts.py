"""The documents, the queries and the pairs of a folder, cleaned."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.preparation import Reason
from textlab.data.preparation_log import PreparationLog
from textlab.data.reading.places import first_lines
from textlab.data.sources.retrieval.folder import CORPUS, QUERIES, Folder
from textlab.data.split import drop_empty, duplicate_keys
from textlab.search.fields import FieldKind

Title = Literal["join", "show"]


def documents(folder: Folder, title: Title, log: PreparationLog) -> pd.DataFrame:
    """Return the documents: `id`, `text`, `title` if any document has one, the fields, and `label` for the log."""
    corpus = folder.corpus
    frame = pd.DataFrame({"id": corpus["_id"], "text": _strings(corpus["text"]), "label": corpus["_id"]})
    if "title" in corpus:
        frame["title"] = _strings(corpus["title"])
        if title == "join":
            frame["text"] = (frame["title"] + " " + frame["text"]).str.strip()
    for field, kind in folder.fields.items():
        frame[field] = pd.Series([_field(row, field, kind) for row in _records(corpus)], frame.index, dtype=object)
    frame = _of_one_text(drop_empty(frame, log), CORPUS, log)
    copies = frame["text"].duplicated()
    if copies.any():
        log.concerns.append(
            Concern(
                ConcernKind.COPIES,
                f"{int(copies.sum()):,} documents repeat the text of another. They stay, because judgements name ids. "
                f"First lines: {first_lines(frame.index[copies])}.",
                "Leave out copies, unless they are different things with one description.",
                is_serious=False,
            )
        )
    return frame


def queries(folder: Folder, log: PreparationLog) -> pd.DataFrame:
    """Return the queries: `id`, `text`, `tags` and `conditions` if any query has them, and `label` for the log."""
    rows = folder.queries
    frame = pd.DataFrame({"id": rows["_id"], "text": _strings(rows["text"]), "label": rows["_id"]})
    readers: dict[str, Callable[[Any], str]] = {"tags": _tags, "conditions": _conditions}
    for name, read in readers.items():
        values = [_value(row, name) for row in _records(rows)]
        if any(value is not None for value in values):
            frame[name] = [read(value) for value in values]
    return _of_one_text(drop_empty(frame, log), QUERIES, log)


def pairs(folder: Folder, log: PreparationLog) -> pd.DataFrame | None:
    """Return the pairs of texts with a similarity; None if there are none."""
    if folder.pairs is None:
        return None
    frame = folder.pairs.assign(text=folder.pairs["first"] + "\t" + folder.pairs["second"], label="")
    blank = (frame["first"].str.strip() == "") | (frame["second"].str.strip() == "")
    kept = log.drop(frame, blank, Reason.EMPTY_TEXT)[["first", "second", "similarity"]].reset_index(drop=True)
    return None if kept.empty else kept


def _of_one_text(frame: pd.DataFrame, file: str, log: PreparationLog) -> pd.DataFrame:
    """Drop rows that repeat another row's id and text.

    Raises:
        ValueError: an id has two texts.
    """
    is_repeated = frame["id"].duplicated()
    keys = pd.Series(duplicate_keys(frame["text"]), frame.index, dtype=object)
    texts = keys.groupby(frame["id"]).transform("nunique")
    if (texts > 1).any():
        lines = frame.index[texts > 1]
        raise ValueError(
            f"{file}: the id '{frame['id'][lines[0]]}' has {int(texts[lines[0]])} texts; first lines "
            f"{first_lines(lines)}. Give each text an id of its own."
        )
    return log.drop(frame, is_repeated, Reason.SAME_ID)


def _strings(values: pd.Series) -> pd.Series:
    return values.where(values.notna(), "").astype(str)


def _records(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return table.to_dict("records")


def _value(row: Mapping[Any, Any], name: str) -> Any:
    """Return a value of a line, from its metadata if the line itself has none; None if there is none."""
    own = row.get(name)
    if own is not None and own == own:  # NaN stands for a key that the line lacks
        return own
    metadata = row.get("metadata")
    return metadata.get(name) if isinstance(metadata, Mapping) else None


def _field(row: Mapping[Any, Any], field: str, kind: FieldKind) -> Any:
    """Return a field's value; "", [] or NaN if it is unknown. Wrong kinds stay, and the dataset names them."""
    value = _value(row, field)
    if kind is FieldKind.WORDS:
        return [value] if isinstance(value, str) else value or []
    if kind is FieldKind.WORD:
        return "" if value is None else str(value) if isinstance(value, int) else value
    return float("nan") if value is None else value


def _tags(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _conditions(value: Any) -> str:
    return json.dumps({} if value is None else value, ensure_ascii=False, sort_keys=True)
