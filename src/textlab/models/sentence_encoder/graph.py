"""The export of a sentence encoder as a SavedModel: `python -m textlab.models.sentence_encoder.graph FOLDER TARGET`."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from textlab.log import errors_on_one_line
from textlab.models.sentence_encoder.sentence_graph import SentenceGraph
from textlab.models.transformer.pooling import MEAN, POOLINGS
from textlab.models.transformer.string_graph import Folder, MaximumLength, Target, Verbose, export_graph


def export_encoder(folder: Path, target: Path, maximum_length: int, pooling: str) -> None:
    """Write an encoder as a SavedModel with the output `embedding: float32 (n, d)`, unit vectors.

    The other arguments and errors are those of `export_graph`.

    Args:
        folder, target, maximum_length: see `export_graph`.
        pooling: "mean" or "first".

    Raises:
        ValueError: the pooling is unknown.
    """
    if pooling not in POOLINGS:
        raise ValueError(f"The pooling is '{pooling}'. It must be {' or '.join(POOLINGS)}.")
    export_graph(folder, target, maximum_length, partial(SentenceGraph, pooling=pooling), with_head=False)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    folder: Folder,
    target: Target,
    maximum_length: MaximumLength = 256,
    pooling: Annotated[str, typer.Option(help="Vector of a text: mean of its tokens, or first.")] = MEAN,
    verbose: Verbose = False,
) -> None:
    """Export a sentence encoder as a SavedModel that turns strings into vectors of length one."""
    with errors_on_one_line(verbose):
        export_encoder(folder, target, maximum_length, pooling)


if __name__ == "__main__":
    app(prog_name="python -m textlab.models.sentence_encoder.graph")
