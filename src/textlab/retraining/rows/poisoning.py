"""Find feedback that was given to harm the model: labels that the champion's honest mistakes do not explain.

One correction proves nothing, since users err as well. The evidence (see `evidence`) adds up over rows that belong
together:

patterns  rows of one caller, day or hour, with the same label, or with the same words and label
callers   each remaining caller is honest or not; the share of those who are not is estimated from all of them (EM)

If all is honest, a likelihood ratio has the mean 1, so it exceeds K / ALPHA with a probability of at most ALPHA / K
(Markov's inequality). With K patterns, an honest one is held with a probability of at most ALPHA. Each kind of pattern
has the same part of ALPHA, since there are few callers and hours beside thousands of words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from textlab.data.dataset import Dataset
from textlab.data.preparation import Reason
from textlab.evaluation.leaks.clues import clue_matrix
from textlab.evaluation.shift.sample import texts_of
from textlab.inputs import worded
from textlab.retraining.rows.champion import Champion
from textlab.retraining.rows.evidence import learn_evidence, margins_of, posterior, share_of_attack
from textlab.retraining.rows.verdicts import Verdicts

ALPHA = 0.05  # probability that a pattern of honest rows is held
FEWEST = 5  # corrections that make a pattern
MOSTLY = 0.8  # share of attacks in a pattern above which all its rows are held: few rows with a trigger suffice
KNOWN_HONEST = 5  # honest callers that are assumed beside those that are seen
MOST_PATTERNS = 200  # patterns that are held one after the other
CONTRADICT = "contradict the champion where it is sure, more than its own mistakes explain."


@dataclass(frozen=True, eq=False)
class Pattern:
    """Rows that may belong together.

    Attributes:
        title: completes "rows ...".
        places: the places of the rows.
        threshold: the log likelihood ratio that makes the pattern suspicious.
    """

    title: str
    places: np.ndarray
    threshold: float


def check_poisoning(verdicts: Verdicts, base: Dataset, champion: Champion) -> None:
    """Hold the rows in use that look like an attack. Adds the columns `p_<class>` to the frame."""
    frame = verdicts.frame
    names = list(base.label_names)
    frame[[f"p_{name}" for name in names]] = np.nan
    shown = np.flatnonzero(verdicts.in_use | frame["is_held"])
    if not len(shown):
        return
    frame.loc[shown, [f"p_{name}" for name in names]] = champion.predict_proba(frame.iloc[shown][list(base.inputs)])
    rows = np.flatnonzero(verdicts.in_use)
    if not len(rows):
        return
    probabilities = frame.iloc[rows][[f"p_{name}" for name in names]].to_numpy(dtype=float)
    labels = frame["label"].iloc[rows].map({name: number for number, name in enumerate(names)}).to_numpy(dtype=int)
    margins = margins_of(probabilities, labels)
    scores = np.where(margins > 0, learn_evidence(base, champion)(margins, labels), 0.0)
    scores[verdicts.is_released[rows]] = 0.0  # a person vouches for these rows
    callers = frame["caller"].iloc[rows].where(frame["caller"].iloc[rows] != "", frame["origin"].iloc[rows])
    patterns = _patterns(frame.iloc[rows].assign(caller=callers), margins > 0, worded(base.inputs))
    _hold_patterns(verdicts, rows, scores, margins > 0, patterns)
    _hold_callers(verdicts, rows, scores, callers.to_numpy())


def _hold_callers(verdicts: Verdicts, rows: np.ndarray, scores: np.ndarray, callers: np.ndarray) -> None:
    """Hold the rows of callers who are more likely dishonest than honest."""
    in_use = verdicts.in_use[rows]
    rows, callers = rows[in_use], callers[in_use]
    of_caller = pd.Series(scores[in_use]).groupby(callers).sum()
    chances = posterior(of_caller.to_numpy(), share_of_attack(of_caller.to_numpy(), KNOWN_HONEST))
    is_held = pd.Series(chances, of_caller.index).reindex(callers).to_numpy() > 0.5
    why = f"The labels of the caller {CONTRADICT}"
    _hold(verdicts, rows[is_held], why)


def _hold(verdicts: Verdicts, rows: np.ndarray, why: str) -> None:
    verdicts.hold(verdicts.mask(rows), Reason.POISONING, why)


def _hold_patterns(
    verdicts: Verdicts, rows: np.ndarray, scores: np.ndarray, is_correction: np.ndarray, patterns: Sequence[Pattern]
) -> None:
    """Hold the rows of the most suspicious pattern, and look again at what is left, until no pattern is suspicious."""
    for _ in range(MOST_PATTERNS):
        in_use = verdicts.in_use[rows] & ~verdicts.is_released[rows]
        usable = in_use & is_correction
        share = share_of_attack(scores[usable])
        against = scores - np.log(share * np.exp(scores) + 1 - share)  # an attack against what the rest looks like
        excess = [float(against[each.places[usable[each.places]]].sum()) - each.threshold for each in patterns]
        if not excess or max(excess) < 0:
            return
        worst = patterns[int(np.argmax(excess))]
        share = share_of_attack(scores[worst.places[usable[worst.places]]])
        places = worst.places[in_use[worst.places]]
        is_held = (posterior(scores[places], share) > 0.5) | (share > MOSTLY)
        if not is_held.any():
            return
        _hold(verdicts, rows[places[is_held]], f"Rows {worst.title} {CONTRADICT}")


def _patterns(frame: pd.DataFrame, is_correction: np.ndarray, with_words: Sequence[str]) -> list[Pattern]:
    """Return the patterns with at least `FEWEST` corrections."""
    times = frame["time"]
    keys = {
        "of the caller {}": frame["caller"],
        "with the label '{}'": frame["label"],
        "of the day {:%Y-%m-%d}": times.dt.floor("D"),
        "of the hour from {:%Y-%m-%d %H:%M}": times.dt.floor("h"),
    }
    places = pd.Series(np.arange(len(frame)))
    kinds = [
        [(title.format(value), found.to_numpy()) for value, found in places.groupby(key.to_numpy())]
        for title, key in keys.items()
    ]
    kinds.append([*_words(frame, with_words)] if with_words and len(frame) >= FEWEST else [])
    found = []
    for kind in kinds:
        counted = [(title, rows) for title, rows in kind if is_correction[rows].sum() >= FEWEST]
        threshold = float(np.log(len(kinds) * max(len(counted), 1) / ALPHA))
        found += [Pattern(title, rows, threshold) for title, rows in counted]
    return found


def _words(frame: pd.DataFrame, with_words: Sequence[str]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the rows with the same clue and label, with a title that completes "rows ..."."""
    clues, matrix = clue_matrix(texts_of(frame, with_words), FEWEST)
    labels = frame["label"].to_numpy()
    for column, clue in enumerate(clues):
        places = np.sort(matrix.indices[matrix.indptr[column] : matrix.indptr[column + 1]])
        for label in np.unique(labels[places]):
            yield f"with {clue} and the label '{label}'", places[labels[places] == label]
