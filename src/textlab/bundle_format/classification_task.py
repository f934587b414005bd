"""Classification: a probability for each of the classes in labels.json."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .documents import BundleError
from .labels import read_labels
from .signature import REMEDY, Signature
from .task import BundleTask, Predictor

if TYPE_CHECKING:
    import pandas as pd


class Classification(BundleTask):
    """A bundle that answers probabilities."""

    answer = "probabilities"

    def check(self, folder: Path, signature: Signature) -> None:
        """Raise BundleError unless the graph answers one probability for each of the labels."""
        if signature.answer.size != len(read_labels(folder)):
            raise BundleError(
                f"The bundle {folder} answers {signature.answer.size} probabilities for {len(read_labels(folder))} "
                f"labels. {REMEDY}"
            )

    def content(self, folder: Path, signature: Signature) -> tuple[str, ...]:
        """Return the classes, in the order of the probabilities."""
        return read_labels(folder)

    def columns(self, folder: Path) -> list[tuple[str, str]]:
        """Return the class, and a probability per class."""
        return [("string", "predicted"), *(("float", f"p_{label}") for label in read_labels(folder))]

    def predictor(self, folder: Path, signature: Signature) -> Predictor:
        """Load the graph and the labels."""
        return _Probabilities(folder, signature)


class _Probabilities(Predictor):
    def __init__(self, folder: Path, signature: Signature) -> None:
        from .mlflow_graph import Graph

        self._labels, self._graph = read_labels(folder), Graph(folder, signature)

    def predict(self, model_input: "pd.DataFrame", params: dict[str, Any]) -> "pd.DataFrame":
        """Return one row per example: predicted, then p_<class> for each class."""
        import pandas as pd

        rows = self._graph.answers(model_input)
        table = pd.DataFrame(rows, columns=[f"p_{name}" for name in self._labels])
        table.insert(0, "predicted", [self._labels[row.argmax()] for row in rows])
        return table


TASK = Classification()
