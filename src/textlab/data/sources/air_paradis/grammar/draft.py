"""The draft of a tweet, and the pools from which it draws words and templates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from string import Formatter
from typing import TypeVar

NEGATIVE, POSITIVE = 0, 1

Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Pool:
    """Interchangeable words or templates. Only the unseen third of the test split uses held-out ones."""

    seen: tuple[str, ...]
    held_out: tuple[str, ...] = ()


@dataclass
class Draft:
    """The draft of one tweet.

    Attributes:
        random: the random generator of the whole dataset.
        label: NEGATIVE or POSITIVE, as a careful reader would label the tweet.
        word_novelty, template_novelty: the probability that a word or template comes from the held-out part of its
            pool; 0 except in the unseen third of the test split.
        tags: the phenomena so far.
        templates: the templates used so far, in order; they form the tweet's skeleton.
        held_out: the cues of held-out words and templates used so far.
        taken: slot values already used, so that no tweet flies from Lisbon to Lisbon.
    """

    random: Random
    label: int
    word_novelty: float = 0.0
    template_novelty: float = 0.0
    tags: set[str] = field(default_factory=set)
    templates: list[str] = field(default_factory=list)
    held_out: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.random.random() < probability

    def choose(self, options: Sequence[Choice]) -> Choice:
        """Return one of the options, all equally likely."""
        return options[int(self.random.random() * len(options))]

    def word(self, pool: Pool) -> str:
        """Draw a word or phrase from a pool."""
        return self._draw(pool, self.word_novelty)

    def template(self, pool: Pool) -> str:
        """Draw a template from a pool and add it to the skeleton."""
        template = self._draw(pool, self.template_novelty)
        self.templates.append(template)
        return template

    def _draw(self, pool: Pool, novelty: float) -> str:
        if pool.held_out and novelty and self.chance(novelty):
            choice = self.choose(pool.held_out)
            self.held_out.append(cue(choice))
            return choice
        return self.choose(pool.seen)


def cue(template: str) -> str:
    """Return the longest text between the slots of a template; it identifies the template in a finished tweet.

    A word without slots is its own cue.
    """
    stretches = [literal.strip(" ,.:;-?!") for literal, *_ in Formatter().parse(template)]
    return max(stretches, key=len)
