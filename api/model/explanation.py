"""The contribution of each word of a text to the score of a class, as a graph answers it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from api.model.engine import EngineError

WORD_OUTPUTS = ("starts", "ends", "contributions")
TEXT_OUTPUTS = ("base", "score")
OUTPUTS = (*WORD_OUTPUTS, *TEXT_OUTPUTS)


@dataclass(frozen=True, eq=False)
class Explanation:
    """The explanation of one text.

    Attributes:
        starts, ends: int32 (words,), the places of each word in the text, in characters (code points).
        contributions: float32 (words,), what each word adds to the score.
        base: the score before any word is read.
        score: the score of the text.
    """

    starts: np.ndarray
    ends: np.ndarray
    contributions: np.ndarray
    base: float
    score: float

    @property
    def remainder(self) -> float:
        """The part of the score that no word has, because an integral is computed in steps."""
        return self.score - self.base - float(self.contributions.sum(dtype=float))


def explanation_of(outputs: Mapping[str, np.ndarray], text: str) -> Explanation:
    """Check the outputs for one text.

    Args:
        outputs: (1, words) for `starts`, `ends` and `contributions`, (1,) for `base` and `score`.
        text: the text.

    Raises:
        EngineError: the words do not follow one another in the text, or a number is not finite.
    """
    starts, ends, contributions = (outputs[name][0] for name in WORD_OUTPUTS)
    kept = starts >= 0
    starts, ends, contributions = starts[kept], ends[kept], contributions[kept]
    base, score = (float(outputs[name][0]) for name in TEXT_OUTPUTS)
    follow = (starts < ends).all() and (ends[:-1] <= starts[1:]).all() and (ends <= len(text)).all()
    if not follow or not np.isfinite([base, score, *contributions]).all():
        raise EngineError("The graph's explanation does not fit the text.")
    return Explanation(starts, ends, contributions, base, score)
