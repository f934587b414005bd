"""Inspect what came in: check new rows against the champion, and write what a person should see."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textlab.data.dataset import Dataset
from textlab.data.snapshots import HELD, write_held
from textlab.paths import replacing
from textlab.retraining.rows.champion import Champion
from textlab.retraining.rows.examination import examine
from textlab.retraining.rows.reading import UNKNOWN_CALLER, NewRows
from textlab.retraining.rows.review import held_lines, read_decisions
from textlab.retraining.rows.rules import Rules
from textlab.retraining.rows.verdicts import counts_by_origin
from textlab.sealing import Keys

REPORT = "feedback.json"
USED = "passes the checks"


@dataclass(frozen=True)
class Inspection:
    """The results of the checks on new rows.

    Attributes:
        rows: for each origin and reason, the number of rows; the reason of rows that pass is `USED`.
        held: for each sentence about held rows, their number.
        without_caller: the number of lines of feedback without a caller.
        folder: where feedback.json and held.jsonl were written.
    """

    rows: dict[str, dict[str, int]]
    held: dict[str, int]
    without_caller: int
    folder: Path

    def document(self) -> dict[str, Any]:
        """Return the content of feedback.json."""
        total: Counter[str] = Counter()
        for counts in self.rows.values():
            total.update(counts)
        return {
            "rows": sum(total.values()),
            "used": total[USED],
            "held": sum(self.held.values()),
            "by_origin": self.rows,
            "held_because": self.held,
            "without_caller": self.without_caller,
        }


def inspect(
    base: Dataset,
    new: Sequence[NewRows],
    champion: Champion,
    folder: Path,
    decisions: Path,
    rules: Rules,
    keys: Keys | None = None,
) -> Inspection:
    """Check new rows, and write held.jsonl and feedback.json; both are replaced as a whole.

    Args:
        base, new, champion, rules: as for `examine`.
        folder: the folder of the two files.
        decisions: the file of a person's decisions, see `read_decisions`.
        keys: the keys that seal held.jsonl; None writes it in the clear.

    Raises:
        ValueError: as for `examine`, or the decisions are damaged.
    """
    verdicts = examine(base, new, champion, rules, read_decisions(decisions))
    frame = verdicts.frame
    rows = counts_by_origin(frame.assign(reason=frame["reason"].replace("", USED)), "reason")
    held = dict(Counter(frame.loc[frame["is_held"], "why"]).most_common())
    without_caller = int((frame["is_feedback"] & (frame["caller"] == UNKNOWN_CALLER)).sum())
    inspection = Inspection(rows, held, without_caller, folder)
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / HELD) as partial:
        write_held(partial, held_lines(verdicts), keys)
    with replacing(folder / REPORT) as partial:
        partial.write_text(json.dumps(inspection.document(), indent=1, ensure_ascii=False), encoding="utf-8")
    return inspection
