"""The result of a look in sentences."""

from collections.abc import Sequence

from textlab.monitoring.budget import Decision
from textlab.monitoring.labelled import RealScore
from textlab.monitoring.look import Verdict
from textlab.monitoring.looks import Allowance, Window
from textlab.monitoring.performance import Estimate
from textlab.monitoring.power import Power
from textlab.monitoring.score import score_text
from textlab.monitoring.timeline import CHANGE, Timeline, moment
from textlab.monitoring.traffic import Traffic
from textlab.wording import counted, listed


def summary_of(
    window: Window,
    verdict: Verdict,
    decision: Decision,
    allowance: Allowance,
    estimate: Estimate,
    real_scores: Sequence[RealScore],
    over_time: Timeline,
    power: Power,
    skipped: dict[str, int],
) -> tuple[str, ...]:
    """Say what moved, since when, how good the model is now, and what the look would have found."""
    alarms = decision.alarms
    sentences = [_verdict_sentence(verdict, len(alarms), len(decision.findings))]
    sentences += [finding.sentence for finding in alarms]
    if alarms and CHANGE not in {finding.name for finding in alarms}:
        sentences.append(_older_sentence(window, over_time))
    if not allowance.alpha:
        sentences.append("Earlier looks have judged all of this traffic, so this look raises no new alarm.")
    sentences.append(_estimate_sentence(estimate))
    sentences += [_real_sentence(score) for score in real_scores]
    sentences.append(power.sentence)
    if skipped:
        sentences.append(_skipped_sentence(skipped))
    return tuple(sentences)


def too_few_summary(window: Window, traffic: Traffic, fewest: int, earlier: Verdict | None) -> tuple[str, ...]:
    """Say that there are too few predictions, why that may be, and what an earlier look at the window said."""
    number = {0: "no prediction was", 1: "1 prediction was"}.get(len(traffic), f"{len(traffic):,} predictions were")
    sentences = [_earlier_sentence(earlier)] if earlier else []
    sentences += [
        f"Too few predictions to judge: {number} recorded for {window.model} version {window.version} from "
        f"{moment(window.since)} to {moment(window.until)} UTC, and a look needs {fewest}."
    ]
    if traffic.skipped:
        sentences.append(_skipped_sentence(traffic.skipped))
    else:
        sentences.append("Choose a longer window with --since, or record more with TEXTLAB_API_RECORD.")
    return tuple(sentences)


def _verdict_sentence(verdict: Verdict, alarms: int, tests: int) -> str:
    if (verdict is Verdict.DRIFT) != (alarms > 0):
        return _earlier_sentence(verdict)
    if alarms:
        return f"Drift: {alarms} of {tests} tests raised an alarm."
    return f"Quiet: none of {tests} tests raised an alarm."


def _skipped_sentence(skipped: dict[str, int]) -> str:
    lines = listed([f"{reason} ({counted(count, 'line')})" for reason, count in skipped.items()])
    return f"Other lines were not used: {lines}."


def _earlier_sentence(verdict: Verdict) -> str:
    return f"An earlier look at this window said: {verdict}. That stands, although recorded traffic has changed since."


def _older_sentence(window: Window, over_time: Timeline) -> str:
    if over_time.change is None:
        return "The window is too short to say since when. Give a longer one with --since."
    return (
        f"No change was found within the window, so the shift may be older than {moment(window.since)} UTC. Give an "
        "earlier --since to look for its start."
    )


def _estimate_sentence(estimate: Estimate) -> str:
    estimated = f"Estimated accuracy is {score_text(estimate.accuracy)}; on validation it was "
    estimated += f"{100 * estimate.validation_accuracy:.1f}%."
    return " ".join(filter(None, [estimated, estimate.doubt, estimate.blind_spot]))


def _real_sentence(score: RealScore) -> str:
    sentence = f"Accuracy on the {score.examples:,} examples of {score.source} is {score_text(score.accuracy)}."
    return f"{sentence} {score.caveat}".strip()
