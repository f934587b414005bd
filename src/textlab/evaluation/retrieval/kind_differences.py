"""The difference between two retrievers on each kind of request, with intervals and paired tests."""

import pandas as pd

from textlab.evaluation.retrieval.comparison import compare_retrievers
from textlab.evaluation.retrieval.kinds import kinds_of
from textlab.evaluation.retrieval.metrics import PRIMARY_METRIC
from textlab.evaluation.statistics.significance import holm


def kind_differences(
    first: tuple[str, pd.DataFrame],
    second: tuple[str, pd.DataFrame],
    metric: str = PRIMARY_METRIC,
    *,
    resamples: int = 2_000,
) -> pd.DataFrame:
    """Compare two retrievers on each kind of request.

    Args:
        first, second: a model's name and its predictions, of one set of queries.
        metric: one of `metrics.METRICS`.
        resamples: resamples of the bootstrap.

    Returns:
        One row per kind, all queries first: `kind`, `queries`, `difference` (the first model's score minus the
        second's), `low`, `high`, `p` and `p_holm`, corrected for the number of kinds.
    """
    rows = []
    for kind, members in kinds_of(first[1]).items():
        frames = {name: frame[members.to_numpy()].reset_index(drop=True) for name, frame in (first, second)}
        comparison = compare_retrievers(frames, metric, first[0], resamples=resamples)
        pair = comparison.pair(first[0], second[0])
        ends = (pair["low"], pair["high"]) if pair["better"] == first[0] else (-pair["high"], -pair["low"])
        sign = 1 if pair["better"] == first[0] else -1
        numbers = {"difference": sign * pair["difference"], "low": ends[0], "high": ends[1], "p": pair["p"]}
        rows.append({"kind": kind, "queries": comparison.examples} | numbers)
    table = pd.DataFrame(rows)
    return table.assign(p_holm=holm(table["p"]))
