"""What a grid states about decisions, checked against the classes of its data before anything starts."""

from collections.abc import Iterable

from textlab.data.dataset import Dataset
from textlab.evaluation.wishes import read_wishes
from textlab.runner.planning.grid import Grid


def check_decision(grid: Grid, datasets: Iterable[str]) -> None:
    """Check the key `decision` of a grid against the classes of datasets.

    Raises:
        ValueError: it names an unknown class, a matrix has another size than the classes, or the task has no decisions.
    """
    from textlab.data import load_any

    if not grid.decision:
        return
    for name in sorted(datasets):
        dataset = load_any(name)
        if not isinstance(dataset, Dataset):
            raise ValueError(
                f"Grid '{grid.name}': 'decision' is stated, and '{name}' is for {dataset.task}. Leave it out."
            )
        try:
            read_wishes(grid.decision).check_classes(dataset.label_names)
        except ValueError as error:
            raise ValueError(f"Grid '{grid.name}', dataset '{name}': {error}") from error
