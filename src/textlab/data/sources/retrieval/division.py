"""The splits of a folder: as its qrels say, and drawn where a split is missing."""

from collections.abc import Sequence

import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.preparation_log import PreparationLog
from textlab.data.query_split import split_queries
from textlab.data.split import check_fractions
from textlab.data.task_dataset import SPLITS
from textlab.wording import listed


def divided(
    queries: pd.DataFrame, judged: pd.DataFrame, shares: Sequence[float], seed: int, log: PreparationLog
) -> dict[str, pd.DataFrame]:
    """Return the queries of each split.

    Queries for a missing split are drawn from train; from validation if train is missing too; else from test.

    Args:
        queries: the queries with the column `split`.
        judged: their judgements.
        shares: the shares of train, validation and test.
        seed: seed of the draw.
        log: where a draw is noted.

    Raises:
        ValueError: the shares do not sum to one, or there are too few queries.
    """
    check_fractions(shares)
    parts = {split: queries[queries["split"] == split].drop(columns="split") for split in SPLITS}
    missing = [split for split in SPLITS if parts[split].empty]
    if not missing:
        return parts
    donor = next(split for split in SPLITS if split not in missing)
    receiving = [split for split in SPLITS if split in (donor, *missing)]
    weights = [shares[SPLITS.index(split)] for split in receiving]
    fractions = [weight / sum(weights) for weight in weights]
    drawn = dict(zip(receiving, split_queries(parts[donor], fractions, seed), strict=True))
    finding = f"There are no judgements for {listed(missing)}, so queries of {donor} were drawn (seed {seed})."
    advice = f"Add qrels/{missing[0]}.tsv if a fixed split exists."
    if donor == "test":
        advice = f"Scores on test cannot be compared with published ones. {advice}"
    log.concerns.append(Concern(ConcernKind.DRAWN_SPLIT, finding, advice, is_serious=False))
    return parts | drawn
