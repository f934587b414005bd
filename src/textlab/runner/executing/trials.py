"""The trials of a grid's searches as they become due."""

from collections.abc import Collection, Iterator, Sequence

from textlab import record
from textlab.runner.due.elsewhere import mark_done_elsewhere
from textlab.runner.due.fingerprint import with_parameters
from textlab.runner.due.outcome import Outcome
from textlab.runner.due.state import CellState, Trial, cell_states
from textlab.runner.executing.options import ExecutionOptions
from textlab.runner.executing.study import Study, study_name
from textlab.runner.planning.cell import Cell
from textlab.runner.planning.notebook import Notebook
from textlab.runner.planning.search import Search


class Trials:
    """The trials of a grid's searches.

    Args:
        grid: the grid's name.
        experiment_id: the grid's MLflow experiment.
        searches: as planned.
        states: the state of every cell by `Cell.key`, including each search's base; trials are added to it.
        planned: keys of the grid's cells; a trial with the same key is not executed twice.
    """

    def __init__(
        self,
        grid: str,
        experiment_id: str,
        searches: Sequence[Search],
        states: dict[str, CellState],
        planned: Collection[str],
        options: ExecutionOptions,
    ) -> None:
        self._grid, self._states, self._options = grid, states, options
        self._known = set(planned)
        self._studies = [
            Study(study_name(grid, search, states[search.base.key].fingerprint), experiment_id, search, options.jobs)
            for search in searches
        ]

    @property
    def are_over(self) -> bool:
        """Whether every trial has ended, or no further trial will start."""
        return all(study.is_over for study in self._studies)

    @property
    def open_notebooks(self) -> list[Notebook]:
        """The notebooks of the searches that are not over."""
        return [study.search.base.notebook for study in self._studies if not study.is_over]

    def start(self) -> Iterator[CellState]:
        """Yield the states of the trials that can start now; each of them is yielded once."""
        while new := [
            (study, cell) for study in self._studies if self._can_start(study) for cell in study.next_cells()
        ]:
            for study, cell in new:
                state = self._states.get(cell.key)
                if cell.key not in self._known:
                    self._known.add(cell.key)
                    yield self._add_state(study, cell)
                elif state is not None and state.outcome is not None:
                    study.add(state.outcome)

    def add(self, outcome: Outcome) -> None:
        """Add the outcome of a cell to the studies that it is a trial of."""
        for study in self._studies:
            study.add(outcome)

    def close(self) -> None:
        """Record the best trial of each study that is over."""
        for study in self._studies:
            study.close()

    def _can_start(self, study: Study) -> bool:
        """Whether all of the grid's cells that the trials build on have ended."""
        sources = study.search.base.source_keys & self._known
        return all(self._states[key].outcome is not None for key in sources)

    def _add_state(self, study: Study, cell: Cell) -> CellState:
        """Look the trial up in the record, since no plan contains it."""
        fingerprint = with_parameters(self._states[study.search.base.key].fingerprint, cell)
        force = {cell.key} if self._options.force else ()
        states = cell_states(
            [cell],
            {cell.key: fingerprint},
            record.all_runs(self._grid, cell=cell.key),
            force=force,
            retry_failed=self._options.retry_failed,
        )
        mark_done_elsewhere(states.values(), self._grid, force)
        state = states[cell.key]
        state.trial = Trial(study.name, study.run_id)
        self._states[cell.key] = state
        return state
