"""The measures of a picture, by Pillow and NumPy alone: light enough for the service.

A picture is reduced to at most REDUCED pixels a side and laid on white first, so that a large one costs its decoding
and little else.
"""

import numpy as np
from PIL.Image import Resampling

from .measures import PICTURE_TRAITS, UNREADABLE, Measures
from .opened_pictures import on_white, opened

REDUCED = 64
LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
WHITE = 240  # of 255: each channel of a nearly white pixel
TILES = 4  # the embedding holds the mean colours of so many tiles a side,
LEVELS = 4  # a histogram of colours with so many levels a channel,
DIRECTIONS = 8  # and in each quarter a histogram of the directions of edges


def picture_measures(content: bytes) -> Measures:
    """Return the measures of an encoded picture.

    Args:
        content: a PNG or JPEG file, not empty.
    """
    try:
        image, form, width, height = opened(content, least_side=2 * REDUCED)
    except ValueError:
        return Measures(UNREADABLE, {}, b"")
    image.thumbnail((REDUCED, REDUCED), Resampling.BOX)
    pixels = np.asarray(on_white(image), dtype=float)
    size = {
        "width": float(width),
        "height": float(height),
        "aspect ratio": round(width / height, 4),
        "kilobytes": round(len(content) / 1000, 3),
        "bits per pixel": round(8 * len(content) / (width * height), 4),
    }
    return Measures(form, size | _look(pixels), _embedding(pixels))


def _look(pixels: np.ndarray) -> dict[str, float]:
    """Return the traits of the reduced picture, the shares from 0 to 1, the entropy of its brightness in bits."""
    luminance = pixels @ LUMA / 255
    highest, lowest = pixels.max(axis=2), pixels.min(axis=2)
    counts = np.histogram(luminance, bins=32, range=(0, 1))[0]
    shares = counts[counts > 0] / luminance.size
    horizontal, vertical = _gradients(luminance)
    values = (
        luminance.mean(),
        luminance.std(),
        ((highest - lowest) / np.maximum(highest, 1)).mean(),
        (lowest >= WHITE).mean(),
        np.hypot(horizontal, vertical).mean(),
        -(shares * np.log2(shares)).sum(),
    )
    return {name: round(float(value), 4) for name, value in zip(PICTURE_TRAITS[-len(values) :], values, strict=True)}


def _gradients(luminance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the differences to the next pixel to the right and below, 0 at the last ones."""
    horizontal = np.diff(luminance, axis=1, append=luminance[:, -1:])
    return horizontal, np.diff(luminance, axis=0, append=luminance[-1:])


def _embedding(pixels: np.ndarray) -> bytes:
    """Return mean colours of tiles, and shares of colours and directions; as roots, so that rare ones tell."""
    tiles = [part.mean(axis=(0, 1)) / 255 for part in _parts(pixels, TILES)]
    levels = np.minimum(pixels.astype(int) * LEVELS // 256, LEVELS - 1) @ [LEVELS**2, LEVELS, 1]
    colours = np.bincount(levels.ravel(), minlength=LEVELS**3) / levels.size
    horizontal, vertical = _gradients(pixels @ LUMA / 255)
    angle = (np.arctan2(vertical, horizontal) % np.pi) / np.pi * DIRECTIONS
    strength = np.hypot(horizontal, vertical)
    edges = np.stack([np.minimum(angle.astype(int), DIRECTIONS - 1).astype(float), strength], axis=2)
    directions = [
        np.bincount(part[..., 0].ravel().astype(int), part[..., 1].ravel(), minlength=DIRECTIONS) / part[..., 1].size
        for part in _parts(edges, 2)
    ]
    values = np.concatenate([*tiles, np.sqrt(colours), np.sqrt(np.concatenate(directions))])
    return np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8).tobytes()


def _parts(values: np.ndarray, count: int) -> list[np.ndarray]:
    """Cut an array into count x count parts, none of which is empty; small ones overlap."""
    rows, columns = (
        [slice(side * part // count, max(side * (part + 1), side * part + count) // count) for part in range(count)]
        for side in values.shape[:2]
    )
    return [values[row, column] for row in rows for column in columns]
