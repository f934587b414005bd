"""Read users.csv and repositories.csv row by row.

    users.csv          login, and optionally name, bio, location
    repositories.csv   owner, name, and optionally description, language, languages, topics, stars, fork, created_at,
                       pushed_at

`languages` is a JSON object of bytes of code, such as {"Go": 1200}. `topics` are separated by blanks, commas or
semicolons. GitHub's own names of columns, such as stargazers_count, are understood, too. Other columns are not read.
"""

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

from textlab.data.profiles.people import Repository, User
from textlab.data.profiles.report import LeftOut, PreparationReport

USERS, REPOSITORIES = "users.csv", "repositories.csv"
USER_COLUMNS = {"login": ("login",), "name": ("name",), "biography": ("bio", "biography"), "location": ("location",)}
REPOSITORY_COLUMNS = {
    "owner": ("owner", "login", "owner_login"),
    "name": ("name",),
    "description": ("description",),
    "language": ("language",),
    "languages": ("languages",),
    "topics": ("topics",),
    "stars": ("stars", "stargazers_count"),
    "fork": ("fork", "is_fork"),
    "created": ("created_at", "created"),
    "pushed": ("pushed_at", "pushed", "updated_at"),
}
LARGEST_CELL = 1 << 20  # characters
_SEPARATORS = re.compile(r"[\s,;|]+")


def read_users(
    path: Path, report: PreparationReport, advance: Callable[[int], None] = lambda _: None
) -> Iterator[User]:
    """Yield the users of a file. Rows that cannot be used are counted in the report.

    Args:
        path: a CSV file in UTF-8 with a header.
        report: counts rows.
        advance: is called with the number of bytes read since the last call.

    Raises:
        FileNotFoundError: the file is missing.
        ValueError: it has another encoding, lacks a column, or is not CSV.
    """
    for line, row in _rows(path, USER_COLUMNS, ("login",), advance):
        report.users_read += 1
        if row["login"]:
            yield User(**row)
        else:
            report.leave_out(LeftOut.NO_LOGIN, line)


def read_repositories(
    path: Path, report: PreparationReport, advance: Callable[[int], None] = lambda _: None
) -> Iterator[Repository]:
    """Yield the repositories of a file; arguments and errors as in `read_users`."""
    for line, row in _rows(path, REPOSITORY_COLUMNS, ("owner", "name"), advance):
        report.repositories_read += 1
        if not row["owner"] or not row["name"]:
            report.leave_out(LeftOut.NO_OWNER, line)
            continue
        try:
            yield _repository(row)
        except ValueError:
            report.leave_out(LeftOut.BAD_REPOSITORY, line)


def _rows(
    path: Path, columns: Mapping[str, tuple[str, ...]], needed: tuple[str, ...], advance: Callable[[int], None]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row with its line; a column that the file lacks is ""."""
    csv.field_size_limit(LARGEST_CELL)
    with path.open("rb") as raw:
        lines = _lines(raw, path, advance)
        reader = csv.reader(lines, strict=True)
        try:
            header = [name.strip().casefold() for name in next(reader, [])]
            positions = {name: _position(header, aliases) for name, aliases in columns.items()}
            if missing := [name for name in needed if positions[name] is None]:
                raise ValueError(
                    f"{path} has no column {' and no '.join(missing)}; it has {', '.join(header) or 'none'}. "
                    f"Write a first line with {', '.join(aliases[0] for aliases in columns.values())}."
                )
            for cells in reader:
                if cells:
                    yield reader.line_num, {name: _cell(cells, position) for name, position in positions.items()}
        except csv.Error as error:
            raise ValueError(f"{path}, line {reader.line_num}: {error}. Quote cells as in RFC 4180.") from None


def _lines(raw: Iterator[bytes], path: Path, advance: Callable[[int], None]) -> Iterator[str]:
    for number, line in enumerate(raw, start=1):
        advance(len(line))
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise ValueError(f"{path}, line {number} is not in UTF-8. Save the file as UTF-8.") from None


def _position(header: list[str], aliases: tuple[str, ...]) -> int | None:
    return next((header.index(alias) for alias in aliases if alias in header), None)


def _cell(cells: list[str], position: int | None) -> str:
    return cells[position].strip() if position is not None and position < len(cells) else ""


def _repository(row: Mapping[str, str]) -> Repository:
    return Repository(
        owner=row["owner"],
        name=row["name"],
        description=row["description"],
        language=row["language"],
        languages=_languages(row["languages"]),
        topics=_topics(row["topics"]),
        stars=_count(row["stars"]),
        is_fork=row["fork"].casefold() in {"true", "1", "yes", "t"},
        created=_date(row["created"]),
        pushed=_date(row["pushed"]),
    )


def _languages(cell: str) -> dict[str, int]:
    if not cell:
        return {}
    counts = json.loads(cell)
    if not isinstance(counts, dict) or not all(isinstance(count, int) and count >= 0 for count in counts.values()):
        raise ValueError("languages are not an object of counts")
    return counts


def _topics(cell: str) -> tuple[str, ...]:
    names = json.loads(cell) if cell.startswith("[") else _SEPARATORS.split(cell)
    return tuple(str(name) for name in names if name)


def _count(cell: str) -> int:
    count = int(cell or 0)
    if count < 0:
        raise ValueError("a count is negative")
    return count


def _date(cell: str) -> str:
    """Return the day of a time in ISO 8601; "" if there is none."""
    return date.fromisoformat(cell[:10]).isoformat() if cell else ""
