"""The task of a grid, which is the task of its notebooks. If they serve several tasks, its dataset decides."""

from textlab import data
from textlab.evaluation.tasks import DEFAULT_TASK, Task, task
from textlab.runner.planning.grid import Grid
from textlab.runner.planning.notebook import find_notebook, notebook_names


def task_of(grid: Grid) -> Task:
    """Return the task of a grid. Unknown notebooks are left to the plan, which explains them.

    Raises:
        ValueError: the notebooks belong to different tasks, or one of them to an unknown task.
    """
    known = set(notebook_names())
    first, served = "", tuple[str, ...]()
    for name in dict.fromkeys(run.notebook for run in grid.runs if run.notebook in known):
        tasks = find_notebook(name).tasks
        if not tasks:
            continue
        both = tuple(each for each in served if each in tasks) if served else tasks
        if not both:
            raise ValueError(
                f"the notebooks {first} ({' or '.join(served)}) and {name} ({' or '.join(tasks)}) belong to different "
                "tasks, whose runs cannot be compared. Write a grid for each task."
            )
        first, served = first or name, both
    stated = _task_of_dataset(grid.dataset) if len(served) > 1 else ""
    return task(stated if stated in served else next(iter(served), DEFAULT_TASK))


def _task_of_dataset(name: str) -> str:
    """Return the task that the dataset's name states; "" for an unknown dataset, which loading explains."""
    try:
        return data.task_of(name)
    except ValueError:
        return ""


def training_metric(grid: Grid) -> str:
    """Return the primary metric of the grid's notebooks: the grid's, or the task's if costs decide in the grid."""
    of_task = task_of(grid)
    return of_task.primary_metric if grid.primary_metric in of_task.cost_metrics else grid.primary_metric


def with_primary_metric(grid: Grid) -> Grid:
    """Return the grid with the primary metric of its task if it states none; errors as in `task_of`."""
    return grid if grid.primary_metric else grid.model_copy(update={"primary_metric": task_of(grid).primary_metric})
