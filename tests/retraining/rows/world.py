"""A small world: texts of words with moods, a calibrated champion, and callers who judge its answers."""

import json
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from textlab.data.dataset import Dataset
from textlab.data.examples import Examples
from textlab.retraining.rows import NewRows, read_feedback

LABELS = ("negative", "positive")
SYLLABLES = [first + second for first in "bdfgklmnprst" for second in "aeiou"]
START = 1_764_525_600.0  # seconds since 1970
WEEK = 7 * 86_400


class Champion:
    """Adds up the moods of the words of a text. Labels are drawn with the probabilities that follow."""

    def __init__(self) -> None:
        self.label_names = list(LABELS)

    def predict_proba(self, examples: Examples) -> np.ndarray:
        texts = list(examples["text"]) if isinstance(examples, pd.DataFrame) else list(examples)
        moods = np.array([sum(map(mood, text.split())) for text in texts])
        positive = 1 / (1 + np.exp(-moods))
        return np.column_stack([1 - positive, positive]).astype(np.float32)


def mood(word: str) -> float:
    """A fixed number from -1.6 to 1.6."""
    return 1.6 * ((hash_of(word) % 2_001) / 1_000 - 1)


def tweets(count: int, seed: int) -> pd.DataFrame:
    """Texts of ten invented words, with labels that follow from the words, but not surely."""
    random = np.random.default_rng(seed)
    words = np.array(SYLLABLES, dtype=object)
    drawn = words[random.integers(0, len(words), (count, 10, 3))].sum(axis=2)
    texts = [" ".join(row) for row in drawn]
    labels = (random.random(count) < Champion().predict_proba(texts)[:, 1]).astype(int)
    return pd.DataFrame({"id": [f"{seed}-{number}" for number in range(count)], "text": texts, "label": labels})


def base_dataset() -> Dataset:
    return Dataset("moods", "1", LABELS, tweets(200, 1), tweets(400, 2), tweets(100, 3))


def feedback(
    texts: pd.Series, labels: np.ndarray, callers: list[str], path: Path, hours: float = WEEK / 3600
) -> list[str]:
    """Return lines as the service writes them; `path` gets them as well."""
    random = np.random.default_rng(7)
    predicted = Champion().predict_proba(list(texts)).argmax(axis=1)
    lines = []
    for row, text in enumerate(texts):
        line = {
            "text": text,
            "label": LABELS[labels[row]],
            "predicted": LABELS[predicted[row]],
            "model": "moods",
            "version": 1,
            "prediction_id": f"{abs(hash_of(text, callers[row])):036x}",
            "time": round(START + random.uniform(0, hours * 3600), 3),
            "caller": callers[row],
        }
        lines.append(json.dumps(line))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return lines


def hash_of(*parts: str) -> int:
    return zlib.crc32("\x00".join(parts).encode())


def honest(pool: pd.DataFrame, count: int) -> pd.DataFrame:
    """The first mistakes of the champion among the texts, with their right labels."""
    wrong = Champion().predict_proba(pool).argmax(axis=1) != pool["label"].to_numpy()
    return pool[wrong].head(count)


def read(path: Path, *groups: list[str]) -> NewRows:
    """Read lines of feedback that were put together."""
    path.write_text("\n".join(line for lines in groups for line in lines) + "\n", encoding="utf-8")
    return read_feedback(path, "moods")
