"""Read how far a progress bar is from a kernel's messages."""

import re
from typing import Any

WIDGETS = ("FloatProgressModel", "IntProgressModel")  # the widgets that tqdm uses in a notebook
PERCENT = re.compile(r"(\d+)%\|")  # of the bar that tqdm prints as text
TAIL = 10_000  # characters at the end of a message in which a printed bar is looked for


class ProgressBars:
    """The progress bars of one notebook."""

    def __init__(self) -> None:
        self._widgets: dict[str, dict[str, Any]] = {}

    def fraction(self, kind: str, content: dict[str, Any]) -> float | None:
        """The progress of the bar that a message moves, from 0 to 1; None if it moves none.

        Args:
            kind: the message's type in Jupyter's protocol.
            content: the message's content.
        """
        if kind == "stream":
            percents = PERCENT.findall(content["text"][-TAIL:])
            return min(1.0, int(percents[-1]) / 100) if percents else None
        if kind in ("comm_open", "comm_msg"):
            return self._widget_fraction(kind == "comm_open", content["comm_id"], content["data"].get("state", {}))
        return None

    def _widget_fraction(self, is_new: bool, widget: str, changes: dict[str, Any]) -> float | None:
        if is_new and changes.get("_model_name") in WIDGETS:
            self._widgets[widget] = {"min": 0.0, "max": 100.0}
        if widget not in self._widgets or not {"value", "max", "bar_style"} & changes.keys():
            return None
        state = self._widgets[widget]
        state |= changes
        if state.get("bar_style") == "info" or state["max"] <= state["min"]:  # the total is unknown
            return None
        return float((state.get("value", 0.0) - state["min"]) / (state["max"] - state["min"]))
