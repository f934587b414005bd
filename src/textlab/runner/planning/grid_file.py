"""Read a grid file and check it before anything starts."""

import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from textlab.data.spec import resolve
from textlab.evaluation.tasks import Task
from textlab.evaluation.wishes import read_wishes
from textlab.paths import EXPERIMENTS, shown
from textlab.runner.planning.grid import KINDS, Grid, GridRun, GridSearch, Range
from textlab.runner.planning.grid_task import task_of, with_primary_metric
from textlab.spelling import nearest

# MLflow's own experiment, notebooks executed in JupyterLab, reproductions, and the decisions of retrains.
RESERVED_NAMES = ("Default", "by-hand", "reproductions", "retraining")


def read_grid(path: Path) -> Grid:
    """Read and check a grid file of one dataset. A grid that states no primary metric gets that of its task.

    Raises:
        FileNotFoundError: the file does not exist; the message lists the grids that do.
        ValueError: the file is not YAML, a key or value is wrong, its notebooks belong to several tasks, or it states
            several datasets; the message names each mistake.
    """
    grids = read_grids(path)
    if len(grids) > 1:
        raise ValueError(f"{path} states {len(grids)} datasets, but one is needed here. Write a grid file with one.")
    return grids[0]


def read_grids(path: Path) -> list[Grid]:
    """Read and check a grid file, which makes a grid for each of its datasets; the errors are those of `read_grid`."""
    content = _content(path)
    datasets = content.get("dataset")
    if not isinstance(datasets, list):
        return [_checked(path, content)]
    if not datasets or not all(isinstance(dataset, str) for dataset in datasets):
        raise ValueError(f"{path}: the list 'dataset' is {datasets!r}. Write the names of datasets in it.")
    if content.get("corrections"):
        raise ValueError(
            f"{path}: 'corrections' names one file, and 'dataset' several datasets. State the file in the name of its "
            "dataset, such as 'file:tweets.csv?corrections=corrections.csv'."
        )
    _check_not_reserved(path, content.get("name"))  # a folder of that name gets the table of all datasets
    grids = [_checked(path, _of_dataset(path, content, dataset)) for dataset in datasets]
    names = [grid.name for grid in grids]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"{path}: two datasets would make a grid called '{twice}'. Remove one of them.")
    return grids


def stated_name(path: Path) -> str:
    """Return the name in a grid file that `read_grids` has read."""
    return str(_content(path)["name"])


def _content(path: Path) -> dict[str, Any]:
    """Return the keys of a grid file, unchecked."""
    if not path.is_file():
        grids = sorted(shown(other) for other in EXPERIMENTS.rglob("*.yaml"))
        raise FileNotFoundError(f"There is no grid file {path}.{nearest(str(path), grids)}")
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _UniqueKeyLoader)  # derived from SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not valid YAML: {error}") from error
    except RecursionError:
        raise ValueError(f"{path} is nested too deeply. Write plain values and lists.") from None
    if not isinstance(content, dict):
        raise ValueError(
            f"{path} contains {type(content).__name__}, not keys. State these keys: {', '.join(Grid.model_fields)}."
        )
    return content


def _of_dataset(path: Path, content: dict[str, Any], dataset: str) -> dict[str, Any]:
    """Return what the file states for one of its datasets."""
    metric = content.get("primary_metric", "")
    if isinstance(metric, dict):
        if unknown := sorted(set(map(str, metric)) - set(content["dataset"])):
            raise ValueError(
                f"{path}: 'primary_metric' names {unknown[0]}, which is not in the list 'dataset'."
                f"{nearest(unknown[0], content['dataset'])}"
            )
        metric = metric.get(dataset, "")
    name = content.get("name")
    if isinstance(name, str):  # otherwise the check of the grid names the mistake
        content = content | {"name": f"{name}-{re.sub(r'[^A-Za-z0-9_.-]+', '-', dataset)}"}
    return content | {"dataset": dataset, "primary_metric": metric}


def _checked(path: Path, content: dict[str, Any]) -> Grid:
    """Return the grid with these keys, checked."""
    try:
        grid = Grid.model_validate(content)
    except ValidationError as error:
        raise ValueError("\n".join(_sentence(path, dict(problem)) for problem in error.errors())) from error
    try:
        of_task, grid = task_of(grid), with_primary_metric(grid)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    _check_names(path, grid, of_task)
    _check_decision(path, grid, of_task)
    _check_sources(path, grid)
    return _with_corrections(path, grid)


