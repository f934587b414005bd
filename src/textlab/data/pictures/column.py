"""Read a whole column of pictures: each is checked once, in threads, because decoding does not hold Python's lock."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from textlab.concerns import Concern, ConcernKind
from textlab.data.pictures import store
from textlab.data.pictures.cells import Cell, parse
from textlab.data.pictures.checks import Check, Checks
from textlab.data.reading.places import first_lines
from textlab.inputs.pictures import DEFAULT_LIMITS, Limits, PictureError
from textlab.inputs.references import reference_to
from textlab.paths import shown
from textlab.wording import counted

MOST_THREADS = 8
AT_ONCE = 256  # cells whose bytes may be in memory together
LONG_WORK = 500  # pictures from which a progress bar is shown
NAMED = 10  # problems named in a message
SHOWN = 80  # characters of a name


@dataclass(frozen=True)
class Problem:
    """A picture that cannot be used.

    Attributes:
        line: the line of its row.
        name: the picture as the cell names it.
        reason: two sentences that say what is wrong and what to do.
    """

    line: Any
    name: str
    reason: str

    def __str__(self) -> str:
        name = self.name if len(self.name) <= SHOWN else f"{self.name[:SHOWN]}..."
        printed = name if name.isprintable() else repr(name)  # no cell writes lines or colours into a terminal
        return f"Line {self.line}, {printed}: {self.reason}"


@dataclass(frozen=True)
class ColumnPictures:
    """The pictures of a column of n cells.

    Attributes:
        references: n references, "" where there is no picture or it cannot be used.
        problems: the pictures that cannot be used, in order.
        concerns: what was changed in pictures.
    """

    references: tuple[str, ...]
    problems: tuple[Problem, ...]
    concerns: tuple[Concern, ...]

    def finding(self, what: str) -> str:
        """Return sentences that name the problems.

        Args:
            what: what becomes of the pictures, such as "cannot be used".
        """
        rest = len(self.problems) - NAMED
        more = f" And {rest:,} more." if rest > 0 else ""
        named = " ".join(str(problem) for problem in self.problems[:NAMED])
        return f"{counted(len(self.problems), 'picture')} of {len(self.references):,} rows {what}. {named}{more}"


def column_references(
    cells: Iterable[tuple[Any, Any]], path: Path, limits: Limits = DEFAULT_LIMITS, count: int | None = None
) -> ColumnPictures:
    """Return references to the pictures of a column. Nothing outside the table's folder is read.

    At most `AT_ONCE` pictures are in memory at a time. Pictures that were checked before are not decoded again.

    Args:
        cells: the line and the value of each cell: a path from the table's folder, bytes, or a mapping of `bytes` and
            `path`; a Series' `items()` will do.
        path: the table.
        limits: the largest picture that is decoded.
        count: the number of cells, for the progress bar.
    """
    from tqdm.auto import tqdm

    checks, folder = Checks(limits), path.parent
    references: list[str] = []
    problems: list[Problem] = []
    changed: dict[str, list[Any]] = defaultdict(list)
    is_short = count is not None and count < LONG_WORK
    with (
        ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as threads,
        tqdm(total=count, desc="Pictures", unit="picture", disable=is_short) as bar,
    ):
        rest = iter(cells)
        while batch := list(islice(rest, AT_ONCE)):
            read = threads.map(lambda cell: _reference(parse(cell[1]), folder, checks), batch)
            for (line, _), (reference, name, check) in zip(batch, read, strict=True):
                references.append(reference)
                if check.refusal:
                    problems.append(Problem(line, name, check.refusal))
                for change in check.changes:
                    changed[change].append(line)
            checks.save()
            bar.update(len(batch))
    return ColumnPictures(tuple(references), tuple(problems), tuple(_change_concerns(changed)))


def _reference(cell: Cell, folder: Path, checks: Checks) -> tuple[str, str, Check]:
    """Return the reference to a picture, its name and its check."""
    if not (cell.name or cell.refusal):
        return "", "", Check("")
    try:
        content = cell.read(folder, checks.limits)
    except PictureError as error:
        return "", cell.name, Check("", str(error))
    check = checks.check(content)
    if check.refusal:
        return "", cell.name, check
    if check.stored:
        file, digest = store.path_of(check.stored), Path(check.stored).stem
    else:
        file, digest = folder / cell.name if cell.content is None else store.store(content, check.digest), check.digest
    return reference_to(shown(file.absolute()), digest), cell.name, check


def _change_concerns(changed: dict[str, list[Any]]) -> Iterator[Concern]:
    for change, lines in changed.items():
        were = "was" if len(lines) == 1 else "were"
        finding = f"{counted(len(lines), 'picture')} {were} {change}. First lines: {first_lines(lines)}."
        advice = f"The changed pictures are in {shown(store.FOLDER)}; the files stay as they are."
        yield Concern(ConcernKind.CHANGED_FILES, finding, advice, is_serious=False)
