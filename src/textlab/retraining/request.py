"""The request for a retrain, checked before anything starts."""

import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from textlab.promotion.catalog import check_name
from textlab.retraining.rules import MARGIN
from textlab.retraining.state import check_id

MOST_MARGIN = 0.2


class Step(StrEnum):
    """The steps of a retrain, in order."""

    SNAPSHOT = "snapshot"
    GRID = "grid"
    GATE = "gate"
    PROMOTE = "promote"


@dataclass(frozen=True)
class Request:
    """The options of a retrain.

    Attributes:
        name: the name of the promoted model.
        grid: the grid file.
        models: the folder of promoted models.
        id: the retrain's id; None to continue the unfinished one, or to begin one.
        until: the last step to do.
        feedback: the service's feedback; None for none.
        labelled: files of newly labelled texts.
        margin: by how much the challenger may be worse, as a share of one.
        floor: the score that the challenger must reach, as a share of one; None for none.
        promote: whether to promote a challenger that passes the gate.
        swap: the address of the service to switch.
        watch_seconds: how long the service is watched before and after the switch.
    """

    name: str
    grid: Path
    models: Path
    id: str | None = None
    until: Step = Step.PROMOTE
    feedback: Path | None = None
    labelled: tuple[Path, ...] = ()
    margin: float = MARGIN
    floor: float | None = None
    promote: bool = False
    swap: str | None = None
    watch_seconds: float = 300.0

    def check(self) -> None:
        """Check the options.

        Raises:
            ValueError: an option is not valid.
        """
        check_name(self.name)
        if self.id is not None:
            check_id(self.id)
        if not 0 <= self.margin <= MOST_MARGIN:
            raise ValueError(
                f"--margin is {100 * self.margin:g}. State points from 0 to {100 * MOST_MARGIN:g}, such as 1."
            )
        if self.floor is not None and not 0 <= self.floor <= 1:
            raise ValueError(f"--floor is {100 * self.floor:g}. State points from 0 to 100, such as 65.")
        if not (math.isfinite(self.watch_seconds) and self.watch_seconds > 0):
            raise ValueError(f"--watch-minutes is {self.watch_seconds / 60:g}. State a positive number of minutes.")
        if self.swap is not None and not self.promote:
            raise ValueError(f"--swap {self.swap} was given without --promote. Add --promote, or leave --swap out.")

    def reaches(self, step: Step) -> bool:
        """Return whether the request includes a step."""
        return list(Step).index(step) <= list(Step).index(self.until)
