"""The task of a grid, which is the task of its notebooks."""

from textlab.evaluation.tasks import DEFAULT_TASK, Task, task
from textlab.runner.planning.grid import Grid
from textlab.runner.planning.notebook import find_notebook, notebook_names


def task_of(grid: Grid) -> Task:
    """Return the task of a grid's notebooks. Unknown notebooks are left to the plan, which explains them.

    Raises:
        ValueError: the notebooks belong to several tasks, or one of them to an unknown task.
    """
    known = set(notebook_names())
    by_task: dict[str, str] = {}
    for run in grid.runs:
        name = find_notebook(run.notebook).task if run.notebook in known else None
        if name is not None:
            by_task.setdefault(name, run.notebook)
    if len(by_task) > 1:
        mixed = " and ".join(f"{notebook} ({name})" for name, notebook in by_task.items())
        raise ValueError(
            f"the notebooks {mixed} belong to different tasks, whose runs cannot be compared. Write a grid for each "
            "task."
        )
    return task(next(iter(by_task), DEFAULT_TASK))


def training_metric(grid: Grid) -> str:
    """Return the primary metric of the grid's notebooks: the grid's, or the task's if costs decide in the grid."""
    of_task = task_of(grid)
    return of_task.primary_metric if grid.primary_metric in of_task.cost_metrics else grid.primary_metric


def with_primary_metric(grid: Grid) -> Grid:
    """Return the grid with the primary metric of its task if it states none; errors as in `task_of`."""
    return grid if grid.primary_metric else grid.model_copy(update={"primary_metric": task_of(grid).primary_metric})
