"""Pairs of texts whose similarity is known by construction."""

from random import Random

import pandas as pd

from textlab.data.sources.talents.concepts import Concept, concepts

SIMILARITIES = {"same": 1.0, "skill": 0.75, "near": 0.5, "domain": 0.25, "other": 0.0}
PAIRS = 1000
HELD_OUT_WORDING = -2  # the last two lay wordings of each skill are never in a training request


def similarity_pairs(random: Random) -> pd.DataFrame:
    """Return pairs of a layman's wording and a description of work, or of two descriptions.

    A description in other packaging has similarity 1; descriptions or wordings of the same skill 0.75, of a near skill
    0.5, of another skill of the same domain 0.25, and of another domain 0.
    """
    kinds = tuple(SIMILARITIES)
    rows = []
    for number in range(PAIRS):
        kind = kinds[number % len(kinds)]
        first, second = _pair(random, kind)
        rows.append((first, second, SIMILARITIES[kind]))
    return pd.DataFrame(rows, columns=["first", "second", "similarity"])


def _pair(random: Random, kind: str) -> tuple[str, str]:
    concept = random.choice(tuple(concepts().values()))
    if kind == "same":
        work = random.choice(concept.works)
        return work, random.choice(("I work on {}", "Maintainer of {}", "Side project: {}")).format(work)
    first = random.choice((*concept.lay[HELD_OUT_WORDING:], *concept.works))
    other = _other(random, concept, kind)
    second = random.choice([work for work in other.works if work != first])
    return first, second


def _other(random: Random, concept: Concept, kind: str) -> Concept:
    if kind == "skill":
        return concept
    known = concepts()
    if kind == "near":
        return known[random.choice(concept.near)]
    is_domain = kind == "domain"
    others = [
        other
        for other in known.values()
        if (other.domain == concept.domain) is is_domain and other.key not in {concept.key, *concept.near}
    ]
    return random.choice(others)
