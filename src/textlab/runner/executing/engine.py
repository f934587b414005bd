"""papermill's engine as the runner needs it: it tells how far a notebook is and keeps what it prints within bounds."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager

logger = logging.getLogger(__name__)

PRINTED_CHARACTERS = 5_000_000  # of one notebook that are kept; a page of more is of use to nobody
LAST_CHARACTERS = 10_000  # of a code cell that are kept all the same: how it ended
OUTPUT_SECONDS = 600  # how long what a cell has printed may take to arrive after the cell has ended
START_SECONDS = 60  # how long a kernel may take to start
BARS = ("FloatProgressModel", "IntProgressModel")  # the widgets that tqdm draws with
PERCENT = re.compile(r"(\d+)%\|")  # of the bar that it draws where there are no widgets


@dataclass
class Telling:
    """What is known of a notebook that is being executed.

    Attributes:
        tell: is given what happens, by keyword: code_cell and code_cells (number and count) when a code cell begins;
            progress (from 0 to 1) when a bar within it moves by a hundredth.
        notebook: with all outputs so far; None before the kernel is started.
        code_cell: the number of the one that runs; 0 before the first.
    """

    tell: Callable[..., None]
    notebook: NotebookNode | None = None
    code_cell: int = 0


class TellingEngine(Engine):
    """Executes the code cells one after the other. papermill passes on what its caller gives as `telling`."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, telling: Telling, execution_timeout: Any, **_: Any
    ) -> None:
        telling.notebook = nb_man.nb
        code = [number for number, cell in enumerate(nb_man.nb.cells) if cell.cell_type == "code"]
        cell_start = nb_man.cell_start

        def told_start(cell: NotebookNode, cell_index: int | None = None, **more: Any) -> None:
            if cell_index in code:
                telling.code_cell = code.index(cell_index) + 1
                telling.tell(code_cell=telling.code_cell, code_cells=len(code))
            cell_start(cell, cell_index, **more)

        nb_man.cell_start = told_start
        settings = {"kernel_name": kernel_name, "timeout": execution_timeout, "iopub_timeout": OUTPUT_SECONDS}
        settings |= {"startup_timeout": START_SECONDS, "log": logger}
        try:
            _Client(nb_man, telling.tell, **settings).execute()
        except RuntimeError:
            if telling.code_cell:
                raise
            # Two kernels that start at once may have chosen the same port; nothing of the notebook has run yet.
            _Client(nb_man, telling.tell, **settings).execute()


class _Client(PapermillNotebookClient):
    """Listens to the kernel."""

    def __init__(self, nb_man: NotebookExecutionManager, tell: Callable[..., None], **settings: Any) -> None:
        super().__init__(nb_man, **settings)
        self._tell = tell
        self._bars: dict[str, dict[str, Any]] = {}
        self._hundredths: int | None = None
        self._printed = 0
        self._end: NotebookNode | None = None  # the output that holds the last of what is not kept

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        fraction = self._moved_bar(msg["msg_type"], msg["content"])
        if fraction is not None and int(100 * fraction) != self._hundredths:
            self._hundredths = int(100 * fraction)
            self._tell(progress=fraction)
        return super().process_message(msg, cell, cell_index)

    def _moved_bar(self, kind: str, content: dict[str, Any]) -> float | None:
        """How far a bar is that this message moves; None where it moves none."""
        if kind == "stream":
            found = PERCENT.findall(content["text"][-LAST_CHARACTERS:])
            return min(1.0, int(found[-1]) / 100) if found else None
        if kind not in ("comm_open", "comm_msg"):
            return None
        state, bar = content["data"].get("state", {}), content["comm_id"]
        if kind == "comm_open" and state.get("_model_name") in BARS:
            self._bars[bar] = {"min": 0.0, "max": 100.0}
        if bar not in self._bars or not {"value", "max", "bar_style"} & state.keys():
            return None
        known = self._bars[bar]
        known |= state
        if known.get("bar_style") == "info" or known["max"] <= known["min"]:  # its end is not known
            return None
        return float((known.get("value", 0.0) - known["min"]) / (known["max"] - known["min"]))

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        """Add to the outputs of the cell; what is printed in pieces is kept as one, and within bounds."""
        if msg["msg_type"] != "stream" or self.output_hook_stack[msg["parent_header"].get("msg_id")]:
            return super().output(outs, msg, display_id, cell_index)
        content = msg["content"]
        room = max(0, PRINTED_CHARACTERS - self._printed)
        self._printed += len(content["text"])
        kept, rest = content["text"][:room], content["text"][room:]
        if kept:
            super().output(outs, msg | {"content": content | {"text": kept}}, display_id, cell_index)
            _join_last(outs)
        if rest:
            self._keep_end(outs, rest)
        return None

    def _keep_end(self, outs: list[NotebookNode], text: str) -> None:
        """Keep the last of what a cell prints beyond the bounds, after a sentence that says so."""
        told = f"\n[More than {PRINTED_CHARACTERS:,} characters were printed; cut here. The last of this code cell:]\n"
        end = self._end
        if end is None or not outs or outs[-1] is not end:
            end = self._end = new_output("stream", name="stderr", text=told)
            outs.append(end)
        end.text = told + (end.text.removeprefix(told) + text)[-LAST_CHARACTERS:]


def _join_last(outs: list[NotebookNode]) -> None:
    """Where the last two outputs are of one stream, make them one, with what a terminal would show of it."""
    last = outs[-1]
    if len(outs) > 1 and (outs[-2].output_type, outs[-2].get("name")) == ("stream", last.name):
        last = outs[-2]
        last.text += outs.pop().text
    if "\r" in last.text:
        last.text = "\n".join(_overwritten(line) for line in last.text.split("\n"))


def _overwritten(line: str) -> str:
    """What is left of a line of which a carriage return begins anew; one at its end may still do so."""
    end = "\r" * line.endswith("\r")
    return line.rstrip("\r").rpartition("\r")[2] + end
