"""The challenger: the champion of the report on a retrain's grid, or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from textlab import record
from textlab.concerns import Concern, ConcernKind
from textlab.report import gather
from textlab.runner.planning.grid_file import read_grid


@dataclass(frozen=True)
class Challenger:
    """The model that wants the champion's place.

    Attributes:
        run_id: its MLflow run.
        name: its name in the report.
        reason: why the report chose it.
        refusal: why the report recommends no model; "" if it recommends this one.
        metric: the metric of comparisons, see `Findings.metric`.
        primary: the grid's primary metric.
        concerns: the serious concerns of the report.
    """

    run_id: str
    name: str
    reason: str
    refusal: str
    metric: str
    primary: str
    concerns: tuple[Concern, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the challenger as values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Return the challenger that `to_json` has described."""
        concerns = [each | {"kind": ConcernKind(each["kind"])} for each in document["concerns"]]
        return cls(**{**document, "concerns": tuple(Concern(**each) for each in concerns)})


def find_challenger(grid: Path) -> Challenger:
    """Read the runs of a grid that has ended, trials of searches included, and choose as its report does.

    Raises:
        ValueError: no run can be compared.
    """
    stated = read_grid(grid)
    findings = gather(record.runs(stated.name), stated.primary_metric)
    return Challenger(
        run_id=findings.champion_entry.run.id,
        name=findings.champion.name,
        reason=findings.champion.reason,
        refusal=findings.refusal,
        metric=findings.metric,
        primary=findings.primary,
        concerns=tuple(concern for concern in findings.concerns if concern.is_serious),
    )
