"""A realistic look: a week of traffic of a three-class model, in which negatives rise on the fifth day."""

from dataclasses import replace
from functools import cache

import numpy as np

from textlab.monitoring.judgements import Judgements
from textlab.monitoring.labelled import real_score
from textlab.monitoring.look import JudgedFinding, Look, Verdict
from textlab.monitoring.performance import estimate_performance
from textlab.monitoring.power import power_of_look
from textlab.monitoring.timeline import DAY, prediction_figures, timeline

LABELS = ("negative", "neutral", "positive")
SINCE = 20_420 * DAY
UNTIL = SINCE + 7 * DAY
BEFORE, AFTER = (0.32, 0.48, 0.20), (0.50, 0.36, 0.14)


def answers(labels, seed):
    """The probabilities of a model that is right about two times in three: float32 (n, 3)."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(len(labels), 3)) + 1.5 * np.eye(3)[labels]
    exponentials = np.exp(1.3 * logits)
    return (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)


def week(count=2_000, seed=0):
    """The times (n,), labels (n,) and probabilities (n, 3) of a week of traffic."""
    rng = np.random.default_rng(seed)
    times = np.sort(SINCE + rng.random(count) * 7 * DAY)
    late = times > SINCE + 4 * DAY
    labels = np.where(late, rng.choice(3, count, p=AFTER), rng.choice(3, count, p=BEFORE))
    return times, labels, answers(labels, seed + 1)


def validation(count=1_000, seed=7):
    """The labels (v,) and probabilities (v, 3) of a validation split."""
    labels = np.random.default_rng(seed).choice(3, count, p=BEFORE)
    return labels, answers(labels, seed + 1)


def example_look(**changes):
    """A look that finds drift. Keyword arguments replace its fields."""
    return replace(_example(), **changes)


@cache
def _example():
    times, labels, probabilities = week()
    validation_labels, validation_probabilities = validation()
    estimate = estimate_performance(validation_probabilities, validation_labels, probabilities)
    over_time = timeline(times, prediction_figures(LABELS, probabilities, estimate.right), SINCE, UNTIL)
    power = power_of_look(LABELS, validation_labels, validation_probabilities, len(times), 0.9 * len(times), 0.02)
    rng = np.random.default_rng(3)
    judged = rng.choice(len(times), 150, replace=False)
    feedback = Judgements(
        labels[judged],
        probabilities[judged].argmax(axis=1),
        np.array([f"{caller:016x}" for caller in rng.integers(25, size=150)]),
        estimate.right[judged],
        {"another model or version": 12},
    )
    (change,) = over_time.findings()
    shares = "The share of negative rose from 34% on validation to 43%."
    findings = (
        JudgedFinding("outputs", "class shares", 2e-7, 0.11, shares, 1e-6, True),
        JudgedFinding("time", change.name, change.p, change.effect, change.sentence, 0.0025, True),
        JudgedFinding("outputs", "confidence", 0.4, 0.01, "Confidence is what it was on validation.", 0.8, False),
    )
    return Look(
        name="sentiment",
        version=3,
        label_names=LABELS,
        since=SINCE,
        until=UNTIL,
        made=UNTIL + 60,
        alpha=0.05,
        full_alpha=0.05,
        is_repeated=False,
        predictions=len(times),
        callers=140,
        texts=0,
        skipped={"another version": 31, "a broken line": 1},
        verdict=Verdict.DRIFT,
        summary=(shares, change.sentence),
        findings=findings,
        inputs=None,
        outputs=None,
        estimate=estimate,
        real_scores=(real_score("feedback", feedback, 3),),
        timeline=over_time,
        power=power,
    )
