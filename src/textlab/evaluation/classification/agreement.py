"""How far models decide alike, text by text: two that err on other texts know different things."""

from collections.abc import Mapping

import pandas as pd

from textlab.evaluation.classification.decisions import decisions_of


def agreement_table(predictions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """For each two models the share of the texts of which they say the same; models are index and columns.

    Raises:
        ValueError: see `decisions.decisions_of`.
    """
    decisions = decisions_of(predictions)
    same = (decisions.predicted[:, None] == decisions.predicted[None]).mean(axis=2)
    return pd.DataFrame(same, index=list(decisions.models), columns=list(decisions.models))


def agreement_sentence(predictions: Mapping[str, pd.DataFrame]) -> str:
    """On which share of the texts all models are right, and on which none is."""
    correct = decisions_of(predictions).correct
    all_right, none_right = float(correct.all(axis=0).mean()), float((~correct).all(axis=0).mean())
    return (
        f"All {len(correct)} models are right on {100 * all_right:.1f}% of the texts and all are wrong on "
        f"{100 * none_right:.1f}%; on the others at least one knows better than another."
    )
