"""Occupations to be found by their alternate titles, such as "Tailings Dam Pumper"."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from textlab.data import split
from textlab.data.preparation import Reason
from textlab.data.preparation_log import PreparationLog
from textlab.data.query_split import split_queries
from textlab.data.reading.files import checksum
from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.data.sources.onet import files

VARIANT = "search"
FRACTIONS = (0.8, 0.1, 0.1)
CODE = "O*NET-SOC Code"
SAME = 3  # grade of the occupation that a title belongs to
RELATED = {"Primary-Short": 2, "Primary-Long": 1, "Supplemental": 1}  # grades of the 5 nearest, 5 more and 10 more


def load_search(paths: Sequence[Path], seed: int, limit: int) -> RetrievalDataset:
    """Load occupations as documents and their alternate titles as queries, split 80/10/10 by text.

    A title's own occupation has grade 3. O*NET lists 20 related occupations: the five nearest have grade 2, the others
    grade 1. A title of several occupations is one query, and a document has the highest of its grades.

    Args:
        paths: the verified files: occupations, alternate titles, tasks, software and related occupations.
        seed: seed of the split.
        limit: the most queries in validation and in test, which are drawn with the seed; 0 keeps all.

    Raises:
        ValueError: `limit` is negative.
    """
    if limit < 0:
        raise ValueError(f"Option limit={limit} is negative. Write the most queries in validation and in test, or 0.")
    occupations, titles, tasks, software, related = (files.read(path) for path in paths)
    log = PreparationLog(f"onet/{VARIANT}", len(titles))
    rows = _titles(titles, log)
    queries = log.drop(rows, rows.duplicated("key"), Reason.MERGED)
    first, *held_out = split_queries(queries, FRACTIONS, seed)
    if limit:
        held_out = [log.drop(part, np.arange(len(part)) >= limit, Reason.BEYOND_LIMIT) for part in held_out]
    kept = pd.concat([first, *held_out])
    query_of: dict[str, str] = dict(zip(kept["key"], kept["id"], strict=True))
    train, validation, test = (part[["id", "text"]].reset_index(drop=True) for part in (first, *held_out))
    return RetrievalDataset(
        log.name,
        checksum(paths[1])[:12],
        _documents(occupations, tasks, software),
        train,
        validation,
        test,
        _relevance(rows[rows["key"].isin(query_of)], query_of, related),
        preparation=log.preparation((train, validation, test)),
    )


def _titles(titles: pd.DataFrame, log: PreparationLog) -> pd.DataFrame:
    """Return a row for each title of each occupation: `id`, `text`, `label` (the occupation's code) and `key`."""
    rows = pd.DataFrame({"text": titles["Alternate Title"], "label": titles[CODE]})
    rows["id"] = [line.replace(".csv:", "-") for line in rows.index]
    rows = split.drop_empty(rows, log)
    rows = rows.assign(key=split.duplicate_keys(rows["text"]))
    return log.drop(rows, rows.duplicated(["key", "label"]), Reason.COPY)


def _relevance(rows: pd.DataFrame, query_of: dict[str, str], related: pd.DataFrame) -> pd.DataFrame:
    """Return the highest grade of each document for each query."""
    queries = pd.Index(list(query_of.values()))
    codes = pd.Index(sorted({*rows["label"], *related[CODE], *related[f"Related {CODE}"]}))
    own = pd.DataFrame(
        {
            "query": queries.get_indexer(pd.Index(rows["key"].map(query_of))),
            "document": codes.get_indexer(pd.Index(rows["label"])),
        }
    )
    near = pd.DataFrame(
        {
            "document": codes.get_indexer(pd.Index(related[CODE])),
            "near": codes.get_indexer(pd.Index(related[f"Related {CODE}"])),
            "grade": related["Relatedness Tier"].map(RELATED).to_numpy(),
        }
    )
    near = own.merge(near, on="document")[["query", "near", "grade"]].rename(columns={"near": "document"})
    pairs = pd.concat([own.assign(grade=SAME), near])  # numbers, because a million strings sort slowly
    pairs = pairs.sort_values(["query", "grade", "document"], ascending=[True, False, True])
    pairs = pairs.drop_duplicates(["query", "document"])
    return pd.DataFrame(
        {"query": queries[pairs["query"]], "document": codes[pairs["document"]], "grade": pairs["grade"].to_numpy()}
    )


def _documents(occupations: pd.DataFrame, tasks: pd.DataFrame, software: pd.DataFrame) -> pd.DataFrame:
    """Return the occupations in the order of their codes: `id`, `title` and `text`."""
    core_first = tasks.sort_values("Task Type", key=lambda kinds: kinds != "Core", kind="stable")
    tasks_of = {str(code): " ".join(of["Task"]) for code, of in core_first.groupby(CODE)}
    hot_first = software.sort_values("Hot Technology", key=lambda hot: hot != "Y", kind="stable")
    software_of = {str(code): ", ".join(dict.fromkeys(of["Example"])) for code, of in hot_first.groupby(CODE)}
    table = occupations.sort_values(CODE)
    codes, titles, descriptions = (table[column].to_list() for column in (CODE, "Title", "Description"))
    texts = [
        _text(title, description, tasks_of.get(code), software_of.get(code))
        for code, title, description in zip(codes, titles, descriptions, strict=True)
    ]
    return pd.DataFrame({"id": codes, "title": titles, "text": texts})


def _text(title: str, description: str, tasks: str | None, software: str | None) -> str:
    """Write an occupation as paragraphs, the most telling first, because models read only the beginning."""
    paragraphs = [f"{title}. {description}", tasks and f"Tasks: {tasks}", software and f"Software: {software}."]
    return "\n".join(filter(None, paragraphs))
