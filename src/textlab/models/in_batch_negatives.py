"""Pairs of a query and a document to learn from, and the loss in which a batch's other documents are the negatives."""

from typing import Annotated, Any

import numpy as np

from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.models.hyperparameters import Hyperparameter

Temperature = Annotated[
    float, Hyperparameter("divisor of the similarities in the loss; less looks at near documents", above=0)
]


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


def in_batch_loss(queries: Any, documents: Any, targets: np.ndarray, relevant: np.ndarray, temperature: float) -> Any:
    """Return the loss of in-batch negatives: each query has to find its document among those of the batch.

    Henderson et al. 2017, "Efficient natural language response suggestion for Smart Reply", section 4.4. A document
    that is relevant for a query counts as no negative of it. Without such documents, this is
    MultipleNegativesRankingLoss of sentence-transformers with the scale 1 / temperature.

    Args:
        queries: unit vectors, a float tensor (n, d).
        documents: unit vectors of distinct documents, a float tensor (m, d).
        targets: int64 (n,), the document of each query.
        relevant: bool (n, m), whether a document is relevant for a query.
        temperature: divides the similarities.
    """
    import torch

    others = relevant.copy()
    others[np.arange(len(targets)), targets] = False
    scores = queries @ documents.T / temperature
    masked = scores.masked_fill(torch.from_numpy(others).to(scores.device), float("-inf"))
    return torch.nn.functional.cross_entropy(masked, torch.from_numpy(targets).to(scores.device))
