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
from textlab.data.retrieval_checks import check_retrieval
from textlab.data.task_dataset import TaskDataset
from textlab.data.text_lengths import clipped, text_lengths
from textlab.search.fields import FieldKind


@dataclass(frozen=True, eq=False)  # frames have no truth value; equal datasets have equal digests
class RetrievalDataset(TaskDataset):
    """Documents and queries with graded relevance. No query is in two splits; all splits search the same documents.

    Attributes:
        name, version, inputs, preparation: see `TaskDataset`. The only input is `text`.
        documents: a frame with the columns `id` (str, unique) and `text` (str, not empty), optionally `title` (str, for
            people to read), and one column per field. A field whose value is unknown holds "", [] or NaN.
        train, validation, test: the queries, frames with the columns `id` (str, unique in the dataset) and `text`
            (str, not empty), optionally `tags` (the kinds of request, separated by blanks) and `conditions` (the
            filter that the request states, as JSON; "{}" for none).
        relevance: a frame with the columns `query` and `document` (ids) and `grade` (int, 1 or more; more is better).
            A pair that is missing is not relevant. Each query has at least one relevant document.
        fields: the columns of `documents` that a filter may name, and their kinds.
        titles_in_text: whether a document's text is its title and then its own text; else titles are never searched.
        people: whether the documents describe people, so that a report tests names and places in requests.
        pairs: pairs of texts with a similarity from 0 to 1, a frame with the columns `first`, `second` and
            `similarity`; None if the source has none.

    Raises:
        ValueError: a column is missing, an id occurs twice, a text is empty, a split has no query, a query has no
            relevant document, a query's text occurs in two splits, `relevance` names an unknown id, or a field, the
            conditions of a query or a similarity have wrong values.
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
    titles_in_text: bool = field(default=False, kw_only=True)
    people: bool = field(default=False, kw_only=True)
    pairs: pd.DataFrame | None = field(default=None, kw_only=True)
    inputs: tuple[str, ...] = field(default=TEXT_ONLY, kw_only=True)
    preparation: Preparation | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        splits = dict(self.splits())
        check_retrieval(self.name, self.documents, splits, self.relevance, self.fields, self.pairs)

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

    def counts(self) -> pd.DataFrame:
        """Count the queries and the relevant documents of each split.

        Returns:
            A row per split, with the columns `documents` (the same for each), `queries`, `pairs` (of a query and a
            relevant document), `per_query` (pairs per query), and `grade_<g>`, the pairs of each grade.
        """
        grades = sorted(set(self.relevance["grade"]))
        rows = {}
        for split, frame in self.splits():
            found = self.relevance.loc[self.relevance["query"].isin(set(frame["id"])), "grade"]
            of_grades = {f"grade_{grade}": int((found == grade).sum()) for grade in grades}
            sizes = {"documents": len(self.documents), "queries": len(frame), "pairs": len(found)}
            rows[split] = sizes | {"per_query": len(found) / len(frame)} | of_grades
        return pd.DataFrame.from_dict(rows, orient="index")

    def text_lengths(self) -> pd.DataFrame:
        """Return the shortest and the longest document and query, see `text_lengths.text_lengths`."""
        return text_lengths([("documents", self.documents), *self.splits()])

    def sample(self, split: str = "train", queries: int = 5, most: int = 3, seed: int = 0) -> pd.DataFrame:
        """Draw queries with their relevant documents, for people to read.

        Args:
            split: the split of the queries.
            queries: the number of queries.
            most: the most documents of a query; those with the highest grades come first.
            seed: random seed.

        Returns:
            A row per pair, with the columns `query`, `tags` (if there are any), `grade` and `document`: the document's
            title, or the start of its text.
        """
        frame = getattr(self, split)
        drawn = frame.sample(min(queries, len(frame)), random_state=seed)
        documents = self.documents.set_index("id")
        names = documents["title" if "title" in documents else "text"]
        found = self.relevance[self.relevance["query"].isin(set(drawn["id"]))]
        best = found.sort_values("grade", ascending=False, kind="stable").groupby("query", sort=False).head(most)
        table = drawn.merge(best, left_on="id", right_on="query", suffixes=("", "_id"))
        columns = {"query": table["text"], **({"tags": table["tags"]} if "tags" in table else {})}
        return pd.DataFrame(columns | {"grade": table["grade"], "document": table["document"].map(names).map(clipped)})

    def most_relevant_documents(self, most: int = 100) -> pd.DataFrame:
        """Return the documents that answer the most training queries, the most frequent first; of equals, by id.

        Returns:
            At most `most` rows, with the document's id as index, and the column `queries`: the number of queries for
            which it is among the documents with the highest grade.
        """
        found = self.relevance[self.relevance["query"].isin(set(self.train["id"]))]
        best = found[found["grade"] == found.groupby("query")["grade"].transform("max")]
        counts = best["document"].value_counts().rename_axis("document").reset_index(name="queries")
        counts = counts.sort_values(["queries", "document"], ascending=[False, True]).head(most)
        return counts.set_index("document")

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the counts, and the documents that answer the most training queries.

        No table holds a document's text or title: documents may be about people, who can ask to be forgotten, and
        tables stay in the record.
        """
        return {"counts": self.counts(), "most_relevant_documents": self.most_relevant_documents()}

    def relevant(self, split: str) -> dict[str, dict[str, int]]:
        """Return the grade of each relevant document of each query of a split, by their ids."""
        queries = getattr(self, split)["id"]
        kept = self.relevance[self.relevance["query"].isin(set(queries))]
        found: dict[str, dict[str, int]] = {query: {} for query in queries}
        for query, document, grade in zip(kept["query"], kept["document"], kept["grade"], strict=True):
            found[query][document] = int(grade)
        return found
