"""A papermill engine that reports a notebook's progress and limits how much of its output is kept."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager

from textlab.runner.kernels.own_interpreter import OwnInterpreter
from textlab.runner.kernels.progress_bars import ProgressBars

logger = logging.getLogger(__name__)

PRINTED_CHARACTERS = 5_000_000  # characters kept per notebook; nobody reads a longer page
LAST_CHARACTERS = 10_000  # characters of a code cell kept beyond that: how it ended
OUTPUT_SECONDS = 600  # time limit for output to arrive after its code cell has ended
START_SECONDS = 60  # time limit for a kernel to start


@dataclass
class Progress:
    """The progress of a notebook that is executing.

    Attributes:
        report: called with keywords for each event: `code_cell` and `code_cells` (number and count) when a code cell
            begins; `progress` (from 0 to 1) when a progress bar in it moves by one percent.
        notebook: the notebook with all outputs so far; None until the kernel starts.
        code_cell: the number of the running code cell; 0 before the first.
    """

    report: Callable[..., None]
    notebook: NotebookNode | None = None
    code_cell: int = 0


class ReportingEngine(Engine):
    """Executes the code cells one after the other and reports progress to papermill's argument `progress`."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, progress: Progress, execution_timeout: Any, **_: Any
    ) -> None:
        progress.notebook = nb_man.nb
        code = [number for number, cell in enumerate(nb_man.nb.cells) if cell.cell_type == "code"]
        cell_start = nb_man.cell_start

        def report_start(cell: NotebookNode, cell_index: int | None = None, **more: Any) -> None:
            if cell_index in code:
                progress.code_cell = code.index(cell_index) + 1
                progress.report(code_cell=progress.code_cell, code_cells=len(code))
            cell_start(cell, cell_index, **more)

        nb_man.cell_start = report_start
        settings = {"kernel_name": kernel_name, "timeout": execution_timeout, "iopub_timeout": OUTPUT_SECONDS}
        settings |= {"startup_timeout": START_SECONDS, "log": logger}
        try:
            _Client(nb_man, progress.report, **settings).execute()
        except RuntimeError:
            if progress.code_cell:
                raise
            # Two kernels that start at once may choose the same port. No code cell has run yet, so start again.
            _Client(nb_man, progress.report, **settings).execute()


class _Client(PapermillNotebookClient):
    """Listens to the kernel."""

    def __init__(self, nb_man: NotebookExecutionManager, report: Callable[..., None], **settings: Any) -> None:
        super().__init__(nb_man, **settings)
        self._report = report
        self._bars = ProgressBars()
        self._percent: int | None = None
        self._printed = 0
        self._end: NotebookNode | None = None  # the output with the last characters beyond the limit

    def create_kernel_manager(self) -> Any:
        manager: Any = super().create_kernel_manager()
        manager.kernel_spec_manager = OwnInterpreter()
        return manager

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        fraction = self._bars.fraction(msg["msg_type"], msg["content"])
        if fraction is not None and int(100 * fraction) != self._percent:
            self._percent = int(100 * fraction)
            self._report(progress=fraction)
        return super().process_message(msg, cell, cell_index)

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        """Add a message to a code cell's outputs; join printed text and keep it within the limits."""
        if msg["msg_type"] != "stream" or self.output_hook_stack[msg["parent_header"].get("msg_id")]:
            return super().output(outs, msg, display_id, cell_index)
        content = msg["content"]
        room = max(0, PRINTED_CHARACTERS - self._printed)
        self._printed += len(content["text"])
        kept, rest = content["text"][:room], content["text"][room:]
        if kept:
            super().output(outs, msg | {"content": content | {"text": kept}}, display_id, cell_index)
            join_last(outs)
        if rest:
            self._keep_end(outs, rest)
        return None

    def _keep_end(self, outs: list[NotebookNode], text: str) -> None:
        """Keep the last characters that a code cell prints beyond the limit, after a sentence that says so."""
        notice = f"\n[The notebook printed more than {PRINTED_CHARACTERS:,} characters. The end of this code cell:]\n"
        end = self._end
        if end is None or not outs or outs[-1] is not end:
            end = self._end = new_output("stream", name="stderr", text=notice)
            outs.append(end)
        end.text = notice + (end.text.removeprefix(notice) + text)[-LAST_CHARACTERS:]


def join_last(outs: list[NotebookNode]) -> None:
    """Join the last two outputs if they belong to one stream, and apply carriage returns as a terminal would."""
    last = outs[-1]
    if len(outs) > 1 and (outs[-2].output_type, outs[-2].get("name")) == ("stream", last.name):
        last = outs[-2]
        last.text += outs.pop().text
    if "\r" in last.text:
        last.text = "\n".join(_overwritten(line) for line in last.text.split("\n"))


def _overwritten(line: str) -> str:
    """The part of a line that remains visible after its carriage returns; one at its end is kept for later text."""
    end = "\r" * line.endswith("\r")
    return line.rstrip("\r").rpartition("\r")[2] + end
