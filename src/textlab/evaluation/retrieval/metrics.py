"""The metrics of rankings, computed by ir-measures with trec_eval's code.

`ndcg_10` reads grades: a document adds its grade, divided by log2(rank + 1). This linear gain is that of trec_eval and
BEIR; the exponential gain, 2^grade - 1, would let the highest grade decide almost alone.

The other metrics know only relevant and not relevant. They count a query's best documents: those with the highest grade
that any document has for this query. With one grade, these are all relevant documents, as in most of BEIR. With
several, lower grades stand for documents that are near a good answer: `ndcg_10` rewards them, and recall does not count
them as answers. The level is the query's own, so that it needs no setting and each query has a document to find.

Järvelin and Kekäläinen (2002), "Cumulated gain-based evaluation of IR techniques".
"""

from collections.abc import Mapping

import pandas as pd

METRICS = ("ndcg_10", "mrr_10", "map_100", "recall_10", "recall_100")  # more is better in each
PRIMARY_METRIC = "ndcg_10"
MRR_DEPTH = 10


def query_scores(predictions: pd.DataFrame) -> pd.DataFrame:
    """Compute every metric of every query.

    A query for which nothing was found scores 0. The order in `found` counts, not the scores.

    Args:
        predictions: a frame as `predictions` describes it, n queries.

    Returns:
        float64 (n, 5), a column per metric of `METRICS`, indexed by the queries' ids, in their order.
    """
    import ir_measures
    from ir_measures import AP, RR, R, nDCG

    graded, best, run = {}, {}, {}
    for query, relevant, grades, found in zip(
        *(predictions[column] for column in ("id", "relevant", "grades", "found")), strict=True
    ):
        levels = {document: int(grade) for document, grade in zip(relevant, grades, strict=True)}
        highest = max(levels.values(), default=0)
        graded[query] = levels
        best[query] = {document: int(level == highest) for document, level in levels.items()}
        run[query] = {document: -float(rank) for rank, document in enumerate(found)}  # no ties to be broken by ids
    names = {nDCG @ 10: "ndcg_10", RR: "mrr_10", AP @ 100: "map_100", R @ 10: "recall_10", R @ 100: "recall_100"}
    scores = pd.DataFrame(0.0, index=pd.Index(predictions["id"], name="id"), columns=list(METRICS))
    position = {query: row for row, query in enumerate(scores.index)}
    values = scores.to_numpy(copy=True)
    for measures, judged in (([nDCG @ 10], graded), ([RR, AP @ 100, R @ 10, R @ 100], best)):
        for result in ir_measures.iter_calc(measures, judged, run):
            values[position[result.query_id], METRICS.index(names[result.measure])] = result.value
    reciprocal = values[:, METRICS.index("mrr_10")]  # trec_eval computes it without a cutoff
    reciprocal[reciprocal < 1 / (MRR_DEPTH + 0.5)] = 0.0
    return pd.DataFrame(values, index=scores.index, columns=list(METRICS))


def retrieval_metrics(predictions: pd.DataFrame) -> dict[str, float]:
    """Compute the mean of each metric over the queries; MLflow accepts the names."""
    return {str(metric): float(value) for metric, value in query_scores(predictions).mean().items()}


def metric_table(predictions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tabulate the metrics: one row per model (or split), named by the mapping."""
    return pd.DataFrame({name: retrieval_metrics(frame) for name, frame in predictions.items()}).T
