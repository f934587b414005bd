"""Measure text and picture together: python benchmarks/text_image.py openclipart | catalogue | speed | memory | peer

`openclipart` (which needs TEXTLAB_MIRROR) and `catalogue` fit families that read text, pictures or both, over seeds,
each fit in a process of its own. Finished fits are kept in --results, so that the command may be interrupted and
started again. `speed` times features and the export, `memory` the largest training. `peer` trains textlab, a textbook
torch program and, with --autogluon PYTHON, AutoGluon's MultiModalPredictor on the same rows, in one call.
An environment for AutoGluon is made by

    uv venv FOLDER; uv pip install --python FOLDER/bin/python autogluon.multimodal

Set OMP_NUM_THREADS and TF_NUM_INTRAOP_THREADS to the number of cores to use.
"""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from suite.fits import Results
from text_image_parts import memory as peak
from text_image_parts import peers, quality
from text_image_parts import speed as speeds

from textlab.paths import REPORTS

WIDTH = 180
app = typer.Typer(add_completion=False, help=__doc__)
Seeds = Annotated[int, typer.Option(help="Number of seeds.", min=1)]
Minutes = Annotated[float, typer.Option(help="Minutes after which no fit is started; 0 only prints.", min=0)]
Only = Annotated[str, typer.Option(help=f"Some of: {'; '.join(quality.CANDIDATES)}. Separated by semicolons.")]
Kept = Annotated[Path, typer.Option(help="Folder in which finished fits are kept.")]
RESULTS = REPORTS / "benchmarks" / "text_image"


@app.command()
def openclipart(seeds: Seeds = 3, minutes: Minutes = 1e6, only: Only = "", results: Kept = RESULTS) -> None:
    """Compare text, picture and both on openclipart."""
    _print_quality("openclipart", seeds, minutes, only, results, {})


@app.command()
def catalogue(
    seeds: Seeds = 3,
    minutes: Minutes = 1e6,
    only: Only = "",
    results: Kept = RESULTS,
    rows: Annotated[int, typer.Option(help="Number of articles.")] = 8000,
    catalogue_seed: Annotated[int, typer.Option(help="Seed of the articles; 13 is the dataset's default.")] = 13,
) -> None:
    """Compare text, picture and both on the catalogue, beside the best possible scores."""
    from textlab.data.sources.catalogue import best_possible

    reads = {quality.TEXT: ("text",), quality.IMAGE: ("image",), quality.BOTH: ("text", "image")}
    best = {name: best_possible(inputs).macro_f1 for name, inputs in reads.items()}
    _print_quality(f"catalogue?rows={rows}&seed={catalogue_seed}", seeds, minutes, only, results, best)


def _print_quality(dataset: str, seeds: int, minutes: float, only: str, results: Path, best: dict[str, float]) -> None:
    names = [name.strip() for name in only.split(";") if name.strip()] or list(quality.CANDIDATES)
    if unknown := [name for name in names if name not in quality.CANDIDATES]:
        raise typer.BadParameter(f"Unknown: {', '.join(unknown)}. Choose from {'; '.join(quality.CANDIDATES)}.")
    kept = Results(results)
    outcomes = quality.measure(dataset, names, seeds, kept, minutes)
    Console(width=WIDTH).print(quality.table(dataset, outcomes, kept, best))


@app.command()
def speed(
    pictures: Annotated[int, typer.Option(help="Pictures of 224 x 224 pixels.")] = 500,
    articles: Annotated[int, typer.Option(help="Articles through the export, one at a time.")] = 200,
) -> None:
    """Time the features of pictures and single articles through the export."""
    with tempfile.TemporaryDirectory() as scratch:
        Console(width=WIDTH).print(speeds.measure(pictures, articles, Path(scratch)))


@app.command()
def memory(
    articles: Annotated[int, typer.Option(help="Articles with pictures in training.")] = 50_000,
    families: Annotated[str, typer.Option(help="Families, separated by commas.")] = "image,text_image",
) -> None:
    """Measure the peak memory of training on many articles."""
    Console(width=WIDTH).print(peak.measure(articles, families.split(",")))


@app.command()
def peer(
    dataset: Annotated[str, typer.Option(help="Dataset with the inputs text and image.")] = "openclipart",
    seeds: Seeds = 3,
    autogluon: Annotated[Path | None, typer.Option(help="The Python of an environment with AutoGluon.")] = None,
    seconds: Annotated[int, typer.Option(help="Limit of each training by AutoGluon.")] = 3600,
) -> None:
    """Compare with a textbook torch program, and with AutoGluon."""
    with tempfile.TemporaryDirectory() as scratch:
        Console(width=WIDTH).print(peers.measure(dataset, seeds, autogluon, seconds, Path(scratch)))


if __name__ == "__main__":
    app()
