"""Forty tweets per split that a tiny model can learn, and odd texts that it must survive."""

import pandas as pd

from textlab.data.dataset import Dataset

WORDS = {
    "negative": ["awful", "late", "rude", "broken"],
    "positive": ["lovely", "fast", "kind", "great"],
    "neutral": ["monday", "paris", "gate", "seven"],
}
ODD_TEXTS = [
    "",
    "   ",
    "\x00",
    "\ud800 lovely",
    "\u202eשלום",
    "👩\u200d👧🏽",
    "!!!???",
    "@",
    "#",
    "z" * 10_000,
    "&amp;lt;",
]


def tiny_dataset(n_classes: int = 2, per_split: int = 40) -> Dataset:
    """A learnable dataset of `n_classes` classes with `per_split` texts per split."""
    names = list(WORDS)[:n_classes]
    frames = {}
    for split in ("train", "validation", "test"):
        rows = []
        for number in range(per_split):
            label = number % n_classes
            words = WORDS[names[label]]
            text = f"the crew of {split} flight {number} was {words[number % 4]} and {words[(number // 4) % 4]} !"
            rows.append({"id": f"{split}-{number}", "text": text, "label": label, "tags": "plain"})
        frames[split] = pd.DataFrame(rows)
    return Dataset("tiny", "1", tuple(names), **frames)
