"""`passenger_topics`: synthetic messages to a fictional airline, each about any number of eight topics, or about none.

A topic's phrases alone decide whether a message has it, so the best possible score is 100 %. The dataset needs no
download. data/README.md describes it.
"""

import re
from itertools import pairwise
from random import Random

import pandas as pd

from textlab.data.multilabel_dataset import MultilabelDataset
from textlab.data.preparation import Preparation
from textlab.data.sources.passenger_topics.phrases import ASIDES, CLOSINGS, GREETINGS, TOPICS, WORDS

DESCRIPTION = "5,000 synthetic messages with any of 8 topics, or none; phrases decide each topic."
VERSION = "1"
LABEL_NAMES = tuple(TOPICS)
SHARES = {  # the probability of each topic by itself
    "delay": 0.30,
    "cancellation": 0.15,
    "baggage": 0.22,
    "refund": 0.12,
    "staff": 0.25,
    "seat": 0.12,
    "meal": 0.08,
    "website": 0.04,
}
FOLLOWS = {"cancellation": ("refund", 0.6), "delay": ("meal", 0.15)}  # with this probability, the topic brings another
SIZES = {"train": 3000, "validation": 500, "test": 1500}
FEWEST_ASIDES, MOST_ASIDES = 1, 4

_SLOT = re.compile(r"{(\w+)}")


def load(*, seed: int = 13) -> MultilabelDataset:
    """Generate the dataset; the same seed gives the same rows on every machine.

    Args:
        seed: random seed, the only source of chance.
    """
    random, known = Random(seed), set[str]()
    rows: list[dict[str, object]] = []
    while len(rows) < sum(SIZES.values()):
        row = _row(random)
        if row["text"] not in known:
            known.add(str(row["text"]))
            rows.append({"id": f"topics-{len(rows) + 1:05d}", **row})
    frame = pd.DataFrame(rows)
    ends = [sum(list(SIZES.values())[:place]) for place in range(len(SIZES) + 1)]
    parts = [frame[first:end].reset_index(drop=True) for first, end in pairwise(ends)]
    return MultilabelDataset("passenger_topics", VERSION, LABEL_NAMES, *parts, preparation=Preparation(len(rows)))


def _row(random: Random) -> dict[str, str | tuple[int, ...]]:
    """Write a message: a greeting, a sentence for each topic and asides in random order, and a closing."""
    topics = _topics(random)
    sentences = [_filled(random, _choice(random, TOPICS[topic])) for topic in topics]
    sentences += [_filled(random, aside) for aside in random.sample(ASIDES, random.randint(FEWEST_ASIDES, MOST_ASIDES))]
    random.shuffle(sentences)
    text = " ".join(
        (_choice(random, GREETINGS), *(f"{sentence}." for sentence in sentences), _choice(random, CLOSINGS))
    )
    return {"text": text, "labels": tuple(sorted(LABEL_NAMES.index(topic) for topic in topics))}


def _topics(random: Random) -> list[str]:
    drawn = {topic for topic, share in SHARES.items() if random.random() < share}
    for topic, (other, probability) in FOLLOWS.items():
        if topic in drawn and random.random() < probability:
            drawn.add(other)
    return [topic for topic in LABEL_NAMES if topic in drawn]


def _filled(random: Random, template: str) -> str:
    return _SLOT.sub(lambda slot: _choice(random, WORDS[slot[1]]), template)


def _choice(random: Random, options: tuple[str, ...]) -> str:
    return options[int(random.random() * len(options))]
