"""Measure what a served calibration is worth: python benchmarks/calibration.py --help

Each family is trained on a dataset and exported. The exported model answers the test examples, so the numbers are those
that a service would reach. "Before" are the same answers with the calibration undone.
"""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from textlab import data
from textlab.data.examples import columns_of
from textlab.evaluation.classification.calibration_intervals import calibration_table
from textlab.evaluation.classification.metrics import decision_metrics
from textlab.evaluation.classification.predictions import predictions_frame, with_probabilities
from textlab.log import configure_logging
from textlab.models import family
from textlab.models.classifier import Classifier
from textlab.models.saved_model import SavedModel


def measured(model: Classifier, dataset: data.Dataset) -> list[str]:
    """Return a row for a fitted model: the method, and errors and scores on test before and after."""
    with tempfile.TemporaryDirectory() as scratch:
        model.export(Path(scratch) / "model")
        served = SavedModel(Path(scratch) / "model", model.signature())
        answers = served.answer_in_batches(columns_of(dataset.test[list(model.inputs)]))
    after = predictions_frame(dataset.test, answers, dataset.label_names, dataset.inputs)
    before = with_probabilities(after, model.calibration.undo(answers))
    errors = calibration_table({"model": before}, {"model": after}).loc["model"]
    shown = [
        f"{errors[f'{name}_before']:.4f} → {errors[f'{name}_after']:.4f}"
        f"\n[{errors[f'{name}_before_low']:.4f}, {errors[f'{name}_before_high']:.4f}] → "
        f"[{errors[f'{name}_after_low']:.4f}, {errors[f'{name}_after_high']:.4f}]"
        for name in ("ece", "log_loss")
    ]
    scores = [decision_metrics(frame) for frame in (before, after)]
    shown += [" → ".join(f"{each[name]:.4f}" for each in scores) for name in ("accuracy", "macro_recall")]
    calibration = model.calibration
    numbers = ", ".join(f"{value:.2f}" for value in calibration.scale)
    return [f"{calibration.method}\nscale {numbers}", *shown, f"{errors['ece_by_chance']:.4f}"]


def main(
    families: Annotated[list[str] | None, typer.Argument(help="Model families.")] = None,
    dataset: Annotated[
        str, typer.Option(help="Dataset; a training_share makes it smaller, see the guide to datasets.")
    ] = "tweet_eval/sentiment",
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
) -> None:
    """Train, calibrate, export and measure each family."""
    configure_logging()
    loaded = data.load(dataset)
    headings = ("model", "calibration", "ECE on test", "log loss", "accuracy", "macro recall", "ECE by chance")
    table = Table(*headings, title=f"{dataset}, seed {seed}")
    for name in families or ["logistic_regression", "lstm"]:
        model = family(name)()
        if not isinstance(model, Classifier):
            raise typer.BadParameter(f"{name} classifies nothing. Name a family of classifiers, such as lstm.")
        model.fit(loaded.train, loaded.validation, seed=seed)
        table.add_row(name, *measured(model, loaded))
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
