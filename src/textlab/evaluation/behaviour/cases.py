"""Cases of the behavioural tests: sentences from the grammar of `air_paradis`, and changed test texts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from random import Random

import pandas as pd

from textlab.data.sources.air_paradis.grammar.clauses import about
from textlab.data.sources.air_paradis.grammar.composition import CORES, compose
from textlab.data.sources.air_paradis.grammar.draft import NEGATIVE, POSITIVE, Draft
from textlab.data.sources.air_paradis.grammar.phrases import INTENSIFIERS
from textlab.data.sources.air_paradis.grammar.surface import write
from textlab.evaluation.behaviour.perturbations import (
    casing,
    mention_or_link,
    name_swap,
    neutral_emoji,
    polar_emoji,
    typo,
)

MINIMUM_FUNCTIONALITY, INVARIANCE, DIRECTION = "minimum functionality", "invariance", "direction"
CASES_PER_TEST = 200  # a failure rate is then known to within 7 points at worst, to within 3 if few cases fail
POLARITIES = ("negative", "positive")
TEMPLATE_NOVELTY = 0.5  # half of the sentences have a form that the training split of air_paradis lacks
SLOT = "|"  # position of an intensifier; no template contains this character

# Plain opinions first: if a model fails these, its failures on the other tests say little about their phenomena.
SENTENCES = {"vocabulary": "statement", "negation": "negation", "contrast": "contrast"}
HARMLESS: dict[str, Callable[[Random, str], str]] = {
    "typos": typo,
    "casing": casing,
    "emoji": neutral_emoji,
    "mention or link": mention_or_link,
    "name swap": name_swap,
}

Case = tuple[str, str, str]  # original, text, expected


def behaviour_cases(
    texts: Sequence[str], label_names: Sequence[str], cases_per_test: int = CASES_PER_TEST, seed: int = 0
) -> pd.DataFrame:
    """Make the cases of every test that suits these classes.

    All tests suit the classes "negative" and "positive"; other classes get invariance tests only. Invariance tests
    change the texts. If too few can be changed, for instance because hardly any contains a name, tweets from the
    grammar make up the number.

    Args:
        texts: the whole test split.
        label_names: the classes.
        cases_per_test: number of cases per pair of phenomenon and kind.
        seed: random seed; the same seed gives the same cases.

    Returns:
        Columns phenomenon, kind, original (the unchanged text; empty for minimum functionality), text, expected (the
        class that the text must get, or whose probability must not fall; empty for invariance).

    Raises:
        ValueError: there is no text, or the number of cases is below one.
    """
    texts = [str(text) for text in texts]
    if not texts or cases_per_test < 1:
        raise ValueError(f"Received {len(texts)} texts and {cases_per_test} cases per test. Pass at least one of each.")
    by_polarity = {name.casefold(): name for name in label_names}
    tests: dict[tuple[str, str], Callable[[Random], Iterator[Case]]] = {}
    if set(POLARITIES) <= set(by_polarity):
        names = (by_polarity["negative"], by_polarity["positive"])
        for phenomenon, core in SENTENCES.items():
            tests[phenomenon, MINIMUM_FUNCTIONALITY] = partial(_sentences, core=core, names=names)
        tests["intensifiers", DIRECTION] = partial(_intensified, names=names)
        tests["emoji", DIRECTION] = partial(_with_polar_emoji, texts=texts, names=names)
    for phenomenon, change in HARMLESS.items():
        tests[phenomenon, INVARIANCE] = partial(_changed, texts=texts, change=change)
    rows = [
        (*test, *case)
        for test, cases in tests.items()
        for case in _distinct(cases(Random(f"{seed} {test}")), cases_per_test)
    ]
    return pd.DataFrame(rows, columns=["phenomenon", "kind", "original", "text", "expected"])


def _distinct(cases: Iterable[Case], count: int) -> list[Case]:
    found: dict[Case, None] = {}
    for case in islice(cases, 20 * count):  # the grammar repeats itself, so there may be fewer
        found[case] = None
        if len(found) == count:
            break
    return list(found)


def _draft(random: Random, label: int) -> Draft:
    return Draft(random, label, template_novelty=TEMPLATE_NOVELTY)


def _polarities() -> Iterator[int]:
    while True:
        yield from (NEGATIVE, POSITIVE)


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:] + ("" if words.endswith("?") else ".")


def _sentences(random: Random, core: str, names: Sequence[str]) -> Iterator[Case]:
    for label in _polarities():
        yield "", _sentence(CORES[core](_draft(random, label))), names[label]


def _intensified(random: Random, names: Sequence[str]) -> Iterator[Case]:
    """Yield an opinion and a stronger form of it: its class can only become more likely."""
    for label in _polarities():
        draft = _draft(random, label)
        words = about(draft, f"{{subject}} {{was}} {SLOT}{{opinion}}", label)
        stronger = words.replace(SLOT, f"{draft.word(INTENSIFIERS)} ")
        yield _sentence(words.replace(SLOT, "")), _sentence(stronger), names[label]


def _with_polar_emoji(random: Random, texts: Sequence[str], names: Sequence[str]) -> Iterator[Case]:
    for text, label in zip(_shuffled(random, texts), _polarities(), strict=False):
        yield text, polar_emoji(random, text, label), names[label]


def _changed(random: Random, texts: Sequence[str], change: Callable[[Random, str], str]) -> Iterator[Case]:
    for text in _shuffled(random, texts):
        changed = change(random, text)
        if changed != text:
            yield text, changed, ""


def _shuffled(random: Random, texts: Sequence[str]) -> Iterator[str]:
    """Yield each text once in random order, then tweets from the grammar without end."""
    yield from random.sample(texts, len(texts))
    for label in _polarities():
        composition = compose(random, label)
        yield write(random, composition.sentences, composition.tags, label, ())[0]
