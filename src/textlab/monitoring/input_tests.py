"""The tests of the input: each compares the texts of the traffic with the reference, and gives a finding.

Each function takes the reference, the distinct texts of the traffic, and their groups, int (n,): texts of one group
depend on each other. Counts are divided by their design effect before they are tested (Rao and Scott, 1992).
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from textlab.evaluation.shift.class_shares import shares_p
from textlab.evaluation.shift.findings import NAMED, auc_text, movement_name, share, spoken, strongest
from textlab.evaluation.shift.languages import LanguageShift, language_shift
from textlab.evaluation.shift.movements import FEWEST_TEXTS, LengthShift, Movement, length_shift, surest, two_shares_p
from textlab.evaluation.shift.separability import Separability, sequential_separability
from textlab.evaluation.shift.text_table import TextTable, hashed
from textlab.evaluation.shift.tokens import FEATURES, is_word
from textlab.evaluation.statistics.design_effect import design_effect, design_effect_of_shares, effective_groups
from textlab.export.description import MINIMUM_TEXTS
from textlab.export.reference import Reference, token_counts, unknown_words
from textlab.monitoring.dependence import with_few_groups
from textlab.monitoring.findings import Finding, Kind
from textlab.wording import listed

REFERENCE_RATIO = 5  # training texts for each text of the traffic: more help little and take longer
FEWEST_REFERENCE = 2_000
DOMAIN_WEIGHT, WORDS_WEIGHT, OTHER_WEIGHT = 2.0, 1.0, 0.5


@dataclass(frozen=True)
class ShareChange:
    """A share of texts or words.

    Attributes:
        name: what has the share, such as "a link".
        reference, current: the share in the reference and in the traffic.
        p: the p value of the difference, not corrected for several tests.
    """

    name: str
    reference: float
    current: float
    p: float


def domain_classifier(
    reference: Reference, texts: TextTable, groups: np.ndarray, seed: int
) -> tuple[Separability, Finding]:
    """Measure how well a classifier of hashed tokens tells the traffic from training texts."""
    from scipy.sparse import vstack

    size = min(reference.buckets.shape[0], max(REFERENCE_RATIO * len(texts), FEWEST_REFERENCE))
    rows = np.random.default_rng(seed).choice(reference.buckets.shape[0], size, replace=False)
    features = vstack([reference.buckets[rows], hashed(texts)], format="csr")
    is_current = np.arange(features.shape[0]) >= size
    found = sequential_separability(features, is_current, np.concatenate([np.arange(size), size + groups]), seed)
    sentence = (
        f"A classifier tells the traffic from training texts with an AUC of {auc_text(found.auc)} "
        f"({auc_text(found.low)} to {auc_text(found.high)}; chance is 0.50)."
    )
    return found, Finding(Kind.INPUTS, "domain classifier", found.p, found.auc, sentence, DOMAIN_WEIGHT)


def words(reference: Reference, texts: TextTable, groups: np.ndarray) -> tuple[tuple[Movement, ...], Finding]:
    """Find the words whose share differs from training.

    Of a word in fewer than MINIMUM_TEXTS training texts, the reference does not know the number. The largest is taken.
    The finding's p value is that of Simes (1986), the smallest one after the control of false discoveries.
    """
    from scipy.stats import false_discovery_control

    counts = token_counts(texts)
    size = len(reference.words)
    known = np.rint(np.array([reference.word_shares.get(token, 0.0) for token in texts.tokens]) * size)
    having = np.where(known > 0, known, min(MINIMUM_TEXTS - 1, size))
    absent = _absent_words(reference, texts)
    kept = np.flatnonzero([is_word(token) for token in texts.tokens] & (counts > 0) & (counts + having >= FEWEST_TEXTS))
    names = [*texts.tokens[kept], *absent]
    before = np.concatenate([having[kept], [reference.word_shares[name] * size for name in absent]])
    now = np.concatenate([counts[kept], np.zeros(len(absent))])
    inflated = np.concatenate([design_effect_of_shares(texts.holds[:, kept], groups), np.ones(len(absent))])
    p_values = two_shares_p(before, size, now / inflated, len(texts) / inflated)
    adjusted = false_discovery_control(p_values) if len(p_values) else np.ones(1)
    shown = np.concatenate([known[kept], before[len(kept) :]]) / size
    moved = surest(names, shown, now / len(texts), adjusted)
    p = with_few_groups(float(adjusted.min()), effective_groups(groups))
    return moved, Finding(Kind.INPUTS, "words", p, len(moved), _words_sentence(moved), WORDS_WEIGHT)


def _absent_words(reference: Reference, texts: TextTable) -> list[str]:
    """Return the words of training that no text of the traffic has, and that are frequent enough to be tested."""
    present = set(texts.tokens[token_counts(texts) > 0])
    fewest = FEWEST_TEXTS / len(reference.words)
    return [name for name, part in reference.word_shares.items() if part >= fewest and name not in present]


def _words_sentence(moved: tuple[Movement, ...]) -> str:
    if not moved:
        return "No word has moved."
    shown = strongest(moved) or moved[:NAMED]
    named = [f"{movement_name(one)} ({share(one.reference)} to {share(one.current)})" for one in shown]
    if rest := len(moved) - len(shown):
        named.append(f"{rest:,} more")
    return f"The share of texts with these words has moved from training to the traffic: {listed(named)}."


def unknown(reference: Reference, texts: TextTable, groups: np.ndarray) -> tuple[ShareChange, Finding]:
    """Compare the share of words that training does not know with validation, whose texts are new to it as well."""
    from scipy.stats import norm

    totals, counts = unknown_words(texts, reference.word_shares)
    pooled = (counts.sum() + reference.validation_unknown.sum()) / max(
        totals.sum() + reference.validation_words.sum(), 1
    )
    shares: list[float] = []
    variance = 0.0
    for number, of_words in ((reference.validation_unknown, reference.validation_words), (counts, totals)):
        mean = max(float(of_words.mean()), 1e-9)
        residuals = (number - pooled * of_words)[:, None] / mean  # a ratio of two means, linearised
        inflated = design_effect(residuals, groups)[0] if of_words is totals else 1.0
        variance += float(residuals.var()) * inflated / len(residuals)
        shares.append(float(number.mean()) / mean)
    difference = shares[1] - shares[0]
    p = float(2 * norm.sf(abs(difference) / np.sqrt(variance))) if variance > 0 else 1.0
    change = ShareChange("unknown words", shares[0], shares[1], with_few_groups(p, effective_groups(groups)))
    sentence = (
        f"Words in fewer than {MINIMUM_TEXTS} training texts are {share(shares[1])} of the words in the traffic and "
        f"{share(shares[0])} of those in validation."
    )
    return change, Finding(Kind.INPUTS, "unknown words", change.p, difference, sentence, OTHER_WEIGHT)


def length(unit: str, reference: np.ndarray, current: np.ndarray, groups: np.ndarray) -> tuple[LengthShift, Finding]:
    """Compare the lengths of texts, (r,) and (n,). Texts without a known text can be compared, too."""
    from scipy.stats import rankdata

    inflated = float(design_effect(rankdata(current)[:, None], groups)[0])
    found = length_shift(unit, reference, current, inflated)
    p = with_few_groups(found.p, effective_groups(groups))
    sentence = f"The median length is {found.current:.0f} {unit} in the traffic and {found.reference:.0f} in training."
    return found, Finding(Kind.INPUTS, "length", p, found.distance, sentence, OTHER_WEIGHT)


def languages(reference: Reference, texts: TextTable, groups: np.ndarray) -> tuple[LanguageShift, Finding]:
    """Compare the languages of texts. The p value is that of all languages together."""
    before, now = Counter(reference.languages), Counter(texts.languages.tolist())
    found = language_shift(before, now)
    names = sorted({*before, *now})
    indicators = (texts.languages[:, None] == np.array(names, dtype=object)).astype(float)
    inflated = np.average(design_effect(indicators, groups), weights=1 - indicators.mean(axis=0) + 1e-9)
    table = np.array([[before[name] for name in names], [now[name] / inflated for name in names]])
    p = with_few_groups(shares_p(table), effective_groups(groups))
    sentence = (
        f"The texts whose language is recognised are {spoken(found.current)} in the traffic and "
        f"{spoken(found.reference)} in training."
    )
    return found, Finding(Kind.INPUTS, "languages", p, found.distance, sentence, OTHER_WEIGHT)


def surface_features(
    reference: Reference, texts: TextTable, groups: np.ndarray
) -> tuple[tuple[ShareChange, ...], Finding]:
    """Compare the shares of texts with a link, an emoji and so on. The finding's p value is that of Simes (1986)."""
    from scipy.stats import false_discovery_control

    position = {token: column for column, token in enumerate(texts.tokens)}
    columns = np.array([position.get(name, -1) for name in FEATURES])
    present = columns >= 0
    now, inflated = np.zeros(len(FEATURES)), np.ones(len(FEATURES))
    now[present] = token_counts(texts)[columns[present]]
    inflated[present] = design_effect_of_shares(texts.holds[:, columns[present]], groups)
    before, size = np.array([reference.features[name] for name in FEATURES], dtype=float), len(reference.words)
    p_values = two_shares_p(before, size, now / inflated, len(texts) / inflated)
    changes = tuple(
        ShareChange(name, *map(float, values))
        for name, *values in zip(FEATURES, before / size, now / len(texts), p_values, strict=True)
    )
    surest_change = min(changes, key=lambda one: one.p)
    p = with_few_groups(float(false_discovery_control(p_values).min()), effective_groups(groups))
    sentence = (
        f"{share(surest_change.current)} of the texts in the traffic and {share(surest_change.reference)} of those in "
        f"training have {surest_change.name}, the surest difference of a surface feature."
    )
    effect = surest_change.current - surest_change.reference
    return changes, Finding(Kind.INPUTS, "surface features", p, effect, sentence, OTHER_WEIGHT)
