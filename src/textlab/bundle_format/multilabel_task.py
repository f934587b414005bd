"""Several labels per text: an independent probability for each of the labels in labels.json.

A text gets each label whose probability reaches the label's threshold in decisions.json; 0.5 without the file.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .classification_task import Classification
from .decisions import DecisionRules, read_decisions
from .labels import read_labels
from .signature import Signature
from .task import Predictor

if TYPE_CHECKING:
    import pandas as pd

LABELS = "labels"  # the column of a table with the labels of a text
JOINT = "|"  # between the labels of a text in a table


class Multilabel(Classification):
    """A bundle that answers a probability for each label."""

    def columns(self, folder: Path) -> list[tuple[str, str]]:
        """Return the labels of a text in one string, and a probability per label."""
        return [("string", LABELS), *(("float", f"p_{label}") for label in read_labels(folder))]

    def predictor(self, folder: Path, signature: Signature) -> Predictor:
        """Load the graph, the labels and their thresholds."""
        return _Labels(folder, signature)


def thresholds_of(folder: Path) -> dict[str, float]:
    """Return the lowest probability with which a text gets each label, in the order of the probabilities.

    Raises:
        BundleError: a file of the bundle is damaged.
    """
    names = read_labels(folder)
    rules = read_decisions(folder, names) or DecisionRules(names)
    return {name: rules.of_label(name) for name in names}


def labels_of(row: Any, thresholds: dict[str, float]) -> list[str]:
    """Return the labels of a text from its probabilities, k numbers."""
    return [name for value, (name, least) in zip(row, thresholds.items(), strict=True) if value >= least]


class _Labels(Predictor):
    def __init__(self, folder: Path, signature: Signature) -> None:
        from .mlflow_graph import Graph

        self._thresholds, self._graph = thresholds_of(folder), Graph(folder, signature)

    def predict(self, model_input: "pd.DataFrame", params: dict[str, Any]) -> "pd.DataFrame":
        """Return one row per example: labels, joined by "|", then p_<label> for each label."""
        import pandas as pd

        rows = self._graph.answers(model_input)
        table = pd.DataFrame(rows, columns=[f"p_{name}" for name in self._thresholds])
        table.insert(0, LABELS, [JOINT.join(labels_of(row.tolist(), self._thresholds)) for row in rows])
        return table


TASK = Multilabel()
