"""What is worth its price: the models that no other one beats in both quality and cost."""

import pandas as pd


def pareto_front(quality: pd.Series, cost: pd.Series) -> list[str]:
    """The models to which no other is at least equal in both and better in one, the cheapest first.

    Args:
        quality: of each model (the index); more is better.
        cost: of the same models; less is better. A model whose cost or quality is NaN is left out.
    """
    known = pd.DataFrame({"quality": quality, "cost": cost}).dropna()
    ordered = known.sort_values(["cost", "quality"], ascending=[True, False], kind="stable")
    best_so_far = ordered["quality"].cummax().shift(fill_value=float("-inf"))
    return [str(model) for model in ordered.index[ordered["quality"] > best_so_far]]
