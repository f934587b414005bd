"""What static vectors learn: a BERT's vectors of texts, and to find a query's documents."""

from typing import Any

import numpy as np

from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.models.static_encoder.network import PackedTexts
from textlab.models.static_encoder.training import Loss


def distance_loss(texts: PackedTexts, targets: np.ndarray) -> Loss:
    """Return the loss 1 - cosine to the vectors of a teacher, float32 (n, d), of unit length."""
    import torch

    wanted = torch.from_numpy(targets)
    return lambda weight, rows: 1 - (texts.vectors(weight, rows) * wanted[rows]).sum(dim=1).mean()


def pair_loss(
    queries: PackedTexts, documents: PackedTexts, pairs: np.ndarray, relevant: Any, temperature: float
) -> Loss:
    """Return the loss of in-batch negatives: each query has to find its document among those of the batch.

    Henderson et al. (2017), "Efficient natural language response suggestion for Smart Reply", section 4.4. A document
    that is relevant for a query counts as no negative of it.

    Args:
        queries: q queries.
        documents: m documents.
        pairs: int (n, 2), a query and a document that is relevant for it.
        relevant: a sparse matrix (q, m), not zero where a document is relevant in any grade.
        temperature: divides the similarities.
    """
    import torch

    def loss(weight: Any, rows: np.ndarray) -> Any:
        query_rows, document_rows = pairs[rows].T
        distinct, target = np.unique(document_rows, return_inverse=True)
        scores = queries.vectors(weight, query_rows) @ documents.vectors(weight, distinct).T / temperature
        also = torch.from_numpy(relevant[query_rows][:, distinct].toarray() > 0)
        also[torch.arange(len(rows)), torch.from_numpy(target)] = False
        return torch.nn.functional.cross_entropy(scores.masked_fill(also, float("-inf")), torch.from_numpy(target))

    return loss


def relevant_pairs(dataset: RetrievalDataset) -> tuple[np.ndarray, Any]:
    """Return the pairs of a training query (q of them) and a document (m) to learn, and all relevant documents.

    Returns:
        int64 (n, 2), each query with each of its documents of the highest grade, by position; and a sparse matrix of
        float32 (q, m), not zero where a document is relevant in any grade.
    """
    from scipy.sparse import csr_matrix

    position = {document: row for row, document in enumerate(dataset.documents["id"])}
    grades = list(dataset.relevant("train").values())
    marked = [(row, position[document]) for row, graded in enumerate(grades) for document in graded]
    best = [
        (row, position[document])
        for row, graded in enumerate(grades)
        for document, grade in graded.items()
        if grade == max(graded.values())
    ]
    rows, columns = np.array(marked, np.int64).reshape(-1, 2).T
    relevant = csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(grades), len(position)))
    return np.array(best, np.int64).reshape(-1, 2), relevant
