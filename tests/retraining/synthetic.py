"""Predictions of two models with stated scores, for the tests of the gate."""

import numpy as np
import pandas as pd

LABELS = ("negative", "neutral", "positive")


def frame(texts, labels, predicted, tags=None):
    columns = {"id": [str(row) for row in range(len(texts))], "text": texts}
    columns |= {"label": np.array(LABELS)[labels], "predicted": np.array(LABELS)[predicted]}
    if tags is not None:
        columns["tags"] = tags
    for column, name in enumerate(LABELS):
        columns[f"p_{name}"] = (np.asarray(predicted) == column).astype("float32")
    return pd.DataFrame(columns)


def draw(count, won=0.03, lost=0.03, score=0.7, seed=0, text="one two three", texts=None, shares=(1, 1, 1)):
    """Two frames, challenger and champion: the challenger gains `won` and loses `lost` of all texts on average."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(3, size=count, p=np.array(shares) / sum(shares))
    wrong = (labels + rng.integers(1, 3, count)) % 3
    right = rng.random(count) < score
    u = rng.random(count)
    challenger_right = np.where(right, u >= lost / score, u < won / (1 - score))
    texts = [text] * count if texts is None else texts
    champion, challenger = (np.where(each, labels, wrong) for each in (right, challenger_right))
    return frame(texts, labels, challenger), frame(texts, labels, champion)
