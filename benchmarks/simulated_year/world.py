"""A world that moves: real tweets, whose topic and class shares change over 52 weeks, and people who give feedback."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

LABELS = ("negative", "neutral", "positive")
WEEKS = 52
TEXTS = 500  # a week
BASE = {"train": 6_000, "validation": 1_000, "test": 2_000}
NEW_TOPIC = (8, 28)  # the weeks in which the share of airline tweets grows
NEW_TOPIC_SHARE = 0.5
ATTACK = (22, 23, 24)  # the weeks in which callers with one aim send wrong labels
ATTACK_LINES, ATTACKERS = 300, 6
LABEL_SHIFT = 38  # the week from which negative tweets are more frequent
NEGATIVES_ADDED = 0.2
CALLERS = 40
FEEDBACK_SHARE = {"right": 0.06, "wrong": 0.25}  # shares of right and wrong predictions that people judge
FEEDBACK_NOISE = 0.05
LABELLED = 150  # random texts of a week that annotators label
HELD_OUT = 2_000  # texts that nobody but the judge of this simulation sees


@dataclass(frozen=True, eq=False)
class Week:
    """One week.

    Attributes:
        number: from 1.
        texts: the traffic, a frame with text, label and topic.
        held_out: texts of the same world with their labels, on which the models are judged.
        seed: seed of what people do in this week.
    """

    number: int
    texts: pd.DataFrame
    held_out: pd.DataFrame
    seed: int

    @property
    def is_attacked(self) -> bool:
        """Whether attackers send feedback."""
        return self.number in ATTACK


class World:
    """All weeks, drawn from two pools of tweets without replacement, so that no tweet comes twice.

    Args:
        seed: random seed.
    """

    def __init__(self, seed: int = 0) -> None:
        from textlab.data import load

        tweets, airline = load("tweet_eval/sentiment").train, load("airline")
        self._seed = seed
        airline_tweets = pd.concat([airline.train, airline.validation, airline.test])
        generator = np.random.default_rng(seed)
        old, new = (_shuffled(frame, topic, generator) for frame, topic in ((tweets, "old"), (airline_tweets, "new")))
        size = sum(BASE.values())
        self.base = _with_splits(old.head(size))
        rest = old.iloc[size:]
        # Three tenths are for the judge. A tweet in them may be drawn in several weeks.
        cut = {"old": int(0.3 * len(rest)), "new": int(0.3 * len(new))}
        self._judged = pd.concat([rest.head(cut["old"]), new.head(cut["new"])])
        self._traffic = pd.concat([rest.iloc[cut["old"] :], new.iloc[cut["new"] :]])

    def weeks(self) -> Iterator[Week]:
        """Yield the weeks in order."""
        left = self._traffic
        for number in range(1, WEEKS + 1):
            generator = np.random.default_rng([self._seed, number])
            texts = _draw(left, number, TEXTS, generator)
            left = left.drop(texts.index)
            held_out = _draw(self._judged, number, HELD_OUT, generator)
            yield Week(number, texts.reset_index(drop=True), held_out.reset_index(drop=True), number)


def topic_share(number: int) -> float:
    """The share of airline tweets in a week."""
    first, last = NEW_TOPIC
    return NEW_TOPIC_SHARE * float(np.clip((number - first) / (last - first), 0, 1))


def _shuffled(frame: pd.DataFrame, topic: str, generator: np.random.Generator) -> pd.DataFrame:
    rows = frame[["text", "label"]].drop_duplicates("text").assign(topic=topic)
    rows = rows.iloc[generator.permutation(len(rows))]
    return rows.set_axis([f"{topic}-{place}" for place in range(len(rows))])


def _with_splits(rows: pd.DataFrame) -> pd.DataFrame:
    splits = np.repeat(list(BASE), list(BASE.values()))
    return pd.DataFrame({"text": rows["text"], "label": [LABELS[label] for label in rows["label"]], "split": splits})


def _draw(pool: pd.DataFrame, number: int, count: int, generator: np.random.Generator) -> pd.DataFrame:
    """Draw a week's texts: the topic first, then the class within it."""
    new = round(count * topic_share(number))
    parts = [
        _draw_topic(pool[pool["topic"] == topic], wanted, number >= LABEL_SHIFT, generator)
        for topic, wanted in (("old", count - new), ("new", new))
        if wanted
    ]
    drawn = pd.concat(parts)
    return drawn.iloc[generator.permutation(len(drawn))]


def _draw_topic(pool: pd.DataFrame, count: int, has_shift: bool, generator: np.random.Generator) -> pd.DataFrame:
    shares = np.bincount(pool["label"], minlength=len(LABELS)) / len(pool)
    if has_shift:
        negative = min(shares[0] + NEGATIVES_ADDED, 0.9)
        shares = np.array([negative, *(shares[1:] * (1 - negative) / shares[1:].sum())])
    counts = generator.multinomial(count, shares)
    rows = [
        generator.choice(pool.index[pool["label"] == label], wanted, replace=False)
        for label, wanted in enumerate(counts)
    ]
    return pool.loc[np.concatenate(rows)]
