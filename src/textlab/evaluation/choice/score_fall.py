"""The fall of scores from validation to test, as a concern."""

from collections.abc import Sequence

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.choice.wording import metric_text, p_text, points
from textlab.evaluation.statistics.comparison import Comparison
from textlab.evaluation.statistics.falls import Fall, score_fall

MATERIAL = 0.05  # a smaller fall rarely changes a decision
SIGNIFICANT = 0.001  # each report tests one fall, and a false alarm costs trust
SHIFTS = (  # the likely causes of a fall, the most likely first
    *(ConcernKind.SPLIT_SHIFT, ConcernKind.LANGUAGE_SHIFT, ConcernKind.LABEL_CONFLICT, ConcernKind.CLASS_SHIFT),
    ConcernKind.TIME_ORDER,
)


def mean_fall(validation: Comparison, test: Comparison, least_error: float = 0.0) -> Fall:
    """Compare the mean score of all runs on validation with that on test.

    A single run that was chosen on validation scores lower on test, because the best of many scores is partly luck. The
    mean over all runs is not chosen, so its fall has another cause.

    Args:
        validation, test: the same runs on each split.
        least_error: the smallest standard error to assume, see `falls.score_fall`.

    Raises:
        ValueError: a comparison lacks its bootstrap.
    """
    if validation.scored is None or test.scored is None:
        raise ValueError("A comparison has no bootstrap. Make both with statistics.comparison.compare.")
    return score_fall(validation.scored.mean(), test.scored.mean(), least_error)


def fall_concern(
    champion: str, validation: Comparison, test: Comparison, mean: Fall, shifts: Sequence[Concern] = ()
) -> Concern | None:
    """Describe the fall of scores; None if sampling explains it.

    The concern is serious if the champion falls by at least five points as well.

    Args:
        champion: the champion's name.
        validation, test: the same runs on each split.
        mean: the fall of the mean over the runs, from `mean_fall`.
        shifts: concerns about the data; the text refers to those of `SHIFTS`.
    """
    before, after = (float(each.intervals.to_dict("index")[champion][test.metric]) for each in (validation, test))
    if mean.difference <= 0 or mean.p >= SIGNIFICANT or before <= after:
        return None
    low, high = (100 * end for end in mean.interval)
    interval = f"95% interval {low:.1f} to {high:.1f}, {p_text(mean.p)}"
    runs = len(test.intervals)
    name = metric_text(test.metric)
    finding = f"From validation to test, the {name} of {champion} falls from {100 * before:.1f} to {100 * after:.1f}"
    if runs == 1:
        finding += f", by {points(before - after)} ({interval})."
    else:
        finding += f". The mean over all {runs} runs falls by {points(mean.difference)} ({interval})."
    finding += f" Sampling explains at most {points(mean.explained)}."
    return Concern(ConcernKind.SCORE_FALL, finding, _advice(shifts, test.noun), is_serious=before - after >= MATERIAL)


def _advice(shifts: Sequence[Concern], noun: str) -> str:
    kinds = [kind for kind in SHIFTS if any(concern.kind is kind for concern in shifts)]
    cause = f"This report names a likely cause: {kinds[0]}. " if kinds else ""
    condition = f"validation and test {noun} come from the same source"
    if kinds[:1] == [ConcernKind.LABEL_CONFLICT]:
        condition = "all splits are labelled by the same rules"
    return f"{cause}Trust neither score for new {noun} until {condition}."
