"""Reasons to doubt the choice of a retriever: a simple one that ties with it, and too few queries."""

import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.choice.wording import metric_text, p_text, points
from textlab.evaluation.retrieval.kinds import ALL, kinds_of
from textlab.evaluation.statistics.comparison import Comparison
from textlab.evaluation.statistics.significance import SIGNIFICANCE
from textlab.wording import shortlist

FEWEST_QUERIES = 100  # queries in a split; with fewer, an interval spans about 20 points or more
FEWEST_OF_KIND = 30  # test queries of a kind of request


def simple_tie(test: Comparison, champion: str, simple: str) -> Concern | None:
    """Say that a retriever which only matches words is as good as the champion on test; None if it is worse.

    Args:
        test: the runs on test.
        champion: the champion's name.
        simple: the name of the run that matches words.
    """
    pair = test.pair(champion, simple)
    if pair["better"] == champion and pair["p"] < SIGNIFICANCE:
        return None
    difference = f"{points(pair['difference'])} of {metric_text(test.metric)}, {p_text(pair['p'])}"
    verb = "ties with" if pair["p"] >= SIGNIFICANCE else "is better than"
    finding = f"{simple} only matches words, and it {verb} {champion} on test ({difference})."
    advice = "Use it unless another kind of request matters more: it needs no training and no vectors."
    return Concern(ConcernKind.SIMPLE_MODEL, finding, advice)


def few_queries(validation: pd.DataFrame, test: pd.DataFrame) -> list[Concern]:
    """Describe splits, and kinds of request on test, with too few queries.

    Args:
        validation, test: any model's predictions on each split.
    """
    small = [
        f"{len(frame):,} {split}"
        for split, frame in (("validation", validation), ("test", test))
        if len(frame) < FEWEST_QUERIES
    ]
    concerns = []
    if small:
        finding = f"There are few queries: {' and '.join(small)} queries."
        concerns.append(Concern(ConcernKind.FEW_TEXTS, finding, f"Collect at least {FEWEST_QUERIES} for each split."))
    kinds = {kind: int(members.sum()) for kind, members in kinds_of(test).items() if kind != ALL}
    rare = [f"{count} of {kind}" for kind, count in kinds.items() if count < FEWEST_OF_KIND]
    if rare and not small:
        finding = f"Some kinds of request have few test queries: {shortlist(rare)}."
        advice = f"Read their scores as hints, or collect at least {FEWEST_OF_KIND} of each kind."
        concerns.append(Concern(ConcernKind.FEW_TEXTS, finding, advice, is_serious=False))
    return concerns
