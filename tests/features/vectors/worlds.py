"""A tiny corpus with structure: two worlds of words that never meet, animals and weather."""

from functools import cache

import numpy as np

ANIMALS = ["cat", "dog", "horse", "sheep", "goat"]
WEATHER = ["rain", "snow", "wind", "storm", "fog"]


@cache
def two_worlds() -> list[str]:
    """400 texts, each of words of one world."""
    random = np.random.default_rng(0)
    texts = []
    for number in range(400):
        world, verbs = (ANIMALS, ["eats", "sleeps"]) if number % 2 else (WEATHER, ["falls", "blows"])
        texts.append(" ".join([*random.choice(world, 4), random.choice(verbs)]))
    return texts