def _with_corrections(path: Path, grid: Grid) -> Grid:
    """Return the grid with a dataset that reads its file of corrections."""
    if not grid.corrections:
        return grid
    try:
        dataset = resolve(grid.dataset, {"corrections": grid.corrections}).canonical_name()
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return grid.model_copy(update={"dataset": dataset, "corrections": ""})


def _check_names(path: Path, grid: Grid, of_task: Task) -> None:
    """Check the grid's name and its primary metric.

    Raises:
        ValueError: the name is reserved, or the metric cannot rank runs.
    """
    _check_not_reserved(path, grid.name)
    if grid.primary_metric in of_task.cost_metrics:
        if "costs" not in grid.decision:
            raise ValueError(
                f"{path}: the primary_metric is '{grid.primary_metric}', and no costs are stated. State them under "
                "'decision', such as costs: {negative: 5}."
            )
    elif grid.primary_metric not in of_task.metrics:
        raise ValueError(
            f"{path}: unknown primary_metric '{grid.primary_metric}'.{nearest(grid.primary_metric, of_task.metrics)}"
        )


def _check_decision(path: Path, grid: Grid, of_task: Task) -> None:
    """Check what the grid states about decisions, as far as that needs no data.

    Raises:
        ValueError: a key or a value is wrong, or the task has no decisions.
    """
    try:
        wishes = read_wishes(grid.decision)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    if not wishes.is_empty and not of_task.has_decisions:
        raise ValueError(f"{path}: 'decision' is stated, and the task is {of_task.name}. Leave it out.")


def _check_not_reserved(path: Path, name: Any) -> None:
    if name in RESERVED_NAMES:
        raise ValueError(f"{path}: the name '{name}' is reserved. Choose another name for the grid.")


def _check_sources(path: Path, grid: Grid) -> None:
    """Check that ids are unique, that each `from` refers to one, and that no entry depends on itself.

    Raises:
        ValueError: one of these does not hold.
    """
    ids = [run.id for run in grid.runs if run.id is not None]
    duplicate = next((id_ for id_ in ids if ids.count(id_) > 1), None)
    if duplicate is not None:
        raise ValueError(f"{path}: two entries have the id '{duplicate}'. Rename one of them.")
    searches = [run.id for run in grid.runs if run.search]
    for run in grid.runs:
        for name, source in run.sources.items():
            if source not in ids:
                raise ValueError(
                    f"{path}: '{name}' refers to '{source}', which is no entry's id.{nearest(str(source), ids)}"
                )
            if source in searches:
                raise ValueError(
                    f"{path}: '{name}' refers to '{source}', which is a search. Refer to an entry without a search."
                )
    graph = TopologicalSorter({run.id: set(run.sources.values()) for run in grid.runs if run.id is not None})
    try:
        graph.prepare()
    except CycleError as error:
        raise ValueError(
            f"{path}: entries depend on each other in a cycle: {' -> '.join(error.args[1])}. Remove one `from`."
        ) from error


class _UniqueKeyLoader(yaml.SafeLoader):
    """A YAML loader that rejects duplicate keys, where YAML silently keeps the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        duplicate = next((key for key in keys if keys.count(key) > 1), None)
        if duplicate is not None:
            raise yaml.constructor.ConstructorError(None, None, f"the key '{duplicate}' occurs twice", node.start_mark)
        return super().construct_mapping(node, deep)


def _sentence(path: Path, problem: dict[str, Any]) -> str:
    """One of pydantic's findings as a sentence."""
    location = ".".join(str(part) for part in problem["loc"] if part not in KINDS)
    key = str(problem["loc"][-1]) if problem["loc"] else ""
    if problem["type"] == "extra_forbidden":
        schema = _model(problem["loc"])
        if schema is Grid and key in GridRun.model_fields:
            return f"{path}: unknown key '{location}'. Move it into an entry of 'runs'."
        return f"{path}: unknown key '{location}'.{nearest(key, schema.model_fields)}"
    if problem["type"] == "missing":
        return f"{path}: the key '{location}' is missing."
    return f"{path}: '{location}' is {problem['input']!r}: {problem['msg'][0].lower()}{problem['msg'][1:]}."


def _model(location: tuple[str | int, ...]) -> type[BaseModel]:
    """The part of the schema that a finding at `location` is about."""
    if "search" in location[:-1]:
        return Range if KINDS[0] in location else GridSearch
    return GridRun if "runs" in location[:-1] else Grid
