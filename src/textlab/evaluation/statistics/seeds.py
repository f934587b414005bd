"""Which differences between models remain when each is trained again with other random seeds."""

import itertools
import math
from collections.abc import Mapping, Sequence

import pandas as pd

from textlab.evaluation.statistics.significance import SIGNIFICANCE, holm

FLIPS = 9_999  # sign flips drawn at random; with up to 13 seeds all flips are tried

Scores = Mapping[str, Mapping[int, float]]


def seed_table(scores: Scores) -> pd.DataFrame:
    """Summarise each model's score over its seeds.

    Args:
        scores: for each model, the score of each seed.

    Returns:
        One row per model (the index), the highest mean first: seeds (their number), mean, spread (standard deviation,
        NaN for one seed), lowest, highest.
    """
    series = {model: pd.Series(dict(by_seed), dtype=float) for model, by_seed in scores.items()}
    rows = {
        model: {"seeds": len(s), "mean": s.mean(), "spread": s.std(), "lowest": s.min(), "highest": s.max()}
        for model, s in series.items()
    }
    table = pd.DataFrame.from_dict(rows, orient="index").astype({"seeds": int}).rename_axis("model")
    return table.sort_values("mean", ascending=False, kind="stable")


def seed_pairs(scores: Scores) -> pd.DataFrame:
    """Compare every pair of models over the seeds that both have.

    Returns:
        One row per pair: better, worse, seeds (shared), difference (mean, never negative), spread (standard deviation
        of the difference, NaN for one seed), p (see `sign_flip_p`), p_holm. Pairs without a shared seed are left out.
    """
    rows = []
    for first, second in itertools.combinations(scores, 2):
        shared = sorted(set(scores[first]) & set(scores[second]))
        if not shared:
            continue
        differences = pd.Series([scores[first][seed] - scores[second][seed] for seed in shared])
        ahead = differences.mean() >= 0
        rows.append(
            {
                "better": first if ahead else second,
                "worse": second if ahead else first,
                "seeds": len(shared),
                "difference": abs(differences.mean()),
                "spread": differences.std(),
                "p": sign_flip_p(differences.tolist()),
            }
        )
    table = pd.DataFrame(rows, columns=["better", "worse", "seeds", "difference", "spread", "p"])
    return table.assign(p_holm=holm(table["p"]))


def sign_flip_p(differences: Sequence[float]) -> float:
    """Compute the two-sided p value of paired differences, one per seed, by the sign-flip test.

    The p value is the probability of so large a mean if every sign were decided by a fair coin: Fisher (1935), "The
    design of experiments", section 21. With n differences it cannot fall below 2 / 2^n.

    Raises:
        ValueError: there is no difference.
    """
    from scipy.stats import permutation_test

    if not differences:
        raise ValueError("There are no differences. Pass one for each seed that both models have.")
    if len(differences) == 1:
        return 1.0  # both signs give a mean equally far from 0
    test = permutation_test(
        (list(differences),),
        lambda values, axis: values.mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=FLIPS,
        rng=0,
    )
    return float(test.pvalue)


def fewest_seeds(significance: float = SIGNIFICANCE) -> int:
    """Return the smallest number of seeds with which a sign-flip test can reach a significance: six for 0.05."""
    return math.floor(math.log2(2 / significance)) + 1


def seed_sentences(scores: Scores, significance: float = SIGNIFICANCE) -> str:
    """State how much the model with the highest mean varies over seeds, and whether its lead is significant.

    Models with a single seed are ignored if any model has several.
    """
    table = seed_table(scores)
    if table["seeds"].max() == 1:
        return "Each model has one seed, so the variation between seeds is unknown."
    table, pairs = table[table["seeds"] > 1], seed_pairs(scores).query("seeds > 1").to_dict("records")
    best = str(table.index[0])
    seeds, spread = table["seeds"].iloc[0], table["spread"].iloc[0]
    variation = f"Over {seeds} seeds, the score of {best} has a standard deviation of {100 * spread:.1f} points."
    rivals = [pair for pair in pairs if best in (pair["better"], pair["worse"])]
    if not rivals:
        return f"{variation} No other model has the same seeds."
    seeds, needed = max(pair["seeds"] for pair in rivals), fewest_seeds(significance)
    if seeds < needed:
        return (
            f"{variation} A sign-flip test on {seeds} seeds cannot give p < {2 / 2**seeds:.2g}. "
            f"For p < {significance:g}, run at least {needed} seeds."
        )
    closest = min(rivals, key=lambda pair: pair["difference"])
    other = closest["worse"] if closest["better"] == best else closest["better"]
    verdict = "significant" if closest["p_holm"] < significance else "not significant"
    return (
        f"{variation} On average, {best} is {100 * closest['difference']:.1f} points above {other} over "
        f"{closest['seeds']} seeds, which is {verdict} (sign-flip test, p = {closest['p_holm']:.2g})."
    )
