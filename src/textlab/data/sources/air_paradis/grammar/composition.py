"""Compose a tweet: one core that carries the label, with context, openers and support around it."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from textlab.data.sources.air_paradis.grammar import phrases, sentences
from textlab.data.sources.air_paradis.grammar.clauses import (
    about,
    event,
    eventful,
    fill,
    negated_opinion,
    plain_opinion,
)
from textlab.data.sources.air_paradis.grammar.draft import POSITIVE, Draft
from textlab.data.sources.air_paradis.grammar.lexicon import GENERAL_OPINIONS

# Share of each kind of core in negative and positive tweets. As in real life, sarcasm is mostly negative.
KINDS: dict[str, tuple[int, int]] = {
    "statement": (38, 41),
    "event": (19, 20),
    "verdict": (8, 8),
    "question": (9, 9),
    "negation": (9, 9),
    "contrast": (12, 12),
    "comparison": (4, 4),
    "sarcasm": (6, 3),
}
# How often a second sentence supports the label. It is rarer where word order decides, or it would decide instead.
SUPPORT = {"statement": 0.45, "event": 0.4, "verdict": 0.9, "question": 0.6, "sarcasm": 0.1}
SUPPORT_WHERE_ORDER_DECIDES = 0.4


@dataclass(frozen=True)
class Composition:
    """A tweet before its surface is written.

    Attributes:
        sentences: lower-case sentences in order, without full stops.
        tags: the phenomena in its sentences.
        skeleton: the templates used, in order.
        held_out: the cues of its held-out words and templates.
    """

    sentences: tuple[str, ...]
    tags: frozenset[str]
    skeleton: tuple[str, ...]
    held_out: tuple[str, ...]


def compose(random: Random, label: int, word_novelty: float = 0.0, template_novelty: float = 0.0) -> Composition:
    """Compose a tweet to which a careful reader gives this label."""
    draft = Draft(random, label, word_novelty, template_novelty)
    kind = random.choices(tuple(KINDS), [weights[label] for weights in KINDS.values()])[0]
    parts = [CORES[kind](draft)]
    if draft.chance(SUPPORT.get(kind, SUPPORT_WHERE_ORDER_DECIDES)):
        parts.insert(draft.choose((0, 1)), _support(draft))
    if draft.chance(0.35):
        parts.insert(draft.choose((0, len(parts))), fill(draft, draft.template(phrases.CONTEXTS)))
    if draft.chance(0.3):
        parts[0] = f"{_opener(draft)} {parts[0]}"
    if any("?" in part for part in parts):
        draft.tags.add("question")
    return Composition(tuple(parts), frozenset(draft.tags), tuple(draft.templates), tuple(draft.held_out))


def _statement(draft: Draft) -> str:
    return about(draft, draft.template(sentences.STATEMENTS), draft.label, emphasis=0.3)


def _event(draft: Draft) -> str:
    return eventful(draft, sentences.EVENT_FRAMES)


def _verdict(draft: Draft) -> str:
    template = draft.template(phrases.VERDICTS[draft.label])
    opinion = draft.word(GENERAL_OPINIONS[draft.label]) if "{opinion}" in template else ""
    return fill(draft, template, opinion=opinion)


def _question(draft: Draft) -> str:
    template = draft.template(sentences.QUESTIONS)
    if "{event}" in template:
        return fill(draft, template, event=event(draft, draft.label))
    return about(draft, template, draft.label)


def _negation(draft: Draft) -> str:
    draft.tags.add("negation")
    pools = (sentences.NEGATIONS, sentences.CORRECTIONS, sentences.BYSTANDERS)
    pool = draft.random.choices(pools, (7, 2, 3))[0]
    return about(draft, draft.template(pool), draft.label, circumstance=0.5)


def _contrast(draft: Draft) -> str:
    draft.tags.add("contrast")
    if draft.chance(0.2):
        return about(draft, draft.template(sentences.TURNS), draft.label, circumstance=0.4)
    template = draft.template(sentences.CONTRASTS)
    return fill(draft, template, other=_side(draft, 1 - draft.label), main=_side(draft, draft.label))


def _side(draft: Draft, label: int) -> str:
    """Write one side of a contrast: an opinion, a negated opinion or an event."""
    clause = draft.random.choices((plain_opinion, negated_opinion, event), (56, 30, 14))[0]
    return clause(draft, label)


def _comparison(draft: Draft) -> str:
    draft.tags.add("comparison")
    form = draft.random.choices((_own, _rival, _preference, _shift), (3, 3, 2, 4))[0]
    return form(draft)


def _own(draft: Draft) -> str:
    return about(draft, draft.template(sentences.OWN_COMPARISONS), draft.label)


def _rival(draft: Draft) -> str:
    return about(draft, draft.template(sentences.RIVAL_COMPARISONS), 1 - draft.label)


def _preference(draft: Draft) -> str:
    sides = fill(draft, "{airline}"), fill(draft, "{rival}")
    winner, loser = sides if draft.label == POSITIVE else sides[::-1]
    return fill(draft, draft.template(sentences.PREFERENCES), winner=winner, loser=loser)


def _shift(draft: Draft) -> str:
    template = draft.template(sentences.SHIFTS)
    hope, outcome = ("best", "worst") if draft.label != POSITIVE else ("worst", "best")
    return about(draft, template.replace("{hope}", hope).replace("{outcome}", outcome), draft.label)


def _sarcasm(draft: Draft) -> str:
    draft.tags.add("sarcasm")
    return eventful(draft, sentences.JEERS if draft.label == POSITIVE else sentences.CHEERS)


def _sincere(draft: Draft) -> str:
    return eventful(draft, sentences.CHEERS if draft.label == POSITIVE else sentences.JEERS)


def _support(draft: Draft) -> str:
    form = draft.random.choices((_verdict, _statement, _event, _sincere), (4, 3, 2, 1))[0]
    return form(draft)


def _opener(draft: Draft) -> str:
    if not draft.tags & sentences.ORDER_TAGS and draft.chance(0.3):
        return draft.word(phrases.INTERJECTIONS[draft.label])
    return fill(draft, draft.template(phrases.OPENERS))


# The sentence that carries the label, by kind. `compose` adds only optional sentences.
CORES: dict[str, Callable[[Draft], str]] = {
    "statement": _statement,
    "event": _event,
    "verdict": _verdict,
    "question": _question,
    "negation": _negation,
    "contrast": _contrast,
    "comparison": _comparison,
    "sarcasm": _sarcasm,
}
