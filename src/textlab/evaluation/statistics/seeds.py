"""What is left of a difference between models when each is trained again from other seeds."""

import itertools
import math
from collections.abc import Mapping, Sequence

import pandas as pd

from textlab.evaluation.statistics.pairwise import SIGNIFICANCE, holm

FLIPS = 9_999  # of the sign-flip test; up to 13 seeds all flips are tried

Scores = Mapping[str, Mapping[int, float]]


def seed_table(scores: Scores) -> pd.DataFrame:
    """Each model's score over its seeds.

    Args:
        scores: for each model the score of each of its seeds.

    Returns:
        A row a model (the index), the highest mean first: seeds (how many), mean, spread (standard deviation, NaN
        for one seed), lowest, highest.
    """
    over = {model: pd.Series(dict(by_seed), dtype=float) for model, by_seed in scores.items()}
    rows = {
        model: {"seeds": len(s), "mean": s.mean(), "spread": s.std(), "lowest": s.min(), "highest": s.max()}
        for model, s in over.items()
    }
    table = pd.DataFrame.from_dict(rows, orient="index").astype({"seeds": int}).rename_axis("model")
    return table.sort_values("mean", ascending=False, kind="stable")


def seed_pairs(scores: Scores) -> pd.DataFrame:
    """Every pair of models over the seeds that both have.

    Returns:
        A row a pair: better, worse, seeds (shared), difference (mean, not negative), spread (of the difference, NaN
        for one seed), p (see `sign_flip_p`), p_holm. Pairs without a shared seed are left out.
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
    """The two-sided p of paired differences, one a seed: how rare so large a mean is if each sign were a coin's.

    Fisher (1935), "The design of experiments", section 21. n differences allow no p below 2 / 2^n.

    Raises:
        ValueError: there is no difference.
    """
    from scipy.stats import permutation_test

    if not differences:
        raise ValueError("There are no differences; give one for each seed that both models have.")
    if len(differences) == 1:
        return 1.0  # either sign is as far from 0
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
    """The least number of seeds with which a sign-flip test can give a p below `significance`: six for 0.05."""
    return math.floor(math.log2(2 / significance)) + 1


def seed_sentence(scores: Scores, significance: float = SIGNIFICANCE) -> str:
    """What the seeds say about the model with the highest mean, of those with several, or why they cannot."""
    table = seed_table(scores)
    if table["seeds"].max() == 1:
        return "Each model has one seed, so how much of a difference is the seed's cannot be told."
    table, pairs = table[table["seeds"] > 1], seed_pairs(scores).query("seeds > 1").to_dict("records")
    best = str(table.index[0])
    seeds, spread = table["seeds"].iloc[0], table["spread"].iloc[0]
    own = f"Over its {seeds} seeds the score of {best} has a standard deviation of {100 * spread:.1f} points"
    rivals = [pair for pair in pairs if best in (pair["better"], pair["worse"])]
    if not rivals:
        return f"{own}; no other model has the same seeds."
    seeds, needed = max(pair["seeds"] for pair in rivals), fewest_seeds(significance)
    if seeds < needed:
        return (
            f"{own}. {seeds} seeds are too few to tell models apart: a sign-flip test of {seeds} cannot give a p "
            f"below {2 / 2**seeds:.2g}, and {needed} are needed for p < {significance:g}."
        )
    closest = min(rivals, key=lambda pair: pair["difference"])
    other = closest["worse"] if closest["better"] == best else closest["better"]
    verdict = "more than" if closest["p_holm"] < significance else "not shown to be more than"
    return (
        f"{own}. Its mean is {100 * closest['difference']:.1f} points above that of {other} over "
        f"{closest['seeds']} seeds, which is {verdict} chance (sign-flip test, p = {closest['p_holm']:.2g})."
    )
