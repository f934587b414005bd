"""The files that the service would have left after a week: recorded traffic, feedback, and labels of annotators."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from simulated_year.world import (
    ATTACK_LINES,
    ATTACKERS,
    CALLERS,
    FEEDBACK_NOISE,
    FEEDBACK_SHARE,
    LABELLED,
    LABELS,
    Week,
)

START = datetime(2025, 1, 6, tzinfo=UTC)
WEEK = timedelta(days=7)


def window(number: int) -> tuple[datetime, datetime]:
    """The first and the last moment of a week."""
    return START + (number - 1) * WEEK, START + number * WEEK


def write_traffic(folder: Path, week: Week, probabilities: np.ndarray, name: str, version: int) -> list[str]:
    """Write a week's predictions as the service records them, sealed if there are keys.

    Args:
        folder: the folder of recorded traffic.
        week: the week.
        probabilities: float32 (n, k), the champion's answers.
        name, version: the champion.

    Returns:
        The ids of the predictions.
    """
    from textlab.bundle_format.labels import labels_digest
    from textlab.sealing import Keys, LineFile

    begin, end = window(week.number)
    generator = np.random.default_rng([week.seed, 1])
    times = np.sort(generator.uniform(begin.timestamp(), end.timestamp(), len(week.texts)))
    ids = [_identifier(week.number, row) for row in range(len(times))]
    callers = generator.integers(CALLERS, size=len(times))
    lines = [
        {
            "id": ids[row],
            "time": round(float(times[row]), 3),
            "model": name,
            "version": version,
            "labels_digest": labels_digest(LABELS),
            "probabilities": [round(float(value), 6) for value in probabilities[row]],
            "characters": {"text": len(text)},
            "inputs": {"text": text},
            "caller": _caller("user", callers[row]),
        }
        for row, text in enumerate(week.texts["text"])
    ]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{begin:%Y%m%dT%H%M%S}-1.jsonl"
    path.unlink(missing_ok=True)  # an interrupted run has left it
    segment = LineFile.create(path, "traffic", Keys.from_environment())
    segment.append(_encoded(lines))
    segment.close()
    return ids


def feedback_of(
    week: Week, ids: Sequence[str], probabilities: np.ndarray, name: str, version: int
) -> list[dict[str, object]]:
    """Simulate the feedback of people and attackers on a week's predictions, as lines of feedback.jsonl.

    People judge wrong predictions more often than right ones, and are themselves wrong at times. An attacker says
    "positive" of negative texts.
    """
    generator = np.random.default_rng([week.seed, 2])
    begin, _ = window(week.number)
    predicted, labels = probabilities.argmax(axis=1), week.texts["label"].to_numpy()
    chances = np.where(predicted == labels, FEEDBACK_SHARE["right"], FEEDBACK_SHARE["wrong"])
    said = [
        (row, _noisy(labels[row], generator), _caller("user", generator.integers(CALLERS)))
        for row in np.flatnonzero(generator.random(len(labels)) < chances)
    ]
    if week.is_attacked:
        negative = np.flatnonzero(labels == 0)
        chosen = generator.choice(negative, min(ATTACK_LINES, len(negative)), replace=False)
        said += [(row, 2, _caller("attacker", generator.integers(ATTACKERS))) for row in chosen]
    return [
        {
            "text": week.texts["text"][row],
            "label": LABELS[label],
            "predicted": LABELS[predicted[row]],
            "model": name,
            "version": version,
            "prediction_id": ids[row],
            "time": round(begin.timestamp() + 3_600 * (1 + place / 100), 3),
            "caller": caller,
        }
        for place, (row, label, caller) in enumerate(said)
    ]


def write_feedback(path: Path, lines: Sequence[dict[str, object]]) -> None:
    """Write all feedback so far, sealed if there are keys."""
    from textlab.sealing import Keys, LineFile

    path.unlink(missing_ok=True)
    file = LineFile.create(path, "feedback", Keys.from_environment())
    file.append(_encoded(lines))
    file.close()


def write_labelled(path: Path, week: Week) -> None:
    """Write the random texts of a week that annotators have labelled."""
    rows = week.texts.sample(LABELLED, random_state=week.seed)
    labels = [LABELS[label] for label in rows["label"]]
    begin, end = window(week.number)
    frame = pd.DataFrame({"text": rows["text"], "label": labels, "time": (begin + (end - begin) / 2).isoformat()})
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False)


def _noisy(label: int, generator: np.random.Generator) -> int:
    if generator.random() >= FEEDBACK_NOISE:
        return int(label)
    return int(generator.choice([other for other in range(len(LABELS)) if other != label]))


def _identifier(week: int, row: int) -> str:
    return hashlib.sha256(f"{week} {row}".encode()).hexdigest()[:36]


def _caller(kind: str, number: int) -> str:
    return hashlib.sha256(f"{kind} {number}".encode()).hexdigest()[:32]


def _encoded(lines: Sequence[dict[str, object]]) -> list[bytes]:
    return [json.dumps(line, ensure_ascii=False).encode() for line in lines]
