"""Check that the test split ranks models, and that chance in training is known; report shortages as concerns."""

from collections.abc import Mapping, Sequence

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.choice.wording import points
from textlab.evaluation.statistics.comparison import Comparison
from textlab.evaluation.statistics.significance import SIGNIFICANCE
from textlab.wording import shortlist

WIDEST_INTERVAL = 0.1  # a wider interval of the champion's score separates few models


def wide_intervals(test: Comparison, models: Sequence[str]) -> list[Concern]:
    """Say that the test split cannot rank the models, if every interval is wider than every difference.

    Two models can differ significantly although their intervals are wide, because they are tested on the same examples.
    Then there is no concern.

    Args:
        test: the runs on test.
        models: one run of each model.
    """
    pairs = test.pairs[test.pairs["better"].isin(models) & test.pairs["worse"].isin(models)]
    widths = [width for model, width in interval_widths(test).items() if model in models and width == width]
    if pairs.empty or not widths or (pairs["p_holm"] < SIGNIFICANCE).any() or min(widths) <= pairs["difference"].max():
        return []
    finding = (
        f"The test split cannot rank the {len(models)} models: the narrowest interval spans {points(min(widths))}, and "
        f"the largest difference between two models is {points(pairs['difference'].max())}."
    )
    advice = f"Add test {test.noun}, or choose by speed and size."
    return [Concern(ConcernKind.WIDE_INTERVALS, finding, advice, is_serious=False)]


def single_seeds(seeds: Mapping[str, int]) -> list[Concern]:
    """Say which models ran with one seed, so that chance in training is unknown.

    Args:
        seeds: the number of seeds of each model whose training depends on the seed.
    """
    alone = [model for model, count in seeds.items() if count == 1]
    if not alone:
        return []
    finding = f"Training depends on the random seed, and {shortlist(alone)} ran with one seed."
    return [Concern(ConcernKind.ONE_SEED, finding, "Run at least three seeds (seeds: in the grid).", is_serious=False)]


def interval_widths(test: Comparison) -> dict[str, float]:
    """Return the width of each model's interval; NaN for a score without one."""
    table, metric = test.intervals, test.metric
    return {str(name): float(width) for name, width in (table[f"{metric}_high"] - table[f"{metric}_low"]).items()}
