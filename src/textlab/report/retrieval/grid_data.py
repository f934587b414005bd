"""The data behind a grid of retrievers: documents, leaks, and the documents that answer most training queries."""

from collections.abc import Sequence
from functools import cached_property

import pandas as pd

from textlab import record
from textlab.concerns import Concern
from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.evaluation.retrieval.leaks import QueryLeaks, find_query_leaks
from textlab.report.grid_data import GridData


class RetrievalData(GridData[RetrievalDataset]):
    """The dataset of a grid of retrievers, see `GridData`."""

    kind = RetrievalDataset
    checks = "leaks"

    @cached_property
    def leaks(self) -> QueryLeaks | None:
        """The leaks of the dataset; None if there is no dataset."""
        return None if self.dataset is None else find_query_leaks(self.dataset)

    def _audited(self, dataset: RetrievalDataset) -> Sequence[Concern]:
        return () if self.leaks is None else self.leaks.concerns

    @cached_property
    def document_count(self) -> int:
        """The number of documents: of the dataset, else as the run has logged it, else of those in its rankings."""
        if self.dataset is not None:
            return len(self.dataset.documents)
        counts = self._logged("counts")
        if counts is not None:
            return int(counts["documents"].iloc[0])
        columns = (self._validation[name] for name in ("relevant", "found"))
        return len({document for column in columns for documents in column for document in documents})

    @cached_property
    def frequent(self) -> list[str]:
        """The ids of the documents that answer the most training queries; [] if they are not known."""
        if self.dataset is not None:
            return list(self.dataset.most_relevant_documents().index)
        logged = self._logged("most_relevant_documents")
        return [] if logged is None else logged["document"].astype(str).tolist()

    @cached_property
    def documents(self) -> dict[str, tuple[str, str]]:
        """The title (or the id) and the text of each document; empty if there is no dataset."""
        if self.dataset is None:
            return {}
        frame = self.dataset.documents
        titles = frame["title"] if "title" in frame else frame["id"]
        return {
            str(name): (str(title or name), str(text))
            for name, title, text in zip(frame["id"], titles, frame["text"], strict=True)
        }

    def _logged(self, name: str) -> pd.DataFrame | None:
        """Return a table that the run has logged about its data; None if there is none."""
        try:
            return pd.read_csv(record.artifact(self._run.id, f"data/{name}.csv"))
        except (FileNotFoundError, ValueError):
            return None
