"""The text of an article: a title and a few sentences."""

import re
from random import Random

from textlab.data.sources.catalogue.articles import Evidence
from textlab.data.sources.catalogue.drawing.shapes import one_of
from textlab.data.sources.catalogue.wording import (
    DECOYS,
    FOR,
    PLAIN,
    THING_SENTENCES,
    THINGS,
    TITLES,
    USE_SENTENCES,
    WORDS,
)

DECOY_SHARE = 0.2
REPEATED_SHARE = 0.6  # so often, a text repeats the thing that its title names
MOST_PLAIN = 2
_SLOT = re.compile(r"{(\w+)}")


def write(random: Random, revealed: Evidence) -> str:
    """Write the title and the description of an article.

    Args:
        random: the source of chance.
        revealed: what the text says of the use and the thing.
    """
    sentences = random.sample(PLAIN, 1 + int(random.random() * MOST_PLAIN))
    if random.random() < DECOY_SHARE:
        sentences.append(one_of(random, DECOYS))
    if revealed.use:
        sentences.append(one_of(random, USE_SENTENCES))
    if revealed.thing and random.random() < REPEATED_SHARE:
        sentences.append(one_of(random, THING_SENTENCES))
    random.shuffle(sentences)
    title = one_of(random, TITLES[bool(revealed.thing)])
    return " ".join(_capitalised(_filled(random, part, revealed)) for part in (f"{title}.", *sentences))


def _filled(random: Random, template: str, revealed: Evidence) -> str:
    return _SLOT.sub(lambda slot: _word(random, slot[1], revealed), template)


def _word(random: Random, slot: str, revealed: Evidence) -> str:
    """Return a word for a slot; "any_thing" is a thing that has nothing to do with the article."""
    if slot in WORDS:
        return one_of(random, WORDS[slot])
    if slot == "for":
        return one_of(random, FOR[revealed.use])
    if slot == "thing":
        return one_of(random, THINGS[revealed.thing])
    if slot == "any_thing":
        return one_of(random, THINGS[one_of(random, tuple(THINGS))])
    low, high = {"number": (100, 499), "small": (2, 9), "code": (10_000, 99_999)}[slot]
    return str(low + int(random.random() * (high - low + 1)))


def _capitalised(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
