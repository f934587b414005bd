"""A tiny corpus of two topics, animals and weather, whose words never occur together."""

from functools import cache

import numpy as np

ANIMALS = ["cat", "dog", "horse", "sheep", "goat"]
WEATHER = ["rain", "snow", "wind", "storm", "fog"]


@cache
def two_worlds() -> list[str]:
    """Return 400 texts, each with words of one topic."""
    random = np.random.default_rng(0)
    texts = []
    for number in range(400):
        world, verbs = (ANIMALS, ["eats", "sleeps"]) if number % 2 else (WEATHER, ["falls", "blows"])
        texts.append(" ".join([*random.choice(world, 4), random.choice(verbs)]))
    return texts
