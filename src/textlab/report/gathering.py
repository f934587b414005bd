"""Gather the findings about runs, as the runs' task computes them."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from textlab.evaluation.tasks import tasks
from textlab.record import Run
from textlab.report.entries import comparable_entries
from textlab.report.findings import Findings


def gather(runs: Sequence[Run], primary: str, shown: int = 7, decision: Mapping[str, Any] | None = None) -> Findings:
    """Read the predictions of runs; a sentence explains each run that cannot be compared.

    Args:
        runs: from `record.runs` or `record.get_runs`.
        primary: the primary metric, which decides on validation.
        shown: maximum number of models in a figure, the best on validation first.
        decision: the grid's key `decision`: what decisions should achieve.

    Returns:
        The findings of the runs' task, see `findings_class`.

    Raises:
        ValueError: no run can be compared, their task has no report, or `decision` does not fit their classes.
    """
    entries, left_out = comparable_entries(runs)
    return findings_class(entries[0].run.task)(runs, primary, entries, left_out, shown, decision)


def findings_class(task: str) -> type[Findings]:
    """Return the findings of a task: `FINDINGS` in the module `textlab.report.<task>.findings`.

    Raises:
        ValueError: the task is unknown.
    """
    if task not in tasks():
        raise ValueError(f"The task '{task}' is unknown, so there is no report. Tasks: {', '.join(tasks())}.")
    found: type[Findings] = importlib.import_module(f"textlab.report.{task}.findings").FINDINGS
    return found
