"""The gate: challenger against champion, both answered by their exported bundles on the same texts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from textlab.bundle_format.documents import read_document
from textlab.bundle_format.manifest import MANIFEST
from textlab.data.dataset import Dataset
from textlab.data.examples import TEXT_ONLY
from textlab.evaluation.classification.floors import floor_test
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.export.answers import answers_in_batches
from textlab.export.bundle import CARD, Bundle
from textlab.export.classification_bundle import REFERENCE
from textlab.export.measuring import single_example_latency
from textlab.retraining.evidence import difference_between
from textlab.retraining.held_out import training_examples, without
from textlab.retraining.rules import Evidence, Result, Rule, judge
from textlab.retraining.slices import compare_parts
from textlab.wording import shortlist

ROUNDS = 3  # in which latencies are measured in turns
SILENT: Callable[[int], object] = lambda _: None  # noqa: E731


@dataclass(frozen=True, eq=False)
class Contest:
    """The two models, and the texts on which the gate compares them.

    Attributes:
        champion, challenger: the folders of the bundles.
        dataset: the snapshot, whose test split is the fixed test set.
        newest: the newest labelled rows, with the columns of the test split; may have no rows.
        metric: the compared metric, one of `decision_scores.score_names`.
        margin: by how much the challenger may be worse, as a share of one.
        floor: the score that the challenger must reach on the fixed test set, as a share of one; None for none.
    """

    champion: Path
    challenger: Path
    dataset: Dataset
    newest: pd.DataFrame
    metric: str
    margin: float
    floor: float | None = None


def is_same_model(first: Path, second: Path) -> bool:
    """Return whether two bundles hold the same model: the same files except the card and the reference."""
    return _files(first) == _files(second)


def _files(folder: Path) -> dict[str, str]:
    beside = {CARD.as_posix(), *(REFERENCE.with_suffix(ending).as_posix() for ending in (".json", ".npz"))}
    return {name: digest for name, digest in read_document(folder, MANIFEST)["sha256"].items() if name not in beside}


def compare(contest: Contest, advance: Callable[[int], object] = SILENT) -> tuple[list[Rule], Evidence | None]:
    """Compare challenger and champion, and judge the challenger by every rule.

    Args:
        contest: what is compared.
        advance: called with the number of examples whenever a bundle has answered some.

    Returns:
        The rules, and the evidence; None if the models cannot be compared or are the same.

    Raises:
        BundleError: a bundle is damaged.
        ValueError: a bundle reads an input that the dataset lacks.
    """
    if is_same_model(contest.champion, contest.challenger):
        return [
            Rule("Another model", Result.FAILED, "The challenger is the champion already. Nothing is to be done.")
        ], None
    champion, challenger = Bundle(contest.champion), Bundle(contest.challenger)
    if set(champion.label_names) != set(challenger.label_names):
        reason = (
            f"The champion has the classes {shortlist(champion.label_names)}, and the challenger has "
            f"{shortlist(challenger.label_names)}. They cannot be compared. Promote the challenger by hand if the "
            "classes have changed on purpose."
        )
        return [Rule("Same classes", Result.FAILED, reason)], None
    models = {"challenger": challenger, "champion": champion}
    inputs = list(dict.fromkeys(name for model in models.values() for name in model.signature.input_names))
    contest.dataset.require(inputs)
    test, newest, held_out = _held_out(contest, models, inputs)
    if test.empty:
        return [held_out], None
    answer = _Answers(models, contest.dataset.label_names, inputs, advance)
    first, second = answer.frames(test)
    shares = _training_shares(contest.dataset)
    evidence = Evidence(
        test=difference_between(first, second, contest.metric),
        newest=difference_between(*answer.frames(newest), contest.metric) if len(newest) else None,
        parts=compare_parts(first, second, contest.metric, answer.behaviour(test)),
        floor=floor_test("challenger", first, shares, contest.metric),
        left_out=answer.left_out(test),
        **_latencies(models, test),
    )
    return [held_out, *judge(evidence, contest.margin, contest.floor)], evidence


def _held_out(
    contest: Contest, models: Mapping[str, Bundle], inputs: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame, Rule]:
    """Leave out the texts that a model has seen in training, for both models alike, and say how many there were."""
    name, test, newest = "Held-out texts", contest.dataset.test, contest.newest
    unknown = []
    for model, bundle in models.items():
        known = training_examples(bundle.card, inputs)
        if known is None:
            unknown.append(model)
        else:
            test, newest = without(test, known, inputs), without(newest, known, inputs)
    left_out = len(contest.dataset.test) + len(contest.newest) - len(test) - len(newest)
    seen = (
        f"{left_out:,} of the test and newest texts occur in the training data of a model. Both models are compared "
        "without them."
        if left_out
        else "No test or newest text occurs in the training data that could be read."
    )
    if test.empty:
        return test, newest, Rule(name, Result.FAILED, f"{seen} No test text is left.")
    if unknown:
        reason = (
            f"It is not certain that the texts were held out from the training of the {' and the '.join(unknown)}: "
            f"the dataset that its card names cannot be loaded, or has changed. {seen}"
        )
        return test, newest, Rule(name, Result.NOTE, reason)
    return test, newest, Rule(name, Result.PASSED, seen)


def _training_shares(dataset: Dataset) -> dict[str, float]:
    shares = dataset.train["label"].value_counts(normalize=True)
    return {name: float(shares.get(label, 0.0)) for label, name in enumerate(dataset.label_names)}


class _Answers:
    """The answers of both bundles, with the classes in the order of the dataset."""

    def __init__(
        self,
        models: Mapping[str, Bundle],
        label_names: Sequence[str],
        inputs: Sequence[str],
        advance: Callable[[int], object],
    ) -> None:
        self._models, self._label_names, self._inputs, self._advance = models, label_names, inputs, advance

    def _probabilities(self, model: str, examples: Any) -> np.ndarray:
        bundle = self._models[model]
        order = [bundle.label_names.index(name) for name in self._label_names]
        return answers_in_batches(bundle, examples, self._advance)[:, order]

    def frames(self, examples: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the predictions of the challenger and of the champion."""
        challenger, champion = (
            predictions_frame(examples, self._probabilities(model, examples), self._label_names, self._inputs)
            for model in ("challenger", "champion")
        )
        return challenger, champion

    def left_out(self, test: pd.DataFrame) -> str:
        """Say why the behavioural tests do not suit the texts; "" if they do."""
        from textlab.evaluation.behaviour import why_left_out

        return why_left_out(test["text"].tolist()) if tuple(self._inputs) == TEXT_ONLY else ""

    def behaviour(self, test: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Run the behavioural tests; none for models that read more than a text, nor on texts that are not English."""
        from textlab.evaluation.behaviour import behaviour_cases, run_cases

        if tuple(self._inputs) != TEXT_ONLY or self.left_out(test):
            return {}
        cases = behaviour_cases(test["text"].tolist(), self._label_names)
        return {
            model: run_cases(partial(self._probabilities, model), cases, self._label_names) for model in self._models
        }


def _latencies(models: Mapping[str, Bundle], test: pd.DataFrame) -> dict[str, float]:
    """Measure the median latency of one text in turns, so that a busy moment meets both models; keep the least."""
    measured: dict[str, list[float]] = {model: [] for model in models}
    for _ in range(ROUNDS):
        for model, bundle in models.items():
            examples = test[list(bundle.signature.input_names)]
            measured[model].append(single_example_latency(bundle.served.answer, examples)[0])
    return {f"{model}_ms": min(latencies) for model, latencies in measured.items()}
