"""The behavioural tests of exported models, each run in its own process."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import pandas as pd

from textlab import record
from textlab.export.measured_answers import MeasuredAnswers, measure_answers
from textlab.record import Run


class BehaviouralTests:
    """The behavioural tests of some runs' exported models, computed on first use.

    Args:
        runs: the runs by name.
        texts: the texts that the cases are made from.
        label_names: the classes, in order.
    """

    def __init__(self, runs: Mapping[str, Run], texts: Sequence[str], label_names: Sequence[str]) -> None:
        self._runs, self._texts, self._label_names = dict(runs), list(texts), list(label_names)

    @cached_property
    def cases(self) -> pd.DataFrame:
        """The cases, see `evaluation.behaviour.behaviour_cases`."""
        from textlab.evaluation.behaviour import behaviour_cases

        return behaviour_cases(self._texts, self._label_names)

    @property
    def answers(self) -> dict[str, MeasuredAnswers]:
        """The answers of each model that could be loaded to the distinct texts of the cases, originals first."""
        return {name: answered for name, answered in self._outcomes.items() if not isinstance(answered, str)}

    @property
    def not_tested(self) -> dict[str, str]:
        """For each model that could not be loaded, the reason."""
        return {name: reason for name, reason in self._outcomes.items() if isinstance(reason, str)}

    @cached_property
    def results(self) -> dict[str, pd.DataFrame]:
        """The results of each model that could be loaded, see `evaluation.behaviour.run_cases`."""
        return {name: self._evaluate(answered) for name, answered in self.answers.items()}

    @cached_property
    def _distinct_texts(self) -> list[str]:
        return list(dict.fromkeys([*self.cases["original"], *self.cases["text"]]))

    @cached_property
    def _outcomes(self) -> dict[str, MeasuredAnswers | str]:
        """For each run, the answers of its model, or the reason why there are none."""
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            return dict(zip(self._runs, pool.map(self._answers_or_reason, self._runs.values()), strict=True))

    def _answers_or_reason(self, run: Run) -> MeasuredAnswers | str:
        try:
            return measure_answers(record.bundle_folder(run.id), self._distinct_texts, self._label_names)
        except (FileNotFoundError, ValueError) as error:
            return str(error)

    def _evaluate(self, answered: MeasuredAnswers) -> pd.DataFrame:
        from textlab.evaluation.behaviour import run_cases

        row_of_text = {text: row for row, text in enumerate(self._distinct_texts)}
        rows_of = lambda texts: answered.probabilities[[row_of_text[text] for text in texts]]  # noqa: E731
        return run_cases(rows_of, self.cases, self._label_names)
