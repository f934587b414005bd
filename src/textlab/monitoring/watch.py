"""Look at the recorded traffic of a champion: read, judge, and write page, JSON, gauges and event."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from textlab.bundle_format.labels import read_labels
from textlab.bundle_format.manifest import verify_manifest
from textlab.bundle_format.signature import read_signature
from textlab.export.reference import Reference
from textlab.export.reference_file import read_reference
from textlab.monitoring import judgements, labelled
from textlab.monitoring.findings import Finding
from textlab.monitoring.gauges import write_gauges
from textlab.monitoring.judging import Budget, estimate_of, judge, too_few, unjudged
from textlab.monitoring.look import Look, Verdict
from textlab.monitoring.looks import Allowance, LookHistory, Window
from textlab.monitoring.outputs import output_findings
from textlab.monitoring.page import write_page
from textlab.monitoring.performance import Estimate
from textlab.monitoring.telemetry import send_event
from textlab.monitoring.traffic import Traffic, read_traffic
from textlab.paths import MODELS, REPORTS, replacing
from textlab.promotion.catalog import check_name, promoted_classifier
from textlab.sealing import Keys

logger = logging.getLogger(__name__)

LOOK, GAUGES, HISTORY = "look.json", "gauges.prom", "looks.jsonl"
Stage = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class Watch:
    """The traffic of a look, and the place of its result.

    Attributes:
        name: the champion's name.
        since, until: the window, in seconds since 1970.
        traffic: the folder of recorded traffic.
        feedback: the file of feedback, None for none.
        labelled: a file of newly labelled examples, None for none.
        output: the folder for page, JSON, gauges and the history of looks.
        alpha: the false-alarm budget of a look.
    """

    name: str
    since: float
    until: float
    traffic: Path
    feedback: Path | None
    labelled: Path | None
    output: Path
    alpha: float


def default_output(name: str) -> Path:
    """Return the folder for the looks at a model."""
    check_name(name)
    return REPORTS / "monitoring" / name


def take_look(watch: Watch, stage: Stage, show_progress: bool = False) -> Look:
    """Judge the traffic of a window, write the result, and return it.

    Outputs appear one by one, each complete. If another look at the model is running, this one waits for it.

    Args:
        watch: what to look at.
        stage: returns a context for each stage, given its name in words.
        show_progress: whether to show a progress bar while traffic is read.

    Raises:
        SealError: recorded data was changed, or its key is missing or another one.
        ValueError, OSError: the champion has no reference, or an input is missing or broken.
        TimeoutError: another look has been running for too long.
    """
    if not 0 < watch.alpha < 1:
        raise ValueError(f"--alpha {watch.alpha} is not a share. Choose one between 0 and 1, such as 0.05.")
    if watch.feedback is not None and not watch.feedback.is_file():
        raise ValueError(f"There is no file {watch.feedback}. Name a file of feedback, or leave --feedback out.")
    folder = promoted_classifier(MODELS, watch.name)
    verify_manifest(folder)
    reference, keys = read_reference(folder), Keys.from_environment()
    window = Window(watch.name, int(folder.name), watch.since, watch.until)
    history = LookHistory(watch.output / HISTORY)
    with history.locked():
        with stage("Reading traffic"):
            traffic = read_traffic(
                watch.traffic,
                watch.name,
                window.version,
                read_labels(folder),
                watch.since,
                watch.until,
                keys,
                show_progress,
            )
        budget = _budget(history, window, traffic, watch.alpha)
        if too_few(traffic):
            look = unjudged(window, traffic, budget)
        else:
            with stage("Estimating accuracy"):
                outputs = output_findings(reference, traffic)
                estimate = estimate_of(reference, traffic, outputs)
                real = _real(watch, folder, reference, traffic, estimate, keys)
            with stage("Comparing traffic with training and validation"):
                look = judge(window, reference, traffic, outputs, estimate, real, budget)
            if not look.is_repeated:
                history.record(window, budget.allowance, answer_of(look))
        write_outputs(look, watch.output)
    _send(look)
    return look


def answer_of(look: Look) -> dict[str, object]:
    """Return the result in short, as JSON for machines."""
    accuracy = look.estimate.accuracy if look.estimate else None
    return {
        "name": look.name,
        "version": look.version,
        "verdict": str(look.verdict),
        "drift": look.is_drift,
        "since": look.since,
        "until": look.until,
        "predictions": look.predictions,
        "alarms": look.alarms,
        "changed": look.change.time if look.change else None,
        "estimated_accuracy": [accuracy.value, accuracy.low, accuracy.high] if accuracy else None,
    }


def write_outputs(look: Look, folder: Path) -> None:
    """Write JSON, page and gauges; each replaces an older one in one step."""
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / LOOK) as partial:
        partial.write_text(look.to_json() + "\n", encoding="utf-8")
    write_page(look, folder)
    write_gauges(look, folder / GAUGES)


def _budget(history: LookHistory, window: Window, traffic: Traffic, alpha: float) -> Budget:
    """Return what a look may spend. A repeated look gets what the first one had, and its verdict."""
    if (recorded := history.recorded(window)) is not None:
        allowance = Allowance(recorded.alpha, recorded.new_share)
        return Budget(allowance, alpha, Verdict(recorded.answer["verdict"]))
    return Budget(history.allowance(window, traffic.times, alpha), alpha)


def _real(
    watch: Watch, folder: Path, reference: Reference, traffic: Traffic, estimate: Estimate, keys: Keys | None
) -> tuple[list[labelled.RealScore], list[Finding]]:
    """Score the model where labels are known, and test for a fall."""
    scores: list[labelled.RealScore | None] = []
    findings: list[Finding | None] = []
    classes = len(traffic.label_names)
    if watch.feedback is not None:
        now, before = judgements.read_feedback(
            watch.feedback, traffic, int(folder.name), watch.since, estimate.right, keys
        )
        scores.append(labelled.real_score("feedback", now, classes))
        findings.append(labelled.feedback_finding(now, before))
    if watch.labelled is not None:

        def predict(examples: pd.DataFrame) -> np.ndarray:
            from textlab.export.bundle import Bundle

            return Bundle(folder).predict_proba(examples)

        inputs = read_signature(folder).input_names
        judged = judgements.read_labelled(watch.labelled, traffic, predict, inputs, estimate.right)
        right = reference.validation_probabilities.argmax(axis=1) == reference.validation_labels
        scores.append(labelled.real_score(watch.labelled.name, judged, classes))
        findings.append(labelled.file_finding(watch.labelled.name, judged, int(right.sum()), len(right)))
    return [score for score in scores if score], [finding for finding in findings if finding]


def _send(look: Look) -> None:
    """Send the event. A look is valid without it, so trouble is only logged."""
    try:
        send_event(look)
    except ValueError as error:
        logger.warning("No event was sent to Application Insights. %s", error)
