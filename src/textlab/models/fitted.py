"""A fitted model in tables and words, as the notebooks show it."""

import pandas as pd

from textlab.models.classifier import Classifier
from textlab.models.hyperparameters import AUTO
from textlab.models.retriever import Retriever


def automatic_values(model: Classifier | Retriever) -> pd.DataFrame:
    """Return the hyperparameters (the index) whose values followed from the training data: value and meaning."""
    stated = model.hyperparameters()
    rows = {
        name: {"value": model.resolved[name], "meaning": each.meaning}
        for name, each in stated.items()
        if each.is_automatic and model.parameters[name] == AUTO
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["value", "meaning"])
    return table.rename_axis("hyperparameter")


def training_verdict(model: Classifier | Retriever) -> str:
    """Say whether the training ended too early, one note a line."""
    return "\n".join(model.training_notes) or "Nothing suggests that a longer training would improve the score."
