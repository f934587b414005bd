"""Everything that decides the numbers of a cell. A cell with the same fingerprint as a finished run is not due."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property
from typing import Any

import textlab.data
from textlab.data.task_dataset import TaskDataset
from textlab.runner.planning.cell import Cell

DATA = "textlab.data"


@dataclass(frozen=True)
class Fingerprint:
    """Everything that decides the numbers of one cell, as values that JSON can hold.

    Attributes:
        notebook: digest of the notebook's code, without the defaults of its parameters.
        parameters: the values of all parameters, defaults included.
        data: digest of the dataset; "" if the notebook reads none.
        modules: digest of each module of textlab that the notebook reaches, by name.
        libraries: version of each library that the notebook reaches, by name.
        sources: keys of the fingerprints of the cells that this one builds on, by parameter name.
    """

    notebook: str
    parameters: Mapping[str, Any]
    data: str
    modules: Mapping[str, str]
    libraries: Mapping[str, str]
    sources: Mapping[str, str]

    @cached_property
    def key(self) -> str:
        """A digest of the whole fingerprint."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()[:32]

    def as_json(self) -> str:
        """The fingerprint as one line of JSON."""
        return json.dumps(asdict(self), sort_keys=True, default=str, separators=(",", ":"))


def fingerprints(cells: Sequence[Cell]) -> dict[str, Fingerprint]:
    """The fingerprints of the cells and of those that they build on, by `Cell.key`.

    Each dataset is loaded once, however many cells read it.

    Raises:
        ValueError, FileNotFoundError, ConnectionError: a dataset is not available or of another task than the notebook,
            or a notebook is not Python.
    """
    load = cache(textlab.data.load_any)
    by_key: dict[str, Fingerprint] = {}
    for cell in cells:
        for each in (*cell.ancestors(), cell):
            if each.key not in by_key:
                by_key[each.key] = Fingerprint(
                    notebook=each.notebook.digest,
                    parameters=each.complete_parameters,
                    data=_data_digest(each, load) if _reads_data(each) else "",
                    modules=each.notebook.reach.modules,
                    libraries=each.notebook.reach.libraries,
                    sources={name: by_key[source.key].key for name, source in each.sources.items()},
                )
    return by_key


def with_parameters(fingerprint: Fingerprint, cell: Cell) -> Fingerprint:
    """The fingerprint of `cell`, derived from that of a cell that differs in its parameters only."""
    return replace(fingerprint, parameters=cell.complete_parameters)


def _data_digest(cell: Cell, load: Callable[[str], TaskDataset]) -> str:
    dataset = load(str(cell.parameters["dataset"]))
    tasks = cell.notebook.tasks
    if tasks and dataset.task not in tasks:
        raise ValueError(
            f"Notebook '{cell.notebook.name}' is for {' or '.join(tasks)}, and dataset '{dataset.name}' is for "
            f"{dataset.task}. Choose a dataset of the notebook's task, or another notebook."
        )
    return dataset.digest


def _reads_data(cell: Cell) -> bool:
    return "dataset" in cell.parameters and DATA in cell.notebook.reach.modules


def changes(before: Mapping[str, Any], now: Fingerprint) -> list[str]:
    """Describe what has changed since an earlier fingerprint of the same cell.

    Args:
        before: the earlier fingerprint, as read from its JSON.
    """
    described = []
    if before["notebook"] != now.notebook:
        described.append("the notebook changed")
    if before["data"] != now.data:
        described.append("the data changed")
    described += _parameter_changes(before["parameters"], now.parameters)
    modules = [name for name, _, _ in _differences(before["modules"], now.modules)]
    if modules:
        described.append("changed: " + ", ".join(modules))
    for name, old, new in _differences(before["libraries"], now.libraries):
        described.append(f"{name} {old or 'absent'} -> {new or 'absent'}")
    sources = [name for name, _, _ in _differences(before["sources"], now.sources)]
    return described + [f"the run that '{name}' builds on changed" for name in sources]


def _parameter_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Describe the parameters of one cell that differ: only defaults can, because the others identify the cell."""
    if before.keys() != now.keys():
        return ["the notebook's parameters changed"]
    return [f"default of {name} {old} -> {new}" for name, old, new in _differences(before, now)]


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            yield name, before.get(name), now.get(name)
