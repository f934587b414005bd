"""The behavioural tests of exported models, each run in its own process."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pandas as pd

from textlab import record
from textlab.evaluation.behaviour import run_cases
from textlab.export.measured_answers import MeasuredAnswers, measure_answers
from textlab.record import Run


def texts_of_cases(cases: pd.DataFrame) -> list[str]:
    """List the distinct texts of behavioural tests: originals first."""
    return list(dict.fromkeys([*cases["original"], *cases["text"]]))


def measure_models(
    runs: Mapping[str, Run], cases: pd.DataFrame, label_names: Sequence[str]
) -> tuple[dict[str, MeasuredAnswers], dict[str, str]]:
    """Load the exported model of each run and predict the texts of the cases.

    Returns:
        The answers of each model that could be loaded, and for each other model the reason.
    """
    texts = texts_of_cases(cases)

    def answers_or_reason(run: Run) -> MeasuredAnswers | str:
        try:
            return measure_answers(record.bundle_folder(run.id), texts, list(label_names))
        except (FileNotFoundError, ValueError) as error:
            return str(error)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = dict(zip(runs, pool.map(answers_or_reason, runs.values()), strict=True))
    measured = {name: result for name, result in results.items() if not isinstance(result, str)}
    return measured, {name: result for name, result in results.items() if isinstance(result, str)}


def behaviour_of(measured: MeasuredAnswers, cases: pd.DataFrame, label_names: Sequence[str]) -> pd.DataFrame:
    """Evaluate a model's answers; see `behaviour.run_cases`."""
    row_of_text = {text: row for row, text in enumerate(texts_of_cases(cases))}
    return run_cases(lambda texts: measured.probabilities[[row_of_text[text] for text in texts]], cases, label_names)
