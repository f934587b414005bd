"""Fill the slots of a template with an aspect, opinions about it and events."""

import re

from textlab.data.sources.air_paradis.grammar import phrases, sentences
from textlab.data.sources.air_paradis.grammar.draft import Draft, Pool
from textlab.data.sources.air_paradis.grammar.events import EVENTS
from textlab.data.sources.air_paradis.grammar.lexicon import ASPECTS, GENERAL_OPINIONS, PLURAL

ASPECT_NAMES = tuple(ASPECTS)


class _Slots(dict[str, str]):
    """Slot values: those given, and new random ones for the rest."""

    def __init__(self, draft: Draft, values: dict[str, str]) -> None:
        super().__init__(values)
        self.draft = draft

    def __missing__(self, slot: str) -> str:
        options = phrases.SLOTS[slot]
        value = self.draft.choose([option for option in options if option not in self.draft.taken] or options)
        if slot in {"city", "rival"}:
            self.draft.taken.append(value)
        return fill(self.draft, value) if "{" in value else value


def fill(draft: Draft, template: str, **values: str) -> str:
    """Fill a template with these slot values; draw those that are not given."""
    text = template.format_map(_Slots(draft, values))
    return re.sub(r"\ba (?=[aeio]|un)", "an ", text)


def about(draft: Draft, template: str, label: int, circumstance: float = 0.25, emphasis: float = 0.0) -> str:
    """Fill a template with one aspect.

    Args:
        draft: the tweet being written.
        template: see `sentences` for its slots.
        label: the polarity of {opinion} and {more}; {opposite} has the other one.
        circumstance: the probability that a place or time follows the subject.
        emphasis: the probability that the opinion is intensified.
    """
    aspect = draft.choose(ASPECT_NAMES)
    # Draw only what the template uses: an unused held-out word would wrongly mark a row as unseen.
    name = draft.word(ASPECTS[aspect].subjects) if "{subject}" in template else ""
    plural = name in PLURAL
    past = was = "were" if plural else "was"
    if draft.chance(circumstance):
        name = f"{name} {draft.choose(phrases.CIRCUMSTANCES)}"
    elif draft.chance(0.2):
        was = "are" if plural else "is"
    opinion = second = _opinion(draft, aspect, label) if "{opinion}" in template else ""
    while "{second_opinion}" in template and second == opinion:
        second = _opinion(draft, aspect, label)
    if "so {opinion}" in template:
        draft.tags.add("intensifier")
    return fill(
        draft,
        template,
        subject=fill(draft, name),
        was=was,
        past=past,
        was_not=draft.choose((f"{was} not", f"{was}n't")),
        it="they" if plural else "it",
        them="them" if plural else "it",
        opinion=_emphatic(draft, opinion) if draft.chance(emphasis) else opinion,
        second_opinion=second,
        opposite=_opinion(draft, aspect, 1 - label) if "{opposite}" in template else "",
        more=("worse", "better")[label],
    )


def plain_opinion(draft: Draft, label: int) -> str:
    """Write an opinion of this polarity as a simple sentence."""
    return about(draft, "{subject} {was} {opinion}", label, emphasis=0.25)


def negated_opinion(draft: Draft, label: int) -> str:
    """Write an opinion of the other polarity, reversed by a negator."""
    draft.tags.add("negation")
    return about(draft, draft.template(sentences.NEGATIONS), label)


def event(draft: Draft, label: int) -> str:
    """Write an event that only a passenger with this label would report."""
    happened = draft.word(EVENTS[draft.choose(ASPECT_NAMES)][label])
    draft.templates.append(happened)
    return fill(draft, happened)


def eventful(draft: Draft, pool: Pool) -> str:
    """Fill a template of the pool with one or two events of the draft's label."""
    template = draft.template(pool)
    second = event(draft, draft.label) if "{second_event}" in template else ""
    return fill(draft, template, event=event(draft, draft.label), second_event=second)


def _opinion(draft: Draft, aspect: str, label: int) -> str:
    pool = GENERAL_OPINIONS[label] if draft.chance(0.65) else ASPECTS[aspect].opinions[label]
    return draft.word(pool)


def _emphatic(draft: Draft, opinion: str) -> str:
    draft.tags.add("intensifier")
    return f"{draft.word(phrases.INTENSIFIERS)} {opinion}"
