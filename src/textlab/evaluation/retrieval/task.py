"""The task of retrieval, described for the mechanisms that serve every task."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from textlab.evaluation.retrieval.comparison import compare_retrievers
from textlab.evaluation.retrieval.differences import worst_queries
from textlab.evaluation.retrieval.kinds import kind_scores
from textlab.evaluation.retrieval.metrics import METRICS, PRIMARY_METRIC, retrieval_metrics
from textlab.evaluation.retrieval.paired import query_set
from textlab.evaluation.retrieval.predictions import check_predictions
from textlab.evaluation.retrieval.similarity import similarity_metrics
from textlab.evaluation.statistics.comparison import Comparison
from textlab.evaluation.tasks import Task

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAIRS = "pairs"  # the name of the frame of pairs of texts with a similarity, which a run may have beside its splits
WORST = 50
KIND_RESAMPLES = 2_000  # a run logs the table, and a report computes it again for every model


class Retrieval(Task):
    """Find the documents that answer a query; see `predictions` for the frame of predictions."""

    name = "retrieval"
    metrics = METRICS
    primary_metric = PRIMARY_METRIC
    secondary_metrics = METRICS
    leaderboard_metrics = METRICS
    comparison_notebook = "81_compare_search"
    bundle_module = "textlab.export.retrieval_bundle"

    def check(self, name: str, frame: pd.DataFrame) -> None:
        """Raise ValueError if the frame of the run called `name` lacks a column or has no query."""
        check_predictions(name, frame)

    def measure(self, predictions: Mapping[str, pd.DataFrame]) -> dict[str, float]:
        """Compute the metrics of every split, and those of the pairs if the frame `PAIRS` is given."""
        metrics = similarity_metrics(predictions[PAIRS]) if PAIRS in predictions else {}
        for split, frame in predictions.items():
            if split != PAIRS:
                metrics |= {f"{split}_{metric}": value for metric, value in retrieval_metrics(frame).items()}
        return metrics

    def compare(
        self, frames: Mapping[str, pd.DataFrame], metric: str, best: str | None = None, **options: Any
    ) -> Comparison:
        """Compare retrievers on one set of queries, see `compare_retrievers`."""
        return compare_retrievers(frames, metric, best, **options)

    def tables(self, predictions: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """Return the scores of the kinds of request and the worst queries on test; documents by their ids alone."""
        test = {"model": predictions["test"]}
        kinds = kind_scores(test, resamples=KIND_RESAMPLES).drop(columns="model")
        return {"kinds_test": kinds, "worst_queries_test": worst_queries(test["model"], count=WORST).reset_index()}

    def figures(self, frames: Mapping[str, pd.DataFrame]) -> "dict[str, Figure]":
        """Draw how far down the rankings the first good document is."""
        from textlab.evaluation import figures

        return {"ranks": figures.rank_figure(frames)}

    def difference(self, first: pd.DataFrame, again: pd.DataFrame) -> str:
        """Compare the documents that were found, and their scores."""
        if len(first) != len(again):
            return f"{len(first)} queries -> {len(again)}"
        moved = sum(list(old) != list(new) for old, new in zip(first["found"], again["found"], strict=True))
        scores = zip(first["scores"], again["scores"], strict=True)
        changed = sum(list(old) != list(new) for old, new in scores)
        if not moved and not changed:
            return ""
        return f"{moved} of {len(first)} queries find other documents, and the scores of {changed} differ"

    def test_set(self, frame: pd.DataFrame) -> Hashable:
        """Return a key of the queries with their ids and the grades of their documents."""
        return query_set(frame)


TASK = Retrieval()
