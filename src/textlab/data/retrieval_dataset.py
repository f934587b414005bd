"""The dataset of retrieval: documents, and queries in three splits with the documents that answer them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import pandas as pd

from textlab.data.examples import TEXT_ONLY
from textlab.data.preparation import Preparation
from textlab.data.task_dataset import TaskDataset
from textlab.search.fields import FieldKind


@dataclass(frozen=True, eq=False)  # frames have no truth value; equal datasets have equal digests
class RetrievalDataset(TaskDataset):
    """Documents and queries with graded relevance. No query is in two splits; all splits search the same documents.

    Attributes:
        name, version, inputs, preparation: see `TaskDataset`. The only input is `text`.
        documents: a frame with the columns `id` (str, unique) and `text` (str, not empty), optionally `title` (str,
            for people to read, never searched), and one column per field.
        train, validation, test: the queries, frames with the columns `id` (str, unique in the dataset) and `text`
            (str, not empty), optionally `tags` (the kinds of request, separated by blanks) and `conditions` (the
            filter that the request states, as JSON; "{}" for none).
        relevance: a frame with the columns `query` and `document` (ids) and `grade` (int, 1 or more; more is better).
            A pair that is missing is not relevant. Each query has at least one relevant document.
        fields: the columns of `documents` that a filter may name, and their kinds.
        pairs: pairs of texts with a similarity from 0 to 1, a frame with the columns `first`, `second` and
            `similarity`; None if the source has none.

    Raises:
        ValueError: a column is missing, an id occurs twice, a text is empty, a split has no query, a query has no
            relevant document, a query's text occurs in two splits, or `relevance` names an unknown id.
    """

    task: ClassVar[str] = "retrieval"

    name: str
    version: str
    documents: pd.DataFrame
    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame
    relevance: pd.DataFrame
    fields: Mapping[str, FieldKind] = field(default_factory=dict, kw_only=True)
    pairs: pd.DataFrame | None = field(default=None, kw_only=True)
    inputs: tuple[str, ...] = field(default=TEXT_ONLY, kw_only=True)
    preparation: Preparation | None = field(default=None, kw_only=True)

    @cached_property
    def digest(self) -> str:
        """The sha256 of everything that a model could see: documents, fields, queries, relevance and pairs."""
        hasher = hashlib.sha256(json.dumps(dict(self.fields), sort_keys=True).encode())
        tables = {"documents": self.documents, **dict(self.splits()), "relevance": self.relevance, "pairs": self.pairs}
        for name, table in tables.items():
            if table is not None:
                for column in table:  # column by column, because pandas takes seconds for a million rows
                    hasher.update(f"\x01{name}\x00{column}\x00".encode())
                    hasher.update(json.dumps(table[column].tolist(), default=list).encode())
        return hasher.hexdigest()

    def relevant(self, split: str) -> dict[str, dict[str, int]]:
        """Return the grade of each relevant document of each query of a split, by their ids."""
        queries = getattr(self, split)["id"]
        kept = self.relevance[self.relevance["query"].isin(set(queries))]
        found: dict[str, dict[str, int]] = {query: {} for query in queries}
        for query, document, grade in zip(kept["query"], kept["document"], kept["grade"], strict=True):
            found[query][document] = int(grade)
        return found
