"""A cell of a grid: one notebook with one set of parameters."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from textlab.runner.planning.notebook import Notebook


@dataclass(frozen=True)
class Cell:
    """One notebook with one set of parameters.

    Attributes:
        notebook: the template to execute.
        parameters: the values that are injected into it.
        distinct_parameters: the parameters that the grid file states, which distinguish this cell from the others.
        sources: the cells that this one builds on, by parameter name. They run first, and the parameter's value is the
            id of their MLflow run.
        gpus: number of GPUs, if the machine has any.
        timeout: seconds after which the notebook is stopped; None if the grid states no limit.
        cell_timeout: seconds after which a code cell is stopped; None if the grid states no limit.
        memory: gigabytes that the notebook may use; None if the grid states no limit.
    """

    notebook: Notebook
    parameters: Mapping[str, Any]
    distinct_parameters: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, "Cell"] = field(default_factory=dict)
    gpus: float = 0
    timeout: float | None = None
    cell_timeout: float | None = None
    memory: float | None = None

    @property
    def label(self) -> str:
        """The cell's name without its seed: the notebook without its number, and the distinct parameters."""
        settings = [f"{name}={value}" for name, value in self.distinct_parameters.items() if name != "seed"]
        settings += [f"{name}=<{source.label}>" for name, source in self.sources.items()]
        return " ".join([self.notebook.name.lstrip("0123456789_"), *settings])

    @property
    def name(self) -> str:
        """The label and the seed, for people."""
        seed = self.distinct_parameters.get("seed")
        return self.label if seed is None else f"{self.label} seed={seed}"

    @property
    def source_keys(self) -> set[str]:
        """The keys of the cells that this one builds on."""
        return {source.key for source in self.sources.values()}

    @property
    def recorded_parameters(self) -> dict[str, Any]:
        """The parameters as the record shows them, with the label of each source."""
        return {**self.parameters, **{name: source.label for name, source in self.sources.items()}}

    @cached_property
    def complete_parameters(self) -> dict[str, Any]:
        """The values of all parameters, stated or not, as JSON returns them; without those that are sources."""
        complete = self.notebook.complete(self.parameters)
        own = {name: value for name, value in complete.items() if name not in self.sources}
        return dict(json.loads(json.dumps(own, default=str)))

    @cached_property
    def key(self) -> str:
        """A digest of the notebook's name, the parameters and the sources, which is valid as a file name.

        A parameter at its default does not count, whether the grid states it or not.
        """
        defaults = json.loads(json.dumps(self.notebook.defaults, default=str))
        parameters = {
            name: value
            for name, value in self.complete_parameters.items()
            if name not in defaults or json.dumps(value) != json.dumps(defaults[name])
        }
        sources = {name: {"from": source.key} for name, source in self.sources.items()}
        content = json.dumps({**parameters, **sources}, sort_keys=True)
        digest = hashlib.sha256(f"{self.notebook.name}\x00{content}".encode()).hexdigest()
        return f"{self.notebook.name}-{digest[:10]}"

    def ancestors(self) -> Iterator["Cell"]:
        """Every cell that this one builds on, directly or indirectly, in the order of execution."""
        for source in self.sources.values():
            yield from source.ancestors()
            yield source
