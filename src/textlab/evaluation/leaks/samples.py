"""Samples of splits, so that the search for leaks takes seconds on any number of texts."""

import pandas as pd

SEED = 0


def sampled(frame: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return a seeded sample of at most `most` rows, in the frame's order."""
    return frame if len(frame) <= most else frame.sample(most, random_state=SEED).sort_index()
