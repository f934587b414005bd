"""What the batch command prints while a grid runs, and when it has ended."""

from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from textlab import record
from textlab.paths import REPORTS, shown
from textlab.runner.campaign import Campaign, Result
from textlab.runner.display.progress import LiveProgress
from textlab.runner.display.tables import leaderboard_table, plan_table, search_table
from textlab.runner.due.outcome import CellStatus, Outcome

REPORT_NOTICE = "Writing the report"


class Terminal:
    """Shows a campaign on a console."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def executing(self, campaign: Campaign, jobs: int) -> LiveProgress:
        """Show the progress of the cells while the context lasts."""
        states = [campaign.states[cell.key] for cell in campaign.plan.cells]
        expected = {state.cell.key: state.expected_seconds for state in states if state.expected_seconds is not None}
        trials = sum(search.trials for search in campaign.plan.searches)
        return LiveProgress(campaign.plan.cells, self.console, expected, jobs, trials)

    def reporting(self) -> AbstractContextManager[object]:
        """Show that the report is being written: a spinner in a terminal, a line elsewhere."""
        if self.console.is_terminal:
            return self.console.status(REPORT_NOTICE)
        self.console.print(REPORT_NOTICE)
        return nullcontext()

    def print_plan(self, campaign: Campaign) -> None:
        """Print each cell and search: done, or due and why."""
        self.console.print(plan_table([campaign.states[cell.key] for cell in campaign.plan.cells]))
        if campaign.plan.searches:
            states, runs = campaign.states, campaign.runs
            self.console.print(search_table(campaign.grid.name, campaign.plan.searches, states, runs))

    def print_result(self, campaign: Campaign, result: Result) -> None:
        """Print the leaderboard, the failures, the answer, and where to look next."""
        grid, report = campaign.grid, result.report
        if report.error:
            self._print(f"[red]{escape(report.error)}[/red]")
        self.console.print(leaderboard_table(report.leaderboard, grid.primary_metric))
        count, before = len(result.outcomes), result.done_before
        already = f", {before} of them before{_grids(result)}" if before else ""
        done = count - len(result.failures)
        self.console.print(f"{done} of {count} cells done{already}; this took {result.seconds:.0f} s.")
        for outcome in result.failures:
            self._print(_failure(outcome))
        if any(outcome.status is CellStatus.FAILED_BEFORE for outcome in result.failures):
            self.console.print("Unchanged cells that failed before are skipped. Use --retry-failed to run them again.")
        if report.answer:
            self._print(f"Answer           {escape(report.answer)}")
        if report.concerns:
            self._print(f"Concerns         {escape('; '.join(report.concerns))}")
        if report.is_complete:
            self.console.print(f"Report           {shown(REPORTS / grid.name / 'comparison.html')}")
            self.console.print(f"Slides           {shown(REPORTS / grid.name / 'slides.html')}")
        self.console.print(f"Leaderboard      {shown(REPORTS / grid.name / 'leaderboard.csv')}")
        self._print(f"MLflow store     {record.without_password(record.tracking_uri())}")
        self._print("Next             python -m textlab ui (runs and artifacts in MLflow), or lab (the notebooks)")

    def print_dataset(self, name: str) -> None:
        """Print which of several datasets comes next."""
        self._print(f"\nDataset          {escape(name)}")

    def print_table(self, page: Path) -> None:
        """Print where the table of several datasets is."""
        self._print(f"\nAll datasets     {shown(page)}")
        self._print(f"Scores           {shown(page.with_name('scores.csv'))}")

    def _print(self, line: str) -> None:
        self.console.print(line, soft_wrap=True)


def _grids(result: Result) -> str:
    """The other grids that executed cells of this one, each with its number of cells."""
    counts = Counter(outcome.done_in for outcome in result.outcomes if outcome.done_in)
    return f" ({', '.join(f'{count} in grid {grid}' for grid, count in counts.items())})" if counts else ""


def _failure(outcome: Outcome) -> str:
    saved = f" - see {shown(outcome.notebook)}" if outcome.notebook.exists() else ""
    return f"[red]{outcome.status}[/red] {escape(outcome.cell.name)}: {escape(outcome.error or '')}{saved}"
