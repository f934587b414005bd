"""Single queries for people to read: where two models differ most, and where one does worst."""

from collections.abc import Mapping

import pandas as pd

from textlab.evaluation.retrieval.metrics import PRIMARY_METRIC
from textlab.evaluation.retrieval.paired import query_scores_of
from textlab.evaluation.retrieval.ranks import best_documents, first_ranks

SHOWN = 3  # documents of a ranking

Names = Mapping[str, str]


def largest_differences(
    first: tuple[str, pd.DataFrame],
    second: tuple[str, pd.DataFrame],
    metric: str = PRIMARY_METRIC,
    count: int = 10,
    names: Names | None = None,
) -> pd.DataFrame:
    """List the queries whose scores differ most between two models; ties keep their order.

    Args:
        first, second: a model's name and its predictions, of one set of queries.
        metric: one of `metrics.METRICS`.
        count: the most queries.
        names: what to show for a document's id, such as its title; by default the id itself.

    Returns:
        At most `count` queries that differ, with the id as index: `text`, `tags` (if there are any), `wanted` (the best
        documents), for each model `<model>` (its score) and `<model> found`, and `difference` (the first model's score
        minus the second's).

    Raises:
        ValueError: the models were tested on different queries.
    """
    scores = query_scores_of(dict([first, second])).tables[metric]
    table = _described(first[1], names)
    for model, frame in (first, second):
        table[model] = scores[model].to_numpy()
        table[f"{model} found"] = [_named(list(found)[:SHOWN], names) for found in frame["found"]]
    table["difference"] = table[first[0]] - table[second[0]]
    table = table[table["difference"] != 0]
    order = table["difference"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].head(count)


def worst_queries(
    predictions: pd.DataFrame, metric: str = PRIMARY_METRIC, count: int = 10, names: Names | None = None
) -> pd.DataFrame:
    """List the queries with the lowest scores, and what was found instead; ties keep their order.

    Args:
        predictions: a frame as `predictions` describes it.
        metric: one of `metrics.METRICS`.
        count: the most queries.
        names: what to show for a document's id, such as its title; by default the id itself.

    Returns:
        At most `count` queries with a score below 1, with the id as index: `text`, `tags` (if there are any),
        `<metric>`, `wanted` (the best documents), `found` (the first documents of the ranking) and `rank`, the place of
        the first of the best documents; missing if it is not among those found.
    """
    table = _described(predictions, names)
    table.insert(1, metric, query_scores_of({"model": predictions}).tables[metric]["model"].to_numpy())
    table["found"] = [_named(list(found)[:SHOWN], names) for found in predictions["found"]]
    table["rank"] = first_ranks(predictions).array
    return table[table[metric] < 1].sort_values(metric, kind="stable").head(count)


def _described(predictions: pd.DataFrame, names: Names | None) -> pd.DataFrame:
    columns = [column for column in ("text", "tags") if column in predictions]
    table = predictions.set_index("id")[columns]
    table["wanted"] = [_named(best_documents(row)[:SHOWN], names) for row in predictions.to_dict("records")]
    return table


def _named(documents: list[str], names: Names | None) -> str:
    return "; ".join(documents if names is None else [names.get(document, document) for document in documents])
