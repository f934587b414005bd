"""How often models predict the same class. Models that err on different texts have learnt different things."""

from collections.abc import Mapping

import pandas as pd

from textlab.evaluation.classification.decisions import decisions_of


def agreement_table(predictions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Compute the share of texts for which two models predict the same class; models are index and columns.

    Raises:
        ValueError: see `decisions.decisions_of`.
    """
    decisions = decisions_of(predictions)
    same = (decisions.predicted[:, None] == decisions.predicted[None]).mean(axis=2)
    return pd.DataFrame(same, index=list(decisions.models), columns=list(decisions.models))


def agreement_sentence(predictions: Mapping[str, pd.DataFrame]) -> str:
    """State the share of texts that all models get right, and the share that none does."""
    decisions = decisions_of(predictions)
    correct = decisions.correct
    all_right, none_right = float(correct.all(axis=0).mean()), float((~correct).all(axis=0).mean())
    return (
        f"All {len(correct)} models are right on {100 * all_right:.1f}% of the {decisions.noun}, and all are wrong on "
        f"{100 * none_right:.1f}%. On the others, some models are right and some are wrong."
    )
