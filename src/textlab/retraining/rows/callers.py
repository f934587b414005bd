"""Limit what one caller may contribute."""

import numpy as np
import pandas as pd

from textlab.data.preparation import Reason
from textlab.retraining.rows.rules import Rules
from textlab.retraining.rows.verdicts import Verdicts


def check_callers(verdicts: Verdicts, rules: Rules) -> None:
    """Hold the rows of a caller beyond the limit; the earliest stay. Files of labelled texts have no limit."""
    frame = verdicts.frame
    given = frame[verdicts.in_use & frame["is_feedback"]]
    limit = caller_limit(given["caller"].value_counts(), rules)
    beyond = pd.Series(False, frame.index)
    beyond[given.index] = given.groupby("caller").cumcount() >= limit
    verdicts.hold(beyond.to_numpy(), Reason.CALLER, f"The caller gave more than the limit of {limit:,} rows.")


def caller_limit(counts: pd.Series, rules: Rules) -> int:
    """Return the most rows of a caller that are used: no caller then gives more than the allowed share of what is used.

    Args:
        counts: the rows of each caller.
        rules: the limits.
    """
    limit = rules.caller_rows
    while True:
        allowed = max(rules.caller_free, int(rules.caller_share * np.minimum(counts.to_numpy(), limit).sum()))
        if allowed >= limit:
            return limit
        limit = allowed  # what the others give in excess no longer counts, so the share of the rest must be taken again
