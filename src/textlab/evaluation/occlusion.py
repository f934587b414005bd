"""Occlusion: how much a prediction changes when a part of an example is covered or left out.

Zeiler and Fergus (2014), "Visualizing and understanding convolutional networks", section 4.2. Any model can be
examined, because only its probabilities are read.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from textlab.inputs import kind_of
from textlab.inputs.opened_pictures import on_white, opened
from textlab.inputs.references import inline_reference

LONGEST_SIDE = 256  # pixels; covered copies of a larger picture are reduced to it
PATCHES = 8  # per side

Predict = Callable[[pd.DataFrame], np.ndarray]


@dataclass(frozen=True, eq=False)
class Occlusion:
    """The parts of an example, and what each adds to the probability of the class that is predicted for it.

    Attributes:
        predicted: the class.
        probability: its probability.
        words: for each word of the text, separated by white space, `word` and `attribution`: how much the probability
            falls without it. No rows without a text.
        patches: float (`PATCHES`, `PATCHES`), how much it falls when a patch of the picture is covered; no rows without
            a picture.
        picture: uint8 (height, width, 3), the picture on white; no rows without one.
        without: for each input, the probability without the whole input.
    """

    predicted: int
    probability: float
    words: pd.DataFrame
    patches: np.ndarray
    picture: np.ndarray
    without: dict[str, float]


def occlusions(predict: Predict, examples: pd.DataFrame, text: str = "", picture: str = "") -> list[Occlusion]:
    """Examine examples.

    Args:
        predict: returns probabilities, float (m, k), for a frame of m rows.
        examples: n rows with the columns that `predict` reads.
        text: the column whose words are left out one by one; "" for none.
        picture: the column whose patches are covered one by one, in the mean colour of the picture's edge; "" for none.

    Raises:
        ValueError: a picture is gone or was changed.
    """
    return [_occlusion(predict, examples.iloc[[row]], text, picture) for row in range(len(examples))]


def _occlusion(predict: Predict, example: pd.DataFrame, text: str, picture: str) -> Occlusion:
    words = example[text].iloc[0].split() if text else []
    pixels = _pixels(example[picture].iloc[0]) if picture else np.zeros((0, 0, 3), np.uint8)
    inputs = [name for name in (text, picture) if name]
    changed: list[dict[str, str]] = [{}, *({name: ""} for name in inputs)]
    changed += [{text: " ".join(words[:place] + words[place + 1 :])} for place in range(len(words))]
    changed += [{picture: inline_reference(content)} for content in _covered(pixels)]
    frame = pd.concat([example.assign(**each) for each in changed], ignore_index=True)
    probabilities = predict(frame)
    predicted = int(probabilities[0].argmax())
    whole, rest = float(probabilities[0, predicted]), probabilities[1:, predicted].astype(float)
    without = dict(zip(inputs, rest[: len(inputs)].tolist(), strict=True))
    falls = whole - rest[len(inputs) :]
    table = pd.DataFrame({"word": words, "attribution": falls[: len(words)]})
    patches = falls[len(words) :].reshape(-1, PATCHES)
    return Occlusion(predicted, whole, table, patches, pixels, without)


def _pixels(value: str) -> np.ndarray:
    """Return a picture on white, reduced to `LONGEST_SIDE`: uint8 (height, width, 3); no rows without one."""
    (content,) = kind_of("image").encode([value])
    if not content:
        return np.zeros((0, 0, 3), np.uint8)
    image = opened(content).image
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return np.asarray(on_white(image))


def _covered(pixels: np.ndarray) -> list[bytes]:
    """Return copies of a picture as PNG, one for each patch, row by row; none without a picture."""
    if not len(pixels):
        return []
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    rows, columns = (np.linspace(0, side, PATCHES + 1).round().astype(int) for side in pixels.shape[:2])
    copies = []
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            copy = pixels.copy()
            copy[top:bottom, left:right] = edge.mean(axis=0).round().astype(np.uint8)
            copies.append(_png(copy))
    return copies


def _png(pixels: np.ndarray) -> bytes:
    from PIL import Image

    written = io.BytesIO()
    drawn: Any = Image.fromarray(pixels)
    drawn.save(written, format="PNG", compress_level=1)
    return written.getvalue()
