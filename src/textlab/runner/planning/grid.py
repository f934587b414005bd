"""The grid file: what a researcher states, checked before anything starts."""

from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

from textlab.evaluation.classification.metrics import DECISIVE_METRICS
from textlab.paths import EXPERIMENTS, shown
from textlab.spelling import nearest

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
Seconds = Annotated[float, Field(gt=0)]
TAKEN = ("Default", "by-hand", "reproductions")  # MLflow's own, of notebooks run in JupyterLab, of runs repeated
Gigabytes = Annotated[float, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Range(_Strict):
    """The numbers from `low` to `high`, both included; `log` samples them on a logarithmic scale."""

    low: Any
    high: Any
    log: bool = False


# Told apart by what is stated, so that a mistake in one of them is not told as two.
KINDS = ("a range", "a list")
Where = Annotated[
    Annotated[Range, Tag(KINDS[0])] | Annotated[list[Any], Tag(KINDS[1])],
    Discriminator(lambda stated: KINDS[0] if isinstance(stated, dict | Range) else KINDS[1]),
]


class StatedSearch(_Strict):
    """What stands under `search:` of an entry of `runs`.

    Attributes:
        trials: how many.
        parameters: where each is searched: a range, or a list of which one is chosen.
        seed: of what is chosen by chance.
    """

    trials: Annotated[int, Field(gt=0, le=10_000)]
    parameters: Annotated[dict[str, Where], Field(min_length=1)]
    seed: Annotated[int, Field(ge=0)] = 0


class GridRun(_Strict):
    """One entry of `runs`.

    Attributes:
        notebook: which to execute.
        id: by which other entries name this one.
        parameters: of the notebook. A list is a dimension of the grid; `{from: <id>}` is the MLflow run of another
            entry with the same seed, which is run first.
        search: chooses further parameters, trial by trial. Each combination of `parameters`, and each seed, is a search
            of its own.
        gpus: how many each of its notebooks is given where there are GPUs; below 1 a share of one.
        timeout: seconds that each of its notebooks may take; the grid's where it is not stated.
        cell_timeout: seconds that each of their code cells may take; likewise.
        memory: gigabytes that each of its notebooks may take; likewise.
    """

    notebook: str
    id: Annotated[str | None, Field(pattern=NAME)] = None
    parameters: dict[str, Any] = {}
    search: StatedSearch | None = None
    gpus: Annotated[float, Field(ge=0)] = 0
    timeout: Seconds | None = None
    cell_timeout: Seconds | None = None
    memory: Gigabytes | None = None

    @property
    def sources(self) -> dict[str, str]:
        """The ids of the entries whose runs are parameters of this one, by the parameter's name."""
        return {name: value["from"] for name, value in self.parameters.items() if _is_source(value)}

    @property
    def settings(self) -> dict[str, Any]:
        """The parameters whose value the grid file states."""
        return {name: value for name, value in self.parameters.items() if not _is_source(value)}


def _is_source(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"from"}


class Grid(_Strict):
    """A grid of experiments.

    Attributes:
        name: of the MLflow experiment and of the folder in reports/.
        dataset: what each notebook is given as `dataset`.
        primary_metric: decides, on validation, which run is best; test is only reported.
        seeds: each run is done once for each.
        timeout: seconds that a notebook may take; None for no limit.
        cell_timeout: seconds that a code cell may take; None for no limit.
        memory: gigabytes that a notebook may take; None for no limit.
        runs: the notebooks and their parameters.
    """

    name: Annotated[str, Field(pattern=NAME)]
    dataset: str
    primary_metric: str = "macro_recall"
    seeds: Annotated[list[int], Field(min_length=1)] = [0]
    timeout: Seconds | None = None
    cell_timeout: Seconds | None = None
    memory: Gigabytes | None = None
    runs: Annotated[list[GridRun], Field(min_length=1)]


def read_grid(path: Path) -> Grid:
    """Read and check a grid file.

    Raises:
        FileNotFoundError: there is no such file; the message names the grids there are.
        ValueError: it is not YAML, or a key or value is not as it should be; the message says which and what is known.
    """
    if not path.is_file():
        grids = sorted(shown(other) for other in EXPERIMENTS.glob("*.yaml"))
        raise FileNotFoundError(f"There is no grid file {path}.{nearest(str(path), grids)}")
    try:
        stated = yaml.load(path.read_text(encoding="utf-8"), _UniqueKeys)  # derived from SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(stated, dict):
        raise ValueError(f"{path} holds {type(stated).__name__}; expected keys: {', '.join(Grid.model_fields)}.")
    try:
        grid = Grid.model_validate(stated)
    except ValidationError as error:
        raise ValueError("\n".join(_sentence(path, dict(problem)) for problem in error.errors())) from error
    if grid.name in TAKEN:
        raise ValueError(f"{path}: the name '{grid.name}' is taken; give the grid another.")
    _check_sources(path, grid)
    if grid.primary_metric not in DECISIVE_METRICS:
        raise ValueError(
            f"{path}: unknown primary_metric '{grid.primary_metric}'.{nearest(grid.primary_metric, DECISIVE_METRICS)}"
        )
    return grid


def _check_sources(path: Path, grid: Grid) -> None:
    """Each id once, each `from` one of them, and no run waits for itself.

    Raises:
        ValueError: it is not so.
    """
    ids = [run.id for run in grid.runs if run.id is not None]
    twice = next((id_ for id_ in ids if ids.count(id_) > 1), None)
    if twice is not None:
        raise ValueError(f"{path}: two runs have the id '{twice}'. Give one of them another.")
    searches = [run.id for run in grid.runs if run.search]
    for run in grid.runs:
        for name, source in run.sources.items():
            if source not in ids:
                raise ValueError(
                    f"{path}: '{name}' is from '{source}', which is no run's id.{nearest(str(source), ids)}"
                )
            if source in searches:
                raise ValueError(f"{path}: '{name}' is from '{source}', which is a search; state a run without one.")
    order = TopologicalSorter({run.id: set(run.sources.values()) for run in grid.runs if run.id is not None})
    try:
        order.prepare()
    except CycleError as error:
        raise ValueError(f"{path}: runs wait for each other in a circle: {' -> '.join(error.args[1])}.") from error


class _UniqueKeys(yaml.SafeLoader):
    """YAML in which a key stands once: of two, the first would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"the key '{twice}' stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def _sentence(path: Path, problem: dict[str, Any]) -> str:
    """One of pydantic's findings in words."""
    where = ".".join(str(part) for part in problem["loc"] if part not in KINDS)
    key = str(problem["loc"][-1]) if problem["loc"] else ""
    model: type[BaseModel] = GridRun if "runs" in problem["loc"][:-1] else Grid
    if "search" in problem["loc"][:-1]:
        model = Range if KINDS[0] in problem["loc"] else StatedSearch
    if problem["type"] == "extra_forbidden":
        return f"{path}: unknown key '{where}'.{nearest(key, model.model_fields)}"
    if problem["type"] == "missing":
        return f"{path}: the key '{where}' is missing."
    return f"{path}: '{where}' is {problem['input']!r}: {problem['msg'][0].lower()}{problem['msg'][1:]}."
