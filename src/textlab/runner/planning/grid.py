"""The grid file's schema: what a researcher states, as typed and frozen objects."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from textlab.data.folds import FEWEST, MOST

NAME_CHARACTERS = 200  # a folder's name may have 255 bytes on Linux and macOS
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
MAXIMUM_SEED = 2**32 - 1  # NumPy and scikit-learn take no larger seed
Seed = Annotated[int, Field(ge=0, le=MAXIMUM_SEED)]
Share = Annotated[float, Field(gt=0, le=1)]
Folds = Annotated[int, Field(ge=FEWEST, le=MOST)]
Shares = Annotated[list[Share], Field(min_length=1)]
Seconds = Annotated[float, Field(gt=0)]
Gigabytes = Annotated[float, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Range(_Strict):
    """The numbers that a search samples for one parameter.

    Attributes:
        low: smallest number, included.
        high: largest number, included.
        log: whether numbers are sampled on a logarithmic scale.
    """

    low: Any
    high: Any
    log: bool = False


# The discriminator picks one kind, so that a mistake in a range is not also reported as a mistake in a list.
KINDS = ("a range", "a list")
Choices = Annotated[
    Annotated[Range, Tag(KINDS[0])] | Annotated[list[Any], Tag(KINDS[1])],
    Discriminator(lambda value: KINDS[0] if isinstance(value, dict | Range) else KINDS[1]),
]


class GridSearch(_Strict):
    """The key `search` of an entry of `runs`.

    Attributes:
        trials: number of trials.
        parameters: the values to search for each parameter: a range, or a list of choices.
        seed: random seed of the search.
    """

    trials: Annotated[int, Field(gt=0, le=10_000)]
    parameters: Annotated[dict[str, Choices], Field(min_length=1)]
    seed: Seed = 0


class GridRun(_Strict):
    """One entry of `runs`.

    Attributes:
        notebook: name of the notebook to execute.
        id: name by which other entries refer to this one.
        parameters: the notebook's parameters. A list is a dimension of the grid. `{from: <id>}` is the MLflow run of
            the entry with that id and the same seed, which runs first.
        settings: hyperparameters of the notebook's model that its parameters cell does not show. A list is a dimension
            of the grid here, too.
        folds: number of folds for out-of-fold predictions of the training examples; overrides the grid's.
        search: further parameters that a search chooses trial by trial. Each combination of `parameters` and each seed
            is a search of its own.
        learning_curve: shares of the training split on which each cell also runs; overrides the grid's. Runs on a share
            show how the score grows with the number of labels, and cannot become the champion.
        gpus: number of GPUs for each notebook, if the machine has any; a number below 1 is a share of one GPU.
        timeout: seconds after which a notebook is stopped; overrides the grid's.
        cell_timeout: seconds after which a code cell is stopped; overrides the grid's.
        memory: gigabytes that a notebook may use; overrides the grid's.
    """

    notebook: str
    id: Annotated[str | None, Field(pattern=NAME)] = None
    parameters: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    search: GridSearch | None = None
    learning_curve: Shares | None = None
    folds: Folds | None = None
    gpus: Annotated[float, Field(ge=0)] = 0
    timeout: Seconds | None = None
    cell_timeout: Seconds | None = None
    memory: Gigabytes | None = None

    @property
    def sources(self) -> dict[str, str]:
        """The ids of the entries whose runs are parameters of this one, by parameter name."""
        return {name: value["from"] for name, value in self.parameters.items() if _is_source(value)}

    @property
    def values(self) -> dict[str, Any]:
        """The parameters and settings whose values the grid file states."""
        shown = {name: value for name, value in self.parameters.items() if not _is_source(value)}
        return shown | self.settings


def _is_source(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"from"}


class Grid(_Strict):
    """A grid of experiments.

    Attributes:
        name: name of the MLflow experiment and of the folder in reports/.
        dataset: value of each notebook's parameter `dataset`. A list makes a grid for each dataset, called
            `<name>-<dataset>`, and a table of all of them.
        primary_metric: metric that ranks the runs on validation; test scores are only reported. "" stands for
            the primary metric of the notebooks' task, see `grid_task`. With a list of datasets, `{<dataset>: <metric>}`
            states one for each.
        decision: what decisions should achieve: costs, precision, recall, accuracy, coverage and confidence, see
            docs/guides/decisions.md. The report measures it, and `promote --champion` writes it into the bundle.
        seeds: random seeds; each entry runs once per seed.
        learning_curve: shares of the training split, such as [0.1, 0.2, 0.5], on which each cell also runs; none by
            default. An entry with a search has no learning curve.
        folds: number of folds for out-of-fold predictions of the training examples; none by default. They are not made
            for trials of a search, and for shares of a learning curve.
        corrections: a CSV file with corrected labels of the dataset, see `textlab.data.corrections`.
        timeout: seconds after which a notebook is stopped; no limit by default.
        cell_timeout: seconds after which a code cell is stopped; no limit by default.
        memory: gigabytes that a notebook may use; no limit by default.
        runs: the notebooks and their parameters.
    """

    name: Annotated[str, Field(pattern=NAME, max_length=NAME_CHARACTERS)]
    dataset: str
    primary_metric: str = ""
    decision: dict[str, Any] = {}
    seeds: Annotated[list[Seed], Field(min_length=1)] = [0]
    corrections: str = ""
    learning_curve: Shares | None = None
    folds: Folds | None = None
    timeout: Seconds | None = None
    cell_timeout: Seconds | None = None
    memory: Gigabytes | None = None
    runs: Annotated[list[GridRun], Field(min_length=1)]
