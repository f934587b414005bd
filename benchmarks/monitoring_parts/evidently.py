"""Evidently on the same looks, in an environment of its own, because it needs an older pandas.

Its default tests depend on the size of the reference. Up to 1,000 rows, it compares the classifier of texts with a
bootstrap, which takes much longer; so the benchmark measures fewer of these looks.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table
from servers.environments import environment
from tqdm.auto import tqdm

from monitoring_parts.cases import NO_SHIFT, SHIFTS, Case
from monitoring_parts.corpus import Corpus
from monitoring_parts.moved import interval, percent
from monitoring_parts.results import Results

PART = "evidently, {:,} training texts"
PACKAGES = ["evidently==0.7.23", "pandas<3"]
PROGRAM = Path(__file__).parent / "programs" / "evidently_program.py"
CASES = ((NO_SHIFT, 100), (NO_SHIFT, 1_000), (SHIFTS[0], 1_000), (SHIFTS[1], 1_000), (SHIFTS[3], 1_000))
REFERENCES = {5_000: 1.0, 1_000: 0.2}  # training texts, and the share of the looks that is measured
COLUMNS = ("text", "prediction")
Look = tuple[int, Case, int, int]  # training texts, case, texts, number of the look


def compare(corpus: Corpus, results: Results, looks: int) -> Table:
    """Count the looks in which Evidently finds that a column has moved."""
    counts = {size: max(1, round(looks * share)) for size, share in REFERENCES.items()}
    wanted = [
        (reference, case, size, look)
        for reference, count in counts.items()
        for look in range(count)
        for case, size in CASES
        if (PART.format(reference), case.name, size, look) not in results
    ]
    if wanted:
        answers = _answers(environment("evidently", PACKAGES), corpus, wanted)
        for (reference, case, size, look), found in zip(wanted, answers, strict=True):
            results.add(PART.format(reference), case.name, size, look, **found)
    table = Table("training texts", "case", "texts", "looks", *(f"{column} moved" for column in COLUMNS), "intervals")
    for reference, count in counts.items():
        for case, size in CASES:
            rows = list(results.of(PART.format(reference), case.name, size, count))
            moved = [sum(row[column] for row in rows) for column in COLUMNS]
            shares = (percent(number / len(rows)) for number in moved)
            intervals = ", ".join(interval(number, len(rows)) for number in moved)
            table.add_row(f"{reference:,}", case.name, f"{size:,}", f"{len(rows):,}", *shares, intervals)
    return table


def _answers(python: Path, corpus: Corpus, wanted: list[Look]) -> Iterator[dict[str, Any]]:
    """Give the program one look a line, and read one answer a line."""
    command = [str(python), str(PROGRAM)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for look in tqdm(wanted, desc="Evidently"):
            program.stdin.write(json.dumps(_columns(corpus, *look)) + "\n")
            program.stdin.flush()
            yield json.loads(program.stdout.readline())
        program.stdin.close()


def _columns(corpus: Corpus, reference: int, case: Case, size: int, look: int) -> dict[str, Any]:
    """Return the texts and predicted classes of the traffic and of training texts."""
    draw = corpus.draw(look)
    parts = {"reference": draw.training[:reference], "current": case.rows(corpus, draw, size, look)}
    return {
        name: {"text": corpus.texts[rows].tolist(), "prediction": _predicted(corpus, rows)}
        for name, rows in parts.items()
    }


def _predicted(corpus: Corpus, rows: np.ndarray) -> list[str]:
    return [corpus.label_names[index] for index in corpus.probabilities[rows].argmax(axis=1)]
