"""One seed for every source of chance."""

import random

import numpy as np


def seed_everything(seed: int) -> None:
    """Seed Python and NumPy; a model seeds the framework that it trains with in its own `fit`."""
    random.seed(seed)
    np.random.seed(seed)
