"""Batches of queries and documents for training with in-batch negatives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from textlab.models.in_batch_negatives import in_batch_loss
from textlab.models.length_buckets import length_buckets
from textlab.models.transformer.batches import DeviceTokens
from textlab.models.transformer.network import EncoderNetwork
from textlab.models.transformer.pooling import FIRST, pooled

QUERIES_PER_DOCUMENT = 4  # queries of a batch for which a document is encoded once
TEXTS_AT_ONCE = 32  # texts of similar length, so that little padding is computed


@dataclass(frozen=True, eq=False)
class PairBatch:
    """Queries and the documents among which each has to find its own.

    Attributes:
        queries: int64 (n,), rows of queries.
        targets: int64 (n,), the row of each query's document.
        negatives: int64, rows of further documents.
    """

    queries: np.ndarray
    targets: np.ndarray
    negatives: np.ndarray

    def __len__(self) -> int:
        return len(self.queries)

    def split(self, size: int) -> Iterator["PairBatch"]:
        """Split the batch into parts of at most `size` queries; a part lacks the documents of the other parts."""
        for start in range(0, len(self), size):
            part = slice(start, start + size)
            yield PairBatch(self.queries[part], self.targets[part], self.negatives)


class QueryPairs:
    """The queries of a training, each with a document to find; a query with several gets another one in each epoch.

    Queries with the same document stand together, up to `QUERIES_PER_DOCUMENT` of them, because documents are long and
    encoding them takes most of the time.

    Args:
        pairs: int (n, 2), each query with each of its best documents, by position; sorted by query.
        mined: int64 (queries, k), hard negatives of each query; -1 where there are no more.
        hard_negatives: the number of mined negatives that a batch gets for each of its documents.
    """

    def __init__(self, pairs: np.ndarray, mined: np.ndarray, hard_negatives: int) -> None:
        self._queries, self._starts, self._counts = np.unique(pairs[:, 0], return_index=True, return_counts=True)
        self._documents, self._mined, self._hard_negatives = pairs[:, 1], mined, hard_negatives

    def __len__(self) -> int:
        return len(self._queries)

    def shuffled(self, batch_size: int, random: np.random.Generator) -> list[PairBatch]:
        """Return the batches of an epoch in random order."""
        chosen = self._documents[self._starts + random.integers(self._counts)]
        order = grouped(chosen, QUERIES_PER_DOCUMENT, random)
        rows = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
        return [self._batch(self._queries[part], chosen[part], random) for part in rows]

    def _batch(self, queries: np.ndarray, targets: np.ndarray, random: np.random.Generator) -> PairBatch:
        _, first = np.unique(targets, return_index=True)
        candidates = random.permuted(self._mined[queries[first]], axis=1)
        negatives = candidates[:, : self._hard_negatives].ravel()
        return PairBatch(queries, targets, np.setdiff1d(negatives[negatives >= 0], targets))


def grouped(labels: np.ndarray, size: int, random: np.random.Generator) -> np.ndarray:
    """Return all rows in random order, in which rows with one label stand together, up to `size` of them.

    Args:
        labels: int (n,).
        size: the most rows with one label beside one another, unless chance puts two groups together.
        random: draws the order.
    """
    order = random.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    changes = np.flatnonzero(np.diff(labels[order])) + 1
    runs = [run for same in np.split(order, changes) for run in np.split(same, range(size, len(same), size))]
    return np.concatenate([runs[position] for position in random.permutation(len(runs))])


def contrastive_loss(
    network: EncoderNetwork,
    queries: DeviceTokens,
    documents: DeviceTokens,
    relevant: Any,
    *,
    pooling: str,
    temperature: float,
) -> Callable[[PairBatch], Any]:
    """Return a function that computes `in_batch_loss` of a batch.

    Args:
        network: the encoder.
        queries: q queries.
        documents: m documents.
        relevant: a sparse matrix (q, m), not zero where a document is relevant in any grade.
        pooling: "mean" or "first".
        temperature: divides the similarities.
    """
    import torch

    def vectors(tokens: DeviceTokens, rows: np.ndarray) -> Any:
        buckets = length_buckets(tokens.lengths[rows], TEXTS_AT_ONCE)
        parts = []
        for batch in tokens.batches([rows[bucket] for bucket in buckets]):
            numbers, mask = tokens.gather(batch)
            hidden = network.hidden(numbers, mask, only_first=pooling == FIRST)
            parts.append(pooled(hidden, mask, pooling))
        order = torch.from_numpy(np.argsort(np.concatenate(buckets))).to(tokens.device)
        return torch.cat(parts)[order]

    def loss(batch: PairBatch) -> Any:
        rows, targets = np.unique(batch.targets, return_inverse=True)
        candidates = np.concatenate([rows, batch.negatives])
        among = relevant[batch.queries][:, candidates].toarray() > 0
        encoded = vectors(queries, batch.queries), vectors(documents, candidates)
        with torch.autocast(queries.device.type, enabled=False):  # a similarity needs more than bfloat16's three digits
            return in_batch_loss(*encoded, targets, among, temperature)

    return loss
