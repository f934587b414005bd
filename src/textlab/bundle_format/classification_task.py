"""Classification: a probability for each of the classes in labels.json."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .decisions import DecisionRules, read_decisions
from .documents import BundleError
from .labels import read_labels
from .signature import REMEDY, Signature
from .task import BundleTask, Predictor

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


class Classification(BundleTask):
    """A bundle that answers probabilities."""

    answer = "probabilities"

    def check(self, folder: Path, signature: Signature) -> None:
        """Raise BundleError unless the graph answers one probability for each of the labels, and the rules fit them."""
        if signature.answer.size != len(read_labels(folder)):
            raise BundleError(
                f"The bundle {folder} answers {signature.answer.size} probabilities for {len(read_labels(folder))} "
                f"labels. {REMEDY}"
            )

        read_decisions(folder, read_labels(folder))

    def content(self, folder: Path, signature: Signature) -> tuple[str, ...]:
        """Return the classes, in the order of the probabilities."""
        return read_labels(folder)

    def columns(self, folder: Path) -> list[tuple[str, str]]:
        """Return the class, a probability per class, and the columns of the decision."""
        labels = read_labels(folder)
        decided = [("string", name) for name in decision_columns(read_decisions(folder, labels))]
        return [("string", "predicted"), *(("float", f"p_{label}") for label in labels), *decided]

    def predictor(self, folder: Path, signature: Signature) -> Predictor:
        """Load the graph and the labels."""
        return _Probabilities(folder, signature)


def decision_columns(rules: DecisionRules | None) -> list[str]:
    """Return the columns of a table of predictions that show a bundle's decisions; none without rules."""
    return [] if rules is None else ["decision", *(["prediction_set"] if rules.coverage else [])]


def decision_cells(rules: DecisionRules, probabilities: "np.ndarray") -> list[list[str]]:
    """Return the cells in `decision_columns` for n examples: the decision, and the set as a JSON list.

    Args:
        rules: the rules of the bundle.
        probabilities: float (n, k).
    """
    return [
        [label, *([] if held is None else [json.dumps(held, ensure_ascii=False)])]
        for label, held in rules.decide(probabilities)
    ]


class _Probabilities(Predictor):
    def __init__(self, folder: Path, signature: Signature) -> None:
        from .mlflow_graph import Graph

        self._labels, self._graph = read_labels(folder), Graph(folder, signature)
        self._rules = read_decisions(folder, self._labels)

    def predict(self, model_input: "pd.DataFrame", params: dict[str, Any]) -> "pd.DataFrame":
        """Return one row per example: predicted, p_<class> for each class, and the decision if there are rules."""
        import numpy as np
        import pandas as pd

        rows = self._graph.answers(model_input)
        table = pd.DataFrame(rows, columns=[f"p_{name}" for name in self._labels])
        table.insert(0, "predicted", [self._labels[row.argmax()] for row in rows])
        if self._rules is not None:
            cells = decision_cells(self._rules, np.reshape(rows, (len(rows), len(self._labels))))
            for place, name in enumerate(decision_columns(self._rules)):
                table[name] = [row[place] for row in cells]
        return table


TASK = Classification()
