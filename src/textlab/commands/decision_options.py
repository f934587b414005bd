"""The options that state decisions, for commands that put a model into use."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from textlab.evaluation.wishes import Wishes

PANEL = "Decisions"

Costs = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CLASS=COST",
        help="The cost of missing a class; other mistakes cost 1. Or a full matrix such as [[0, 1], [5, 0]], with a "
        "row for each right class.",
        rich_help_panel=PANEL,
    ),
]
Precision = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CLASS=SHARE", help="The share of decisions for a class that must be right.", rich_help_panel=PANEL
    ),
]
Recall = Annotated[
    list[str] | None,
    typer.Option(metavar="CLASS=SHARE", help="The share of a class that must be found.", rich_help_panel=PANEL),
]
Accuracy = Annotated[
    float | None,
    typer.Option(help="Abstain so that at least this share of the answers is right.", rich_help_panel=PANEL),
]
Coverage = Annotated[
    float | None,
    typer.Option(help="The share of each class whose prediction set holds the right class.", rich_help_panel=PANEL),
]
Confidence = Annotated[
    float | None, typer.Option(help="The confidence of these promises. By default: 0.95.", rich_help_panel=PANEL)
]


def stated_wishes(
    of_grid: dict[str, Any],
    costs: Sequence[str] | None,
    precision: Sequence[str] | None,
    recall: Sequence[str] | None,
    accuracy: float | None,
    coverage: float | None,
    confidence: float | None,
) -> "Wishes":
    """Read the options; each overrides the same key in the `decision` of a grid.

    Raises:
        ValueError: an option is not valid.
    """
    from textlab.evaluation.wishes import read_wishes

    document = dict(of_grid)
    if costs:
        document["costs"] = _matrix(costs[0]) if costs[0].lstrip().startswith("[") else _by_class("--costs", costs)
    for name, option in (("precision", precision), ("recall", recall)):
        if option:
            document[name] = _by_class(f"--{name}", option)
    single = {"accuracy": accuracy, "coverage": coverage, "confidence": confidence}
    wishes = read_wishes(document | {name: value for name, value in single.items() if value is not None})
    if confidence is not None and not (wishes.precision or wishes.recall or wishes.accuracy):
        raise ValueError("--confidence was given without --precision, --recall or --accuracy. Leave it out.")
    return wishes


def _by_class(option: str, stated: Sequence[str]) -> dict[str, float]:
    """Return the numbers of options such as `negative=5`; a class may hold an equals sign."""
    found: dict[str, float] = {}
    for each in stated:
        name, separator, number = each.rpartition("=")
        try:
            if not separator or name in found:
                raise ValueError
            found[name] = float(number)
        except ValueError:
            raise ValueError(
                f"{option} {each} is not valid. Write {option} CLASS=NUMBER, once for each class."
            ) from None
    return found


def _matrix(stated: str) -> Any:
    import json

    try:
        return json.loads(stated)
    except ValueError:
        raise ValueError(
            f"--costs {stated} is not a matrix. Write rows of numbers, such as [[0, 1], [5, 0]]."
        ) from None
