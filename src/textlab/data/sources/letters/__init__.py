"""`letters`: synthetic letters of about 300 words to a fictional airline, classified by what they ask for.

One sentence anywhere in a letter decides its class, so a model that reads only the beginning cannot know it. The
dataset needs no download. data/README.md describes it and the best possible score.
"""

import re
from random import Random

import pandas as pd

from textlab.data.dataset import Dataset
from textlab.data.preparation import Preparation
from textlab.data.sources.letters.phrases import (
    CLOSINGS,
    DECISIVE,
    DECOYS,
    GREETINGS,
    REQUESTS,
    STORY,
    WORDS,
)

DESCRIPTION = "5,000 synthetic letters of about 300 words, 5 classes, 20:1; one sentence decides the class."
VERSION = "1"
LABEL_NAMES = tuple(REQUESTS)
SHARES = (0.40, 0.28, 0.20, 0.10, 0.02)  # the share of each class in every split
SIZES = {"train": 3000, "validation": 500, "test": 1500}
LABEL_NOISE = 0.03
FEWEST_WORDS, MOST_WORDS = 240, 360
FEWEST_DECOYS, MOST_DECOYS = 1, 3
REACHES = {"early": 64, "middle": 128}  # words by which the decisive sentence has ended; "late" is after that

_SLOT = re.compile(r"{(\w+)}")


def load(*, seed: int = 13) -> Dataset:
    """Generate the dataset; the same seed gives the same rows on every machine.

    Args:
        seed: random seed, the only source of chance.
    """
    random = Random(seed)
    frames = [_split(random, size) for size in SIZES.values()]
    first = 1
    for frame in frames:
        frame.insert(0, "id", [f"letters-{number:05d}" for number in range(first, first + len(frame))])
        first += len(frame)
    return Dataset("letters", VERSION, LABEL_NAMES, *frames, preparation=Preparation(sum(SIZES.values())))


def _split(random: Random, size: int) -> pd.DataFrame:
    """Return the rows of one split, shuffled; some labels are swapped, so that classes keep their sizes."""
    labels = [label for label, share in enumerate(SHARES) for _ in range(round(share * size))]
    random.shuffle(labels)
    rows = [_row(random, label) for label in labels]
    noisy = random.sample(range(size), round(size * LABEL_NOISE))
    given = [labels[place] for place in noisy]
    for place, label in zip(noisy, given[1:] + given[:1], strict=True):
        rows[place]["label"] = label
        rows[place]["tags"] = f"{rows[place]['tags']} noise"
    return pd.DataFrame(rows)


def _row(random: Random, label: int) -> dict[str, str | int]:
    """Write a letter: a greeting, sentences in random order of which one decides the class, and a closing."""
    words = random.randint(FEWEST_WORDS, MOST_WORDS)
    decisive = _filled(random, _choice(random, DECISIVE), LABEL_NAMES[label])
    decoys = random.sample(DECOYS, random.randint(FEWEST_DECOYS, MOST_DECOYS))
    sentences = [decisive, *(_filled(random, decoy, _choice(random, LABEL_NAMES)) for decoy in decoys)]
    stories = random.sample(STORY, len(STORY))
    while _word_count(sentences) < words:
        sentences.append(_filled(random, stories.pop()))
    random.shuffle(sentences)
    greeting = _filled(random, _choice(random, GREETINGS))
    end = _word_count([greeting, *sentences[: sentences.index(decisive) + 1]])
    tag = next((tag for tag, reach in REACHES.items() if end <= reach), "late")
    text = f"{greeting}, {'. '.join(sentences)}. {_filled(random, _choice(random, CLOSINGS))}"
    return {"text": text, "label": label, "tags": tag}


def _word_count(sentences: list[str]) -> int:
    return sum(len(sentence.split()) for sentence in sentences)


def _filled(random: Random, template: str, request: str = "") -> str:
    """Fill each slot of a template; `request` names the class whose wordings fill the slot of that name."""
    words = WORDS | {"request": REQUESTS[request]} if request else WORDS
    return _SLOT.sub(lambda slot: _choice(random, words[slot[1]]), template)


def _choice(random: Random, options: tuple[str, ...]) -> str:
    return options[int(random.random() * len(options))]
