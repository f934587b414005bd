"""Retrieval: a vector for each text, and an index of documents in assets.extra/index.

A model that ranks by terms alone has no graph: its signature states no outputs, and the index is all of it.
"""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from .documents import EXTRA, BundleError
from .manifest import graph_digest
from .signature import REMEDY, Signature
from .task import BundleTask, Predictor

if TYPE_CHECKING:
    import pandas as pd

INDEX = EXTRA / "index"
HITS = 10  # documents per query in MLflow, unless params state `k`


class Retrieval(BundleTask):
    """A bundle that finds documents."""

    answer = "embedding"
    needs_graph = False
    parameters: ClassVar[dict[str, int]] = {"k": HITS}
    libraries = ("PyStemmer",)

    def check(self, folder: Path, signature: Signature) -> None:
        """Raise BundleError unless the graph, if there is one, answers vectors of a stated size."""
        if signature.has_graph and signature.answer.size is None:
            raise BundleError(f"The bundle {folder} does not state the size of its vectors. {REMEDY}")

    def content(self, folder: Path, signature: Signature) -> Any:
        """Return the index, see `open_index`."""
        return open_index(folder, signature)

    def columns(self, folder: Path) -> list[tuple[str, str]]:
        """Return the number of the query, the rank of the document, and the document."""
        return [
            *(("long", "query"), ("long", "rank"), ("string", "document"), ("string", "title")),
            ("float", "score"),
        ]

    def predictor(self, folder: Path, signature: Signature) -> Predictor:
        """Load the index, and the graph if there is one."""
        return _Hits(folder, signature)


class _Hits(Predictor):
    def __init__(self, folder: Path, signature: Signature) -> None:
        from .mlflow_graph import Graph

        self._index = open_index(folder, signature)
        self._graph = Graph(folder, signature) if signature.has_graph else None

    def predict(self, model_input: "pd.DataFrame", params: dict[str, Any]) -> "pd.DataFrame":
        """Return up to k rows per query, best first: the query's row, the rank from 1, the document and its score."""
        import numpy as np
        import pandas as pd

        texts = [str(text) for text in model_input.iloc[:, 0]]
        vectors = np.stack(self._graph.answers(model_input)) if self._graph and texts else None
        found = self._index.rank(texts, vectors, int(params.get("k", HITS)), None) if texts else []
        rows = [
            (query, rank, hit.id, self._index.document(hit.id).title, hit.score)
            for query, hits in enumerate(found)
            for rank, hit in enumerate(hits, 1)
        ]
        return pd.DataFrame(rows, columns=["query", "rank", "document", "title", "score"])


def open_index(folder: Path, signature: Signature) -> Any:
    """Open the index of a bundle, a `textlab.search.index.Index`.

    MLflow copies the package `search` beside this one, so it is imported by the place of this package.

    Args:
        folder: the bundle.
        signature: the bundle's signature.

    Raises:
        BundleError: the bundle has no index, or its index belongs to another encoder.
        ValueError: the index is damaged.
    """
    if not (folder / INDEX).is_dir():
        raise BundleError(f"The bundle {folder} has no index: {INDEX} is missing. {REMEDY}")
    around = __name__.removesuffix("bundle_format.retrieval_task")
    index = importlib.import_module(f"{around}search.index").Index(folder / INDEX)
    stated = signature.answer.size if signature.has_graph else 0
    if index.encoder != graph_digest(folder) or index.settings.dimension != stated:
        raise BundleError(
            f"The index of the bundle {folder} was made with another encoder than the one beside it. Build the index "
            "again with this encoder."
        )
    return index


TASK = Retrieval()
