"""Exported models run on the behavioural tests, each in its own process."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pandas as pd

from textlab import record
from textlab.evaluation.behaviour import run_cases
from textlab.export.trial import Trial, try_bundle
from textlab.record import Run


def texts_of_cases(cases: pd.DataFrame) -> list[str]:
    """List the distinct texts of behavioural tests: originals first."""
    return list(dict.fromkeys([*cases["original"], *cases["text"]]))


def run_trials(
    runs: Mapping[str, Run], cases: pd.DataFrame, label_names: Sequence[str]
) -> tuple[dict[str, Trial], dict[str, str]]:
    """Load the exported model of each run and predict the texts of the cases.

    Returns:
        The trial of each model that could be loaded, and the reason for each that could not.
    """
    texts = texts_of_cases(cases)

    def trial(run: Run) -> Trial | str:
        try:
            return try_bundle(record.bundle_folder(run.id), texts, list(label_names))
        except (FileNotFoundError, ValueError) as error:
            return str(error)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = dict(zip(runs, pool.map(trial, runs.values()), strict=True))
    trials = {name: result for name, result in results.items() if not isinstance(result, str)}
    return trials, {name: result for name, result in results.items() if isinstance(result, str)}


def behaviour_of(trial: Trial, cases: pd.DataFrame, label_names: Sequence[str]) -> pd.DataFrame:
    """Evaluate a trial's answers; see `behaviour.run_cases`."""
    row_of_text = {text: row for row, text in enumerate(texts_of_cases(cases))}
    return run_cases(lambda texts: trial.answers[[row_of_text[text] for text in texts]], cases, label_names)
