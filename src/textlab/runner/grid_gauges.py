"""The progress and the scores of a grid as Prometheus gauges in a file, which node_exporter and Telegraf read."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from textlab import record
from textlab.paths import replacing, shown
from textlab.record import Run
from textlab.record.copies.run_copy import without_folders
from textlab.runner.due.outcome import CellStatus, Outcome

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

logger = logging.getLogger(__name__)

PREFIX = "textlab_grid_"
SECONDS = 5.0  # between two versions of the file, while cells end
SPLITS = ("validation", "test")
CELL_LABELS = ("grid", "cell", "name", "notebook", "dataset", "seed")


class GridGauges:
    """The gauges of one grid.

    Args:
        grid: the grid's name.
        planned: the keys of the chosen cells.
        metrics: the metrics whose scores are shown, without their split.
        path: the file.
    """

    def __init__(self, grid: str, planned: Iterable[str], metrics: Iterable[str], path: Path) -> None:
        self._grid, self._path = grid, path
        self._metrics = tuple(dict.fromkeys(metrics))
        self._statuses = dict.fromkeys(planned, str(CellStatus.DUE))
        self._runs: dict[str, Run] = {}
        self._written = 0.0
        self._is_broken = False

    def add(self, outcome: Outcome) -> None:
        """Take the outcome of a cell, and write the file if the last version is old."""
        self._statuses[outcome.cell.key] = str(outcome.status)
        if outcome.run_id is not None:
            self._try(lambda: self._runs.update({outcome.cell.key: _read(str(outcome.run_id))}))
        if time.monotonic() - self._written > SECONDS:
            self.write()

    def write(self) -> None:
        """Write the file in one step. A failure is one warning, and ends no grid."""
        self._try(self._write)
        self._written = time.monotonic()

    def _try(self, act: Callable[[], None]) -> None:
        if self._is_broken:
            return
        try:
            act()
        except (OSError, ValueError) as error:
            self._is_broken = True
            logger.warning("%s is not kept up to date: %s", shown(self._path), error)

    def _write(self) -> None:
        from prometheus_client import CollectorRegistry, generate_latest

        registry = CollectorRegistry()
        self._count(registry)
        self._describe(registry)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self._path) as partial:
            partial.write_bytes(generate_latest(registry))
            partial.chmod(0o644)  # the collector runs as another user; the file holds names and numbers only

    def _count(self, registry: "CollectorRegistry") -> None:
        from prometheus_client import Gauge

        cells = Gauge(f"{PREFIX}cells", "Cells of the grid in each status.", ["grid", "status"], registry=registry)
        counts = Counter(self._statuses.values())
        for status in CellStatus:  # zeros too, so that a status that no cell has any more does not stay
            cells.labels(self._grid, str(status)).set(counts[str(status)])
        updated = Gauge(f"{PREFIX}updated_timestamp_seconds", "Time of this file.", ["grid"], registry=registry)
        updated.labels(self._grid).set_to_current_time()

    def _describe(self, registry: "CollectorRegistry") -> None:
        from prometheus_client import Gauge

        seconds = Gauge(f"{PREFIX}cell_seconds", "Duration of a cell.", CELL_LABELS, registry=registry)
        memory = Gauge(f"{PREFIX}cell_memory_bytes", "Peak memory of a cell.", CELL_LABELS, registry=registry)
        labels = (*CELL_LABELS, "split", "metric")
        score = Gauge(f"{PREFIX}score", "Score of a cell's model on a split.", labels, registry=registry)
        for cell, run in self._runs.items():
            described = self._labels(cell, run)
            if run.seconds is not None:
                seconds.labels(*described).set(run.seconds)
            if run.memory is not None:
                memory.labels(*described).set(run.memory)
            for split, metric, value in _scores(run.metrics, self._metrics):
                score.labels(*described, split, metric).set(value)

    def _labels(self, cell: str, run: Run) -> list[str]:
        named = without_folders([run.name, run.notebook, run.dataset])
        return [self._grid, cell, *map(str, named), "" if run.seed is None else str(run.seed)]


def _read(run_id: str) -> Run:
    with record.store_must_answer():
        return record.get_run(run_id)


def _scores(metrics: Mapping[str, float], shown_metrics: Iterable[str]) -> Iterator[tuple[str, str, float]]:
    for metric in shown_metrics:
        for split in SPLITS:
            if f"{split}_{metric}" in metrics:
                yield split, metric, metrics[f"{split}_{metric}"]


@contextmanager
def grid_gauges(grid: str, planned: Iterable[str], metrics: Iterable[str], path: Path) -> Iterator[GridGauges]:
    """Keep the file of a grid's gauges up to date inside the context, also when it is interrupted; see `GridGauges`."""
    gauges = GridGauges(grid, planned, metrics, path)
    gauges.write()
    try:
        yield gauges
    finally:
        gauges.write()
