"""A tiny dataset of titles and pictures, in which neither decides alone, and its pictures as bytes."""

import io
from itertools import cycle, islice

import numpy as np
import pandas as pd
from PIL import Image
from tiny_data import ODD_TEXTS, tiny_dataset

from textlab.data.dataset import Dataset
from textlab.data.examples import columns_of
from textlab.export.parity import odd_examples
from textlab.inputs.references import inline_reference

WORDS = ("cup", "hat")
COLOURS = {"red": (220, 30, 30), "blue": (30, 30, 220)}
LABEL_NAMES = tuple(f"{colour} {word}" for word in WORDS for colour in COLOURS)
ROWS = {"train": 48, "validation": 16, "test": 16}
SIZE = 24


def picture(colour: tuple[int, int, int] = (220, 30, 30), seed: int = 0, size: int = SIZE, **options: object) -> bytes:
    """A picture of one colour with some noise, encoded as PNG unless `format` says otherwise."""
    noise = np.random.default_rng(seed).integers(-20, 20, (size, size, 3))
    drawn = Image.fromarray(np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8))
    written = io.BytesIO()
    drawn.save(written, **({"format": "PNG"} | options))
    return written.getvalue()


def picture_dataset(inputs: tuple[str, ...] = ("text", "image")) -> Dataset:
    """Titles name one of two things, pictures have one of two colours, and the class is the pair of both."""
    frames, number = [], 0
    for split, count in ROWS.items():
        rows = []
        for row in range(count):
            label = row % len(LABEL_NAMES)
            colour, word = LABEL_NAMES[label].split()
            number += 1
            image = inline_reference(picture(COLOURS[colour], number))
            rows.append({"id": f"{split}-{row}", "text": f"a {word} number {number}", "image": image, "label": label})
        frames.append(pd.DataFrame(rows))
    return Dataset("tiny_pictures", "1", LABEL_NAMES, *frames, inputs=inputs)


def dataset_of(inputs: tuple[str, ...], n_classes: int = 2) -> Dataset:
    """Forty examples per split with some of the inputs text and image, each of which decides the class."""
    dataset, colours = tiny_dataset(n_classes), ((220, 30, 30), (30, 30, 220), (30, 200, 30))
    frames = []
    for turn, (_, frame) in enumerate(dataset.splits()):
        pictures = [picture(colours[label], 1000 * turn + row) for row, label in enumerate(frame["label"])]
        frames.append(frame.assign(image=[inline_reference(content) for content in pictures]))
    dropped = {"text", "image"} - set(inputs)
    return Dataset("tiny", "1", dataset.label_names, *(frame.drop(columns=dropped) for frame in frames), inputs=inputs)


def odd_frame(inputs: tuple[str, ...]) -> pd.DataFrame:
    """Examples with unusual values of each input, and one without any."""
    odd = {name: [*values, ""] for name, values in columns_of(odd_examples(inputs)).items()}
    if "text" in inputs:
        odd = {name: [*values[:-1], *islice(cycle(values), len(ODD_TEXTS)), ""] for name, values in odd.items()}
        odd["text"][-len(ODD_TEXTS) - 1 : -1] = ODD_TEXTS
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in odd.items()})
