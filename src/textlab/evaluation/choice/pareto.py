"""The Pareto front: models that no other model beats in both quality and cost."""

import pandas as pd


def pareto_front(quality: pd.Series, cost: pd.Series) -> list[str]:
    """List the models that no other model equals in both and beats in one, the cheapest first.

    Args:
        quality: one number per model (the index); more is better.
        cost: for the same models; less is better. A model whose cost or quality is NaN is left out.
    """
    known = pd.DataFrame({"quality": quality, "cost": cost}).dropna()
    ordered = known.sort_values(["cost", "quality"], ascending=[True, False], kind="stable")
    best_so_far = ordered["quality"].cummax().shift(fill_value=float("-inf"))
    return [str(model) for model in ordered.index[ordered["quality"] > best_so_far]]
