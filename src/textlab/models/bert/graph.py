"""The export of a fine-tuned encoder as a SavedModel: `python -m textlab.models.bert.graph FOLDER TARGET`."""

import json
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from textlab.log import errors_on_one_line
from textlab.models.bert.classifier_graph import ClassifierGraph
from textlab.models.bert.explanation import explaining
from textlab.models.calibration import Calibration
from textlab.models.transformer.graph.int8 import Int8Dense
from textlab.models.transformer.graph.observed import read_largest
from textlab.models.transformer.precision import FLOAT32, INT8, PRECISIONS
from textlab.models.transformer.string_graph import (
    Folder,
    MaximumLength,
    Target,
    TaskName,
    Verbose,
    WindowCount,
    export_graph,
)


def export_bert(
    folder: Path,
    target: Path,
    maximum_length: int,
    windows: int = 1,
    precision: str = FLOAT32,
    calibration: Calibration | None = None,
    task: str = "classification",
) -> None:
    """Write an <Architecture>ForSequenceClassification as a SavedModel with the output `probabilities: float32 (n, k)`.

    The precision is float32 or int8; for int8, `folder` holds the largest inputs of the encoder's layers. The
    probabilities are calibrated, if a calibration is given. The task is classification or multilabel. Other arguments,
    and errors, are those of `export_graph`.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"The precision is {precision!r}. Choose one of: {', '.join(PRECISIONS)}.")
    dense = Int8Dense(read_largest(folder)) if precision == INT8 else None
    build = partial(ClassifierGraph, dense=dense, calibration=calibration, task=task)
    export_graph(folder, target, maximum_length, build, with_head=True, windows=windows, explain=explaining)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    folder: Folder,
    target: Target,
    maximum_length: MaximumLength = 128,
    windows: WindowCount = 1,
    precision: Annotated[str, typer.Option(help="Precision of dense layers: float32 or int8.")] = FLOAT32,
    task: TaskName = "classification",
    calibration: Annotated[str, typer.Option(help="Calibration of the probabilities, as JSON.")] = "null",
    verbose: Verbose = False,
) -> None:
    """Export a fine-tuned encoder as a SavedModel that turns strings into probabilities."""
    with errors_on_one_line(verbose):
        export_bert(folder, target, maximum_length, windows, precision, Calibration.of(json.loads(calibration)), task)


if __name__ == "__main__":
    app(prog_name="python -m textlab.models.bert.graph")
