"""A finding: one test of whether something has moved, with its p value and a sentence for people."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The subject of a finding."""

    INPUTS = "inputs"
    OUTPUTS = "outputs"
    LABELS = "labels"
    PERFORMANCE = "performance"
    TIME = "time"


@dataclass(frozen=True)
class Finding:
    """The result of one test.

    Attributes:
        kind: what the finding is about.
        name: the test's name, such as "domain classifier". Unique in a look.
        p: a valid p value: without a shift, it is below any x with a probability of at most x.
        effect: the size of the difference, in the test's own unit.
        sentence: the finding in one sentence, whether it is an alarm or not.
        weight: the test's share of the false-alarm budget, relative to the weights of the other tests.
    """

    kind: Kind
    name: str
    p: float
    effect: float
    sentence: str
    weight: float = 1

    def __post_init__(self) -> None:
        if not 0 <= self.p <= 1 or not self.weight > 0:
            raise ValueError(
                f"The finding '{self.name}' has the p value {self.p} and the weight {self.weight}. A p value lies "
                "between 0 and 1, and a weight is positive."
            )
