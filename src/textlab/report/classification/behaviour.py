"""The behavioural tests of exported models, each run in its own process."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import pandas as pd

from textlab import record
from textlab.export.measured_answers import MeasuredAnswers, measure_answers
from textlab.record import Run

NO_TEXT = "It reads no text, and these tests change texts."
NO_TEXTS = "These tests change texts. No compared model reads any, so the tests do not apply."
MEASURED_TEXTS = 500  # texts that are answered to measure memory where the tests are left out


class BehaviouralTests:
    """The behavioural tests of some runs' exported models, computed on first use.

    The tests change texts. A model that reads more gets the other inputs of the example that a text comes from; a
    sentence that comes from none has none.

    Args:
        runs: the runs by name.
        examples: the inputs of the examples whose texts are changed.
        label_names: the classes, in order.
    """

    def __init__(self, runs: Mapping[str, Run], examples: pd.DataFrame, label_names: Sequence[str]) -> None:
        self._runs, self._label_names = dict(runs), list(label_names)
        has_text = examples["text"].fillna("").str.strip() != "" if "text" in examples else slice(0)
        self._examples = examples[has_text]

    @cached_property
    def left_out(self) -> str:
        """Why the tests do not apply to these texts and models, in a sentence; "" if they do."""
        from textlab.evaluation.behaviour import why_left_out

        if self._examples.empty or not any("text" in run.inputs for run in self._runs.values()):
            return NO_TEXTS
        return why_left_out(self._examples["text"].tolist())

    @cached_property
    def cases(self) -> pd.DataFrame:
        """The cases, see `evaluation.behaviour.behaviour_cases`; none if the tests do not apply."""
        from textlab.evaluation.behaviour import behaviour_cases

        if self.left_out:
            return pd.DataFrame({"phenomenon": [], "kind": [], "original": [], "text": [], "expected": []}, dtype=str)
        cases = behaviour_cases(self._examples["text"].tolist(), self._label_names)
        # Two originals can become the same text. If they differ in other inputs, only one of them can be its original.
        origin: dict[str, str] = {text: text for text in cases["original"] if text}
        kept = [
            origin.setdefault(text, original) == original or self._examples.shape[1] == 1
            for original, text in zip(cases["original"], cases["text"], strict=True)
        ]
        return cases[kept].reset_index(drop=True)

    @property
    def answers(self) -> dict[str, MeasuredAnswers]:
        """The answers of each model that could be loaded to the distinct texts of the cases, originals first."""
        return {name: answered for name, answered in self._outcomes.items() if not isinstance(answered, str)}

    @property
    def not_tested(self) -> dict[str, str]:
        """For each model that could not be tested, the reason."""
        return {name: reason for name, reason in self._outcomes.items() if isinstance(reason, str)}

    @cached_property
    def results(self) -> dict[str, pd.DataFrame]:
        """The results of each model that could be tested, see `evaluation.behaviour.run_cases`."""
        if self.left_out:
            return {}
        return {name: self._evaluate(answered) for name, answered in self.answers.items()}

    @cached_property
    def _distinct_texts(self) -> list[str]:
        if self.left_out:
            return self._examples["text"].drop_duplicates().head(MEASURED_TEXTS).tolist()
        return list(dict.fromkeys([*self.cases["original"], *self.cases["text"]]))

    @cached_property
    def _questions(self) -> pd.DataFrame:
        """The distinct texts, each with the other inputs of the example that it comes from."""
        origin = dict(zip(self.cases["text"], self.cases["original"], strict=True))
        origin |= {text: text for text in self.cases["original"]}
        known = self._examples.drop_duplicates("text").set_index("text").fillna("")
        others = known.reindex([origin.get(text, text) for text in self._distinct_texts], fill_value="")
        return others.reset_index(drop=True).assign(text=self._distinct_texts)

    @cached_property
    def _outcomes(self) -> dict[str, MeasuredAnswers | str]:
        """For each run, the answers of its model, or the reason why there are none."""
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            return dict(zip(self._runs, pool.map(self._answers_or_reason, self._runs.values()), strict=True))

    def _answers_or_reason(self, run: Run) -> MeasuredAnswers | str:
        if "text" not in run.inputs or self._examples.empty:
            return NO_TEXT
        try:
            return measure_answers(record.bundle_folder(run.id), self._questions, self._label_names)
        except (FileNotFoundError, ValueError) as error:
            return str(error)

    def _evaluate(self, answered: MeasuredAnswers) -> pd.DataFrame:
        from textlab.evaluation.behaviour import run_cases

        row_of_text = {text: row for row, text in enumerate(self._distinct_texts)}
        rows_of = lambda texts: answered.probabilities[[row_of_text[text] for text in texts]]  # noqa: E731
        return run_cases(rows_of, self.cases, self._label_names)
