"""The account of a profile building: rows read, rows left out, and what was removed from texts."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from textlab.data.profiles.identity import Removed

FIRST_LINES = 5  # lines that are named for each reason


class LeftOut(StrEnum):
    """Reasons for leaving out a row. Reports show the values."""

    NO_LOGIN = "users without a login"
    SAME_LOGIN = "users whose login occurs before"
    EMPTY = "users without a biography and repositories"
    BAD_REPOSITORY = "repositories with an unreadable number, date or list"
    NO_OWNER = "repositories without an owner or a name"
    SAME_REPOSITORY = "repositories that occur before"
    UNKNOWN_OWNER = "repositories of unknown users"
    FORK = "copies of other repositories (forks)"


@dataclass
class PreparationReport:
    """Counts what profile building reads, leaves out and removes.

    Attributes:
        users_read, repositories_read: number of rows.
        left_out: number of rows by reason.
        lines: the first lines of the file that were left out, by reason.
        removed: what was removed from texts, by kind.
    """

    users_read: int = 0
    repositories_read: int = 0
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    lines: dict[LeftOut, list[int]] = field(default_factory=dict)
    removed: Counter[Removed] = field(default_factory=Counter)

    def leave_out(self, reason: LeftOut, line: int | None = None, times: int = 1) -> None:
        """Count rows that are not used; `line` is the line in the file, if it is known."""
        if times:
            self.left_out[reason] += times
        if line is not None and len(self.lines.setdefault(reason, [])) < FIRST_LINES:
            self.lines[reason].append(line)

    def document(self) -> dict[str, object]:
        """Return the counts for a manifest; it holds no text of anybody."""
        return {
            "users_read": self.users_read,
            "repositories_read": self.repositories_read,
            "left_out": {str(reason): count for reason, count in sorted(self.left_out.items())},
            "first_lines": {str(reason): lines for reason, lines in sorted(self.lines.items())},
            "removed": {str(kind): count for kind, count in sorted(self.removed.items())},
        }
