"""Hard negatives: documents that rank high for a query without being relevant."""

from typing import Any

import numpy as np

from textlab.models.ranking import ranked

NEGATIVES = 10  # kept for each query; batches draw from them
DEPTH = 100  # ranks that are searched for them
MOST_DOCUMENTS = 20_000  # searched, unless more are relevant; MiniLM encodes this many in minutes
NEARLY_RELEVANT = 0.95  # share of the best document's similarity


def searched_documents(relevant: Any, seed: int) -> np.ndarray:
    """Return the documents that are searched for hard negatives: those that are relevant for a query, and others.

    Args:
        relevant: a sparse matrix (q, m), not zero where a document is relevant.
        seed: draws the others where there are more than `MOST_DOCUMENTS` in all.

    Returns:
        Positions, int64, in ascending order.
    """
    is_relevant = np.zeros(relevant.shape[1], bool)
    is_relevant[relevant.indices] = True
    others = np.random.default_rng(seed).permutation(np.flatnonzero(~is_relevant))
    room = max(MOST_DOCUMENTS - int(is_relevant.sum()), 0)
    return np.sort(np.concatenate([np.flatnonzero(is_relevant), others[:room]]))


def hard_negatives(queries: np.ndarray, documents: np.ndarray, relevant: Any) -> np.ndarray:
    """Return hard negatives of each query, the hardest first.

    A document that is relevant in any grade is none. Neither is one that is almost as similar to the query as its best
    relevant document, because it is probably relevant too: Moreira et al. 2024, "NV-Retriever", section 3, where 95 %
    of the similarity of the relevant document is the best threshold.

    Args:
        queries: unit vectors, float32 (q, d).
        documents: unit vectors, float32 (m, d).
        relevant: a sparse matrix (q, m), not zero where a document is relevant in any grade.

    Returns:
        int64 (q, 10), positions of documents; -1 where there are no more.
    """
    mined = np.full((len(queries), NEGATIVES), -1, np.int64)
    found = ranked(documents, queries, DEPTH)
    for row, candidates in enumerate(found):
        known = relevant[row].indices
        if not len(known):
            continue
        ceiling = NEARLY_RELEVANT * float((documents[known] @ queries[row]).max())
        hard = candidates[(documents[candidates] @ queries[row] < ceiling) & ~np.isin(candidates, known)][:NEGATIVES]
        mined[row, : len(hard)] = hard
    return mined
