"""The gain of each input: a model that reads more inputs, beside models that read only some of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import pandas as pd

from textlab.evaluation.choice.wording import p_text, points
from textlab.evaluation.statistics.power import POWER
from textlab.evaluation.statistics.significance import SIGNIFICANCE, holm
from textlab.inputs import plural_of
from textlab.report.comparisons import ComparedRuns
from textlab.report.entries import Entry
from textlab.wording import listed


@dataclass(frozen=True)
class InputGain:
    """The difference between the best model of a set of inputs and the best model of a part of them, on test.

    Attributes:
        larger, smaller: the names of the two runs.
        added: the inputs that only the larger set holds.
        inputs: the inputs of the smaller set.
        difference: the score of the larger set's model minus that of the smaller set's.
        low, high: the ends of its interval.
        p, p_holm: of the paired bootstrap test, and corrected for the number of gains.
        detectable: the true difference that would be detected 80 % of the time.
        seeds: the number of seeds of the model that has fewer.
        mean_difference: the difference of the two models' mean scores over their seeds.
    """

    larger: str
    smaller: str
    added: tuple[str, ...]
    inputs: tuple[str, ...]
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    detectable: float
    seeds: int
    mean_difference: float

    @property
    def is_significant(self) -> bool:
        """True if the difference is significant and has the same sign in the mean over seeds."""
        return self.p_holm < SIGNIFICANCE and self.difference * self.mean_difference > 0

    @property
    def sentence(self) -> str:
        """The difference in a sentence that claims nothing that was not shown."""
        added, base = _begun(plurals(self.added)), f"{plurals(self.inputs)} alone"
        interval = f"{100 * self.low:.1f} to {100 * self.high:.1f}".replace("-", "−")
        if self.is_significant and self.difference > 0:
            return f"{added} add {points(self.difference)} ({interval}) to {base}."
        if self.is_significant:
            lower = points(-self.difference)
            return f"{added} add nothing to {base}: the score with them is {lower} lower ({interval})."
        if self.p_holm < SIGNIFICANCE:
            means = f"the means over seeds by {signed(self.mean_difference)}"
            differ = f"the two runs differ by {signed(self.difference)} points, but {means}"
            return f"{added} show no measurable gain over {base}: {differ}."
        if self.low != self.low:
            return f"{added} show no measurable gain over {base}: both runs have the same score on every resample."
        power = f"A gain of {points(self.detectable)} would be detected {100 * POWER:.0f}% of the time."
        measured = f"{signed(self.difference)} points ({interval}), {p_text(self.p_holm)}"
        return f"{added} show no measurable gain over {base}: {measured}. {power}"


def plurals(inputs: Sequence[str]) -> str:
    """Return the words for the values of several inputs: "texts and pictures"."""
    return listed([plural_of(name) for name in inputs])


def _begun(words: str) -> str:
    return words[0].upper() + words[1:]


def signed(difference: float) -> str:
    """Write a difference in hundredths with its sign."""
    return f"{100 * difference:+.1f}".replace("-", "−")


def input_gains(found: ComparedRuns) -> list[InputGain]:
    """Compare the best model of each set of inputs with the best of each set that is a part of it.

    The models are chosen on validation. Their differences on test are those of `ComparedRuns.comparison`; Holm's method
    corrects them for the number of gains. If a model has several seeds, a gain must also hold in the mean over them,
    because a test of two trained models cannot tell the inputs from a lucky seed.
    """
    pairs = [
        (larger, smaller)
        for inputs, larger in found.best_by_inputs.items()
        for part, smaller in found.best_by_inputs.items()
        if part < inputs
    ]
    gains = [_gain(found, larger, smaller) for larger, smaller in pairs]
    corrected = holm(pd.Series([gain.p for gain in gains], dtype=float))
    return [replace(gain, p_holm=float(p)) for gain, p in zip(gains, corrected, strict=True)]


def gain_table(gains: Sequence[InputGain]) -> pd.DataFrame:
    """Return a row per gain: its fields, with inputs joined by commas, and its sentence."""
    rows = [asdict(gain) | {"sentence": gain.sentence} for gain in gains]
    joined = {name: [",".join(row[name]) for row in rows] for name in ("added", "inputs")}
    return pd.DataFrame(rows).assign(**joined)


def _gain(found: ComparedRuns, larger: Entry, smaller: Entry) -> InputGain:
    pair = found.comparison.pair(larger.name, smaller.name)
    is_better = pair["better"] == larger.name
    low, high = (pair["low"], pair["high"]) if is_better else (-pair["high"], -pair["low"])
    scores = [found.scores_by_seed[entry.model] for entry in (larger, smaller)]
    means = [_mean(of_model) for of_model in scores]
    return InputGain(
        larger=larger.name,
        smaller=smaller.name,
        added=tuple(name for name in larger.run.inputs if name not in smaller.run.inputs),
        inputs=smaller.run.inputs,
        difference=pair["difference"] if is_better else -pair["difference"],
        low=low,
        high=high,
        p=pair["p"],
        p_holm=pair["p"],
        detectable=pair["detectable"],
        seeds=min(map(len, scores)),
        mean_difference=means[0] - means[1],
    )


def _mean(scores: Mapping[int, float]) -> float:
    return sum(scores.values()) / len(scores)
