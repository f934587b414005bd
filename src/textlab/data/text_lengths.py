"""The shortest and the longest texts of frames."""

from collections.abc import Iterable

import pandas as pd

CLIPPED = 60  # characters of a text


def clipped(text: str) -> str:
    """Return a text, or its start if it is long."""
    return text if len(text) <= CLIPPED else f"{text[:CLIPPED]}..."


def text_lengths(frames: Iterable[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Return the shortest and the longest text of each frame.

    Args:
        frames: names, and frames with the columns `id` and `text`; a frame without texts has no row.

    Returns:
        A row per frame and end, with the columns `characters`, `words`, `id` and `text` (its start).
    """
    rows = {}
    for name, frame in frames:
        if "text" not in frame:
            continue
        lengths = frame["text"].str.len().to_numpy()
        for end, place in (("shortest", lengths.argmin()), ("longest", lengths.argmax())):
            text = frame["text"].iloc[place]
            rows[f"{name}, {end}"] = (len(text), len(text.split()), frame["id"].iloc[place], clipped(text))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["characters", "words", "id", "text"])
