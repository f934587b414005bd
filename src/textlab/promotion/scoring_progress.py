"""A progress bar over a file that is being scored: its share, its rows and their rate."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Progress:
    """What scoring reports to.

    Attributes:
        open: opens the file as `open` does; reading it moves the bar.
        advance: is called with the number of rows that have been scored.
    """

    open: Callable[..., Any] = open
    advance: Callable[[int], object] = lambda _: None


@contextlib.contextmanager
def progress_over(path: Path) -> Iterator[Progress]:
    """Show a progress bar on standard error."""
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("[progress.description]{task.description}"),
        *(progress.BarColumn(), progress.TaskProgressColumn(), progress.TextColumn("{task.fields[rows]}")),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True)) as bar:
        task, started, rows = bar.add_task(path.name, rows=""), time.perf_counter(), 0

        def opened(file: Path, *arguments: Any, **options: Any) -> Any:
            return bar.open(file, *arguments, **options, task_id=task)

        def advance(count: int) -> None:
            nonlocal rows
            rows += count
            rate = rows / (time.perf_counter() - started)
            bar.update(task, rows=f"{rows:,} rows, {rate:,.0f} a second")

        yield Progress(opened, advance)
