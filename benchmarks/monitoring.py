"""Measure how often a look raises a false alarm and how often it finds a shift: python benchmarks/monitoring.py PART...

Looks are drawn at random from real tweets (TEXTLAB_MIRROR): training, validation and traffic are random parts of
TweetEval's sentiment tweets, so that nothing has moved but what a case moves. One logistic regression, out of fold,
gives all probabilities. What is measured is kept in a file, and a repeated call continues.
"""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from monitoring_parts import estimated, evidently, moved, streams
from monitoring_parts.corpus import Corpus, load_corpus
from monitoring_parts.results import Results
from rich.console import Console
from rich.table import Table

from textlab.paths import REPORTS

WIDTH = 160


class Part(StrEnum):
    """The parts of the benchmark."""

    FALSE_ALARMS = "false-alarms"
    POWER = "power"
    EVIDENTLY = "evidently"
    ESTIMATED = "estimated"
    STREAMS = "streams"


PARTS: dict[Part, Callable[[Corpus, Results, int], Table]] = {
    Part.FALSE_ALARMS: moved.false_alarms,
    Part.POWER: moved.power,
    Part.EVIDENTLY: evidently.compare,
    Part.ESTIMATED: estimated.estimated,
    Part.STREAMS: streams.streams,
}


def main(
    parts: Annotated[list[Part], typer.Argument(help="What to measure.")],
    looks: Annotated[int, typer.Option(help="Number of looks at each case.")] = 200,
    results: Annotated[Path, typer.Option(help="File of what was measured.")] = REPORTS / "benchmarks/monitoring.jsonl",
) -> None:
    """Measure the parts and print their tables."""
    corpus, console = load_corpus(), Console(width=WIDTH)
    measured = Results(results)
    for part in parts:
        console.print(PARTS[part](corpus, measured, looks))


if __name__ == "__main__":
    typer.run(main)
