"""Look whether a report's answer names the trap in generated data sets: python benchmarks/traps.py --seeds 5

The sets are those of tests/traps: tables as users have them, written as files and loaded by name. Two small models
predict, and the report's answer follows from the predictions. For a trapped set, the answer must have a serious concern
of an accepted kind and a word that names the trap. A clean set must have no serious concern.
"""

import logging
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "traps"))

from trap_answers import Verdict, judge
from trap_sets import SETS

ASIDE = ("missed", "false alarm")


def main(
    seed: Annotated[int, typer.Option(help="First seed of the generators.")] = 0,
    seeds: Annotated[int, typer.Option(help="Number of seeds: draws of each set.")] = 1,
    only: Annotated[str, typer.Option(help="Part of the names of the sets to judge; all if empty.")] = "",
    answers: Annotated[bool, typer.Option(help="Print the answers of misses and false alarms.")] = False,
) -> None:
    """Judge every set with each seed; print a table and the totals."""
    logging.disable(logging.WARNING)  # the loader's own warnings about the files
    verdicts: dict[str, list[Verdict]] = {}
    with TemporaryDirectory() as folder:
        for made in SETS:
            if only in made.name:
                verdicts[made.name] = [judge(made, Path(folder), draw) for draw in range(seed, seed + seeds)]
    print_table(verdicts)
    if answers:
        for verdict in (verdict for draws in verdicts.values() for verdict in draws):
            if verdict.outcome in ASIDE:
                Console().print(f"\n{verdict.source.name}: {verdict.outcome}", *verdict.answer, sep="\n", markup=False)


def print_table(verdicts: dict[str, list[Verdict]]) -> None:
    """Print a row for each set and the totals below."""
    table = Table("set", "trap", "serious concerns", "outcome")
    for name, draws in verdicts.items():
        kinds = Counter("refused" if draw.is_refused else kind for draw in draws for kind in draw.kinds or ["none"])
        outcomes = Counter(draw.outcome for draw in draws)
        table.add_row(
            name, " or ".join(draws[0].source.kinds), counted(kinds, len(draws)), counted(outcomes, len(draws))
        )
    totals = Counter(draw.outcome for draws in verdicts.values() for draw in draws)
    Console().print(table, ", ".join(f"{count} {outcome}" for outcome, count in totals.items()), sep="\n")


def counted(values: Counter[str], draws: int) -> str:
    """Such as "hit 4, missed 1"; a single draw needs no numbers."""
    return ", ".join(value if draws == 1 else f"{value} {count}" for value, count in values.most_common())


if __name__ == "__main__":
    typer.run(main)
