"""A search as the service would answer it, for people to try a model on requests of their own."""

import pandas as pd

from textlab.export.retrieval_bundle import read_and_search
from textlab.models.retriever import Retriever
from textlab.search import Index

SHOWN = 300  # longest text of a document, in characters


def example_search(model: Retriever, index: Index, request: str, k: int = 5) -> pd.DataFrame:
    """Find the k best documents for a request.

    If the documents have fields, the conditions in the request are read and kept, as the service does.

    Args:
        model: the fitted retriever that the index was built for.
        index: from `build_model_index`.
        request: the text to search for.
        k: the number of documents.

    Returns:
        A row per document, best first: `score`, `title` if it has one, the start of its `text`, and its fields.
    """
    (hits,) = read_and_search(index, [request], lambda texts: model.encode(texts) if model.dimension else None, k)
    documents = [index.document(hit.id) for hit in hits]
    rows = [
        {"score": round(hit.score, 4), "title": document.title, "text": document.text[:SHOWN], **document.fields}
        for hit, document in zip(hits, documents, strict=True)
    ]
    table = pd.DataFrame(rows, index=pd.Index([hit.id for hit in hits], name="id"))
    return table if any(document.title for document in documents) else table.drop(columns="title", errors="ignore")
