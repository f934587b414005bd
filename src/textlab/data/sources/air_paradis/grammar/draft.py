"""A tweet while it is being written, and the pools its words and templates are drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from string import Formatter
from typing import TypeVar

NEGATIVE, POSITIVE = 0, 1

Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Pool:
    """Interchangeable words or templates; the held-out ones are kept for the unseen third of the test split."""

    seen: tuple[str, ...]
    held_out: tuple[str, ...] = ()


@dataclass
class Draft:
    """What has been decided about one tweet so far.

    Attributes:
        random: the one source of chance of the whole dataset.
        label: NEGATIVE or POSITIVE, what a careful reader must conclude.
        word_novelty, template_novelty: how likely a word or template is taken from the held-out part of its
            pool; 0 everywhere but in the unseen third of the test split.
        tags: the phenomena written so far.
        templates: the templates used, in order; together they are the tweet's skeleton.
        held_out: the held-out words and template cues used.
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
        """True with this probability."""
        return self.random.random() < probability

    def choose(self, options: Sequence[Choice]) -> Choice:
        """One of the options, each as likely."""
        return options[int(self.random.random() * len(options))]

    def word(self, pool: Pool) -> str:
        """A word or phrase of the pool."""
        return self._draw(pool, self.word_novelty)

    def template(self, pool: Pool) -> str:
        """A template of the pool, noted in the skeleton."""
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
    """The longest stretch of a template between its slots: what gives it away in a finished text.

    A word without slots is its own cue.
    """
    stretches = [literal.strip(" ,.:;-?!") for literal, *_ in Formatter().parse(template)]
    return max(stretches, key=len)
