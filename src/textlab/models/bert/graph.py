"""The export of a fine-tuned encoder as a SavedModel: `python -m textlab.models.bert.graph FOLDER TARGET`."""

from pathlib import Path

import typer

from textlab.log import errors_on_one_line
from textlab.models.bert.classifier_graph import ClassifierGraph
from textlab.models.transformer.string_graph import Folder, MaximumLength, Target, Verbose, WindowCount, export_graph


def export_bert(folder: Path, target: Path, maximum_length: int, windows: int = 1) -> None:
    """Write an <Architecture>ForSequenceClassification as a SavedModel with the output `probabilities: float32 (n, k)`.

    Arguments and errors are those of `export_graph`.
    """
    export_graph(folder, target, maximum_length, ClassifierGraph, with_head=True, windows=windows)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    folder: Folder,
    target: Target,
    maximum_length: MaximumLength = 128,
    windows: WindowCount = 1,
    verbose: Verbose = False,
) -> None:
    """Export a fine-tuned encoder as a SavedModel that turns strings into probabilities."""
    with errors_on_one_line(verbose):
        export_bert(folder, target, maximum_length, windows)


if __name__ == "__main__":
    app(prog_name="python -m textlab.models.bert.graph")
