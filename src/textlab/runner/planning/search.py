"""A search: trials of one notebook whose parameters are chosen one after the other."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from textlab.runner.planning.cell import Cell
from textlab.runner.planning.grid import GridSearch, Range
from textlab.runner.planning.notebook import Notebook


@dataclass(frozen=True)
class Search:
    """The trials of one notebook.

    Attributes:
        base: the cell without the parameters that are searched; it is never executed.
        trials: number of trials.
        spaces: the values to search, by parameter: a list of choices, or {"low", "high", "log"}.
        seed: random seed of the search.
        metric: the metric that the search maximises on validation.
    """

    base: Cell
    trials: int
    spaces: Mapping[str, Any]
    seed: int
    metric: str

    def cell(self, parameters: Mapping[str, Any]) -> Cell:
        """The cell of the trial with these parameters."""
        distinct = {name: value for name, value in self.base.distinct_parameters.items() if name != "seed"}
        distinct |= parameters
        distinct |= {name: value for name, value in self.base.distinct_parameters.items() if name == "seed"}
        return replace(self.base, parameters={**self.base.parameters, **parameters}, distinct_parameters=distinct)


def search_spaces(notebook: Notebook, search: GridSearch, fixed: Collection[str]) -> dict[str, Any]:
    """The values to search for each parameter, as the notebook receives them.

    Args:
        fixed: the parameters that the grid or the command line gives a value.

    Raises:
        ValueError: a searched parameter does not exist, has a value as well, or has no valid range.
    """
    spaces: dict[str, Any] = {}
    for name, choices in search.parameters.items():
        if isinstance(choices, list):
            spaces[name] = [notebook.read_value(name, value) for value in choices]
            if not choices:
                raise ValueError(
                    f"Notebook '{notebook.name}': the list for '{name}' is empty. State at least one value."
                )
        else:
            spaces[name] = _range(notebook, name, choices)
        if name in fixed:
            raise ValueError(
                f"Notebook '{notebook.name}': '{name}' is searched and also has a value. Remove one of the two."
            )
    return spaces


def _range(notebook: Notebook, name: str, stated: Range) -> dict[str, Any]:
    """A range of the grid file with its ends checked and converted."""
    low, high = (notebook.read_value(name, value) for value in (stated.low, stated.high))
    type_name = notebook.all_parameters[name].value_type
    if type_name not in ("int", "float"):
        raise ValueError(f"Notebook '{notebook.name}': '{name}' is not a number. Search it in a list, not in a range.")
    for end in (low, high):
        if isinstance(end, str):  # a word that the parameter also takes, such as "auto"
            raise ValueError(
                f"Notebook '{notebook.name}': '{name}' is searched from {low} to {high}, and {end} is no number. "
                f"Set low and high to numbers, or state {end} in a list."
            )
    if not low < high or (stated.log and low <= 0):
        bounds = "above 0 and below" if stated.log else "below"
        raise ValueError(
            f"Notebook '{notebook.name}': '{name}' is searched from {low} to {high}. Set low {bounds} high."
        )
    number = int if type_name == "int" else float
    return {"low": number(low), "high": number(high), "log": stated.log}
