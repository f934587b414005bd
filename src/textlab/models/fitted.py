"""A fitted model in tables and words, as the notebooks show it."""

import pandas as pd

from textlab.data.examples import Examples
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


def reading_verdict(model: Classifier | Retriever, examples: Examples) -> str:
    """Say how many of n examples the model does not read to their end."""
    truncated = model.truncated(examples)
    if truncated is None or not truncated.any():
        return "The model reads every text to its end."
    count, n = int(truncated.sum()), len(truncated)
    return (
        f"{count:,} of {n:,} texts ({count / n:.1%}) are longer than the model reads, and it leaves out their ends. A "
        "larger maximum_length reads more."
    )
