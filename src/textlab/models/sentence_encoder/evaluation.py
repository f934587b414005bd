"""The scores of an encoder in training, on a sample of validation queries and documents."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.models.ranking import ranked, ranking_measures, validation_queries

MOST_QUERIES = 500
MOST_DOCUMENTS = 3_000

Encode = Callable[[Sequence[str]], np.ndarray]


class ValidationSample:
    """At most 500 validation queries, and at most 3,000 documents: all that are relevant for them, and others.

    If 3,000 documents do not hold all that are relevant, there are fewer queries. Scores on the sample are higher than
    on all documents; they only choose among states of one training.

    Args:
        dataset: its validation queries are drawn, the same ones each time.
        metric: the metric that decides.
        temperature: divides the similarities in the loss.
    """

    def __init__(self, dataset: RetrievalDataset, metric: str, temperature: float) -> None:
        self._dataset, self._metric, self._temperature = dataset, metric, temperature
        relevant = dataset.relevant("validation")
        drawn = validation_queries(dataset, MOST_QUERIES)
        kept: list[bool] = []
        wanted: set[str] = set()
        for query in drawn["id"]:
            more = wanted | set(relevant[query])
            kept.append(len(more) <= MOST_DOCUMENTS or not any(kept))
            wanted = more if kept[-1] else wanted
        self.queries: pd.DataFrame = drawn[kept]
        documents, is_wanted = dataset.documents, dataset.documents["id"].isin(wanted)
        others = documents[~is_wanted]
        room = min(max(MOST_DOCUMENTS - int(is_wanted.sum()), 0), len(others))
        self.documents = pd.concat([documents[is_wanted], others.sample(room, random_state=0)]).sort_index()
        position = {document: row for row, document in enumerate(self.documents["id"])}
        self._grades = [relevant[query] for query in self.queries["id"]]
        self._rows = [np.array([position[document] for document in grades]) for grades in self._grades]

    def measures(self, encode: Encode) -> dict[str, float]:
        """Return validation_loss, validation_<metric> and validation_recall_100 of an encoder.

        The loss is the mean cross-entropy of finding each query's best documents among all documents of the sample.
        """
        documents, queries = encode(self.documents["text"].tolist()), encode(self.queries["text"].tolist())
        ids = self.documents["id"].to_numpy(object)
        found = ids[ranked(documents, queries)].tolist()
        scores = ranking_measures(self._dataset, self.queries, found, self._metric)
        return {"validation_loss": self._loss(documents, queries), **scores}

    def _loss(self, documents: np.ndarray, queries: np.ndarray) -> float:
        from scipy.special import logsumexp

        losses = []
        for query, rows, grades in zip(queries, self._rows, self._grades, strict=True):
            scores = documents @ query / self._temperature
            best = rows[np.array(list(grades.values())) == max(grades.values())]
            others = np.delete(scores, rows)
            losses += [logsumexp(np.append(others, scores[row])) - scores[row] for row in best]
        return float(np.mean(losses))
