"""Judge a window of traffic: run every test, decide within the budget, and say the result in sentences."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from textlab.evaluation.shift.text_table import TextTable, text_table
from textlab.export.reference import Reference, unknown_words
from textlab.monitoring.budget import Decision, decide
from textlab.monitoring.findings import Finding
from textlab.monitoring.inputs import input_findings
from textlab.monitoring.labelled import RealScore
from textlab.monitoring.look import JudgedFinding, Look, Verdict
from textlab.monitoring.looks import Allowance, Window
from textlab.monitoring.outputs import CLASS_SHARES, OutputShift
from textlab.monitoring.performance import Estimate, estimate_performance
from textlab.monitoring.power import power_of_look
from textlab.monitoring.summary import summary_of, too_few_summary
from textlab.monitoring.timeline import Timeline, prediction_figures, timeline
from textlab.monitoring.traffic import Traffic

FEWEST_PREDICTIONS = 50
UNKNOWN_WORDS = "unknown words"


@dataclass(frozen=True)
class Budget:
    """The false-alarm budget of a look.

    Attributes:
        allowance: what the look may spend.
        full_alpha: what a look at traffic that is all new may spend.
        verdict: that of an earlier look at the same window, which stands; None if there was none.
    """

    allowance: Allowance
    full_alpha: float
    verdict: Verdict | None = None


def too_few(traffic: Traffic) -> bool:
    """Whether the traffic has too few predictions to judge."""
    return len(traffic) < FEWEST_PREDICTIONS


def estimate_of(reference: Reference, traffic: Traffic, outputs: OutputShift, seed: int = 0) -> Estimate:
    """Estimate the scores of a model on traffic, of which `outputs` says how dependent its predictions are."""
    return estimate_performance(
        reference.validation_probabilities,
        reference.validation_labels,
        traffic.probabilities,
        seed,
        effective=outputs.effective,
    )


def judge(
    window: Window,
    reference: Reference,
    traffic: Traffic,
    outputs: OutputShift,
    estimate: Estimate,
    real: tuple[Sequence[RealScore], Sequence[Finding]],
    budget: Budget,
    seed: int = 0,
) -> Look:
    """Judge traffic of at least FEWEST_PREDICTIONS predictions.

    Args:
        window: the champion and the times.
        reference: what it was trained and validated on.
        traffic: the predictions.
        outputs: from `output_findings`.
        estimate: from `estimate_of`.
        real: the scores where labels are known, and the findings that follow from them.
        budget: what the look may spend.
        seed: random seed.
    """
    table = text_table(traffic.texts) if traffic.texts else None
    inputs = input_findings(reference, traffic, seed, table)
    over_time = _timeline(window, reference, traffic, estimate, table, seed)
    findings = [*inputs.findings, *outputs.findings, *over_time.findings(), *real[1]]
    decision = decide(findings, budget.allowance.alpha)
    (shares,) = (finding for finding in outputs.findings if finding.name == CLASS_SHARES)
    power = power_of_look(
        traffic.label_names,
        reference.validation_labels,
        reference.validation_probabilities,
        len(traffic),
        outputs.effective,
        (budget.allowance.alpha or budget.full_alpha) * shares.weight / sum(finding.weight for finding in findings),
    )
    verdict = budget.verdict or (Verdict.DRIFT if decision.alarms else Verdict.QUIET)
    return Look(
        **_identity(window, traffic, budget),
        verdict=verdict,
        summary=summary_of(
            window, verdict, decision, budget.allowance, estimate, real[0], over_time, power, traffic.skipped
        ),
        findings=_judged(decision),
        inputs=inputs,
        outputs=outputs,
        estimate=estimate,
        real_scores=tuple(real[0]),
        timeline=over_time,
        power=power,
    )


def unjudged(window: Window, traffic: Traffic, budget: Budget) -> Look:
    """Return the look at traffic with too few predictions: quiet, unless an earlier look at the window was not."""
    return Look(
        **_identity(window, traffic, budget),
        verdict=budget.verdict or Verdict.TOO_FEW,
        summary=too_few_summary(window, traffic, FEWEST_PREDICTIONS, budget.verdict),
        findings=(),
        inputs=None,
        outputs=None,
        estimate=None,
        real_scores=(),
        timeline=None,
        power=None,
    )


def _identity(window: Window, traffic: Traffic, budget: Budget) -> dict[str, Any]:
    return {
        "name": window.model,
        "version": window.version,
        "label_names": traffic.label_names,
        "since": window.since,
        "until": window.until,
        "made": time.time(),
        "alpha": budget.allowance.alpha,
        "full_alpha": budget.full_alpha,
        "is_repeated": budget.verdict is not None,
        "predictions": len(traffic),
        "callers": len(np.unique(traffic.callers)),
        "texts": len(traffic.texts),
        "skipped": traffic.skipped,
    }


def _judged(decision: Decision) -> tuple[JudgedFinding, ...]:
    alarms = {finding.name for finding in decision.alarms}
    return tuple(
        JudgedFinding(
            str(finding.kind),
            finding.name,
            finding.p,
            finding.effect,
            finding.sentence,
            adjusted,
            finding.name in alarms,
        )
        for finding, adjusted in zip(decision.findings, decision.adjusted, strict=True)
    )


def _timeline(
    window: Window, reference: Reference, traffic: Traffic, estimate: Estimate, table: TextTable | None, seed: int
) -> Timeline:
    figures = prediction_figures(traffic.label_names, traffic.probabilities, estimate.right)
    sampled = {}
    if table is not None:
        words, unknown = unknown_words(table, reference.word_shares)
        sampled[UNKNOWN_WORDS] = traffic.text_rows, unknown / np.maximum(words, 1)
    return timeline(traffic.times, figures, window.since, window.until, sampled, seed)
