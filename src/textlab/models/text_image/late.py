"""Late fusion: classifiers of texts, of pictures or of both, whose calibrated probabilities are combined."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from textlab.inputs import noun_of, plural_of
from textlab.models.classifier import Classifier
from textlab.models.discovery import family
from textlab.models.feature_blocks.block import is_present, is_present_in_graph
from textlab.models.saved_model import SavedModel
from textlab.models.text_image.combination import Combination, fit_combination

DOCUMENT = "combination.json"


class LateFusion:
    """Classifiers, and the combination of their answers.

    Args:
        members: the classifiers by name, fitted or not; one for each input, under its name, before those of several.
    """

    def __init__(self, members: Mapping[str, Classifier]) -> None:
        self.members = dict(members)
        self.combination: Combination

    def fit(self, train: pd.DataFrame, validation: pd.DataFrame, metric: str, seed: int) -> pd.DataFrame:
        """Fit each classifier to the examples that have any of its inputs, then the combination; return its history.

        Raises:
            ValueError: an input is missing in all training examples of a class, or in all validation examples.
        """
        parts = {
            name: (_having(member.inputs, train), _having(member.inputs, validation))
            for name, member in self.members.items()
        }
        for name, (learnt, chosen_on) in parts.items():
            if name in self.members[name].inputs:
                _check_part(name, learnt, chosen_on, int(train["label"].max()) + 1)
        for name, (learnt, chosen_on) in parts.items():
            self.members[name].fit(learnt, chosen_on, seed)
        shares = np.bincount(train["label"]) / len(train)
        answers, present = self._answers(validation)
        self.combination, history = fit_combination(
            validation.reset_index(drop=True), answers, present, np.log(shares).tolist(), metric
        )
        return history

    def probabilities(self, examples: pd.DataFrame) -> np.ndarray:
        """Return the probabilities, float (n, k), of n examples."""
        from scipy.special import softmax

        return softmax(self.combination.logits(*self._answers(examples)), axis=1)

    def _answers(self, examples: pd.DataFrame) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        answers = {name: member.predict_proba(examples) for name, member in self.members.items()}
        present = {name: _present(member.inputs, examples) for name, member in self.members.items()}
        return answers, {name: np.logical_and.reduce(each, axis=1) for name, each in present.items()}

    def save(self, folder: Path) -> None:
        """Write the combination, and a folder for each classifier, into an existing folder."""
        (folder / DOCUMENT).write_text(json.dumps(vars(self.combination)), encoding="utf-8")
        for name, member in self.members.items():
            member.save(folder / name)

    @classmethod
    def load(cls, folder: Path, families: Mapping[str, str]) -> "LateFusion":
        """Read what `save` wrote; `families` names the family of each classifier."""
        loaded = cls({name: family(each).load(folder / name) for name, each in families.items()})  # type: ignore[misc]
        loaded.combination = Combination(**json.loads((folder / DOCUMENT).read_text(encoding="utf-8")))
        return loaded

    def export(self, folder: Path, answer: Callable[[Any], dict[str, Any]]) -> None:
        """Write a SavedModel that holds the graphs that the classifiers export, and answers with `answer`.

        Args:
            folder: the folder to write, which does not exist yet.
            answer: turns probabilities, float32 (n, k), into what the signature returns.
        """
        import tensorflow as tf

        module, graphs = tf.Module(), {}
        module.tracked = []
        with tempfile.TemporaryDirectory() as scratch:
            for name, member in self.members.items():
                member.export(Path(scratch) / name)
                graphs[name], tracked = SavedModel(Path(scratch) / name, member.signature()).in_graph()
                module.tracked.append(tracked)
            read = {name: member.inputs for name, member in self.members.items()}
            inputs = list(dict.fromkeys(name for names in read.values() for name in names))
            strings = [tf.TensorSpec([None], tf.string, name=name) for name in inputs]

            @tf.function(input_signature=strings, autograph=False)
            def serve(*values: Any) -> dict[str, Any]:
                given = dict(zip(inputs, values, strict=True))
                flags = {name: is_present_in_graph(each) for name, each in given.items()}
                answers = {name: graphs[name](**{each: given[each] for each in names}) for name, names in read.items()}
                present = {name: tf.reduce_all([flags[each] for each in names], axis=0) for name, names in read.items()}
                return answer(tf.nn.softmax(self.combination.in_graph(answers, present)))

            tf.saved_model.save(module, str(folder), signatures=serve)


def _present(inputs: Sequence[str], frame: pd.DataFrame) -> np.ndarray:
    """Return which of the inputs each example has, bool (n, number of inputs)."""
    return np.column_stack([is_present(frame[name].tolist()) for name in inputs])


def _having(inputs: Sequence[str], frame: pd.DataFrame) -> pd.DataFrame:
    return frame[np.logical_or.reduce(_present(inputs, frame), axis=1)]


def _check_part(name: str, train: pd.DataFrame, validation: pd.DataFrame, n_classes: int) -> None:
    missing = sorted(set(range(n_classes)) - set(train["label"]))
    if missing or validation.empty:
        lacking = f"no training example of class {missing[0]} has one" if missing else "no validation example has one"
        raise ValueError(
            f"Late fusion trains a classifier of its own on each {noun_of(name)}, and {lacking}. Use early fusion, "
            f"which can learn from the other inputs alone, or add {plural_of(name)}."
        )
