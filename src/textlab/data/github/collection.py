"""Collect users and their repositories into two CSV files."""

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from textlab.data.github.client import PUBLIC_API, GitHubClient, NotFoundError
from textlab.data.github.responses import Responses
from textlab.data.profiles.csv_tables import REPOSITORIES, USERS
from textlab.paths import replacing

TOKEN = "GITHUB_TOKEN"
RESPONSES = ".responses/responses.db"
SUMMARY = "collection.json"
PER_PAGE = 100
MOST_FOUND = 1000  # GitHub's search returns no more users
USER_FIELDS = ("login", "name", "bio", "location")
REPOSITORY_FIELDS = (
    *("name", "description", "language", "topics", "stargazers_count", "fork", "created_at", "pushed_at"),
)

Progress = Callable[[int, int], None]  # is called with the number of finished users and of all users


@dataclass(frozen=True)
class Collection:
    """The result of a collection.

    Attributes:
        users, repositories: rows of the two files.
        vanished: users who were found, but do not exist any more.
        requests: requests that were sent; `unchanged` of them cost nothing of the rate limit.
        was_resumed: whether an interrupted collection was continued.
        is_cut: whether GitHub's search found more users than it returns.
    """

    users: int
    repositories: int
    vanished: int
    requests: int
    unchanged: int
    was_resumed: bool
    is_cut: bool


def collect(
    folder: Path,
    query: str = "",
    logins: Sequence[str] = (),
    limit: int = MOST_FOUND,
    base_url: str = PUBLIC_API,
    progress: Progress = lambda done, total: None,
    **client_options: Any,
) -> Collection:
    """Collect users and their repositories; users.csv and repositories.csv appear when all are there.

    If the collection is interrupted, the next call with the same arguments continues it. A later call asks only for
    what has changed. Earlier files are replaced.

    Args:
        folder: the folder of the files, and of the answers so far.
        query: a search for users, such as "location:Berlin language:python".
        logins: users to collect in place of a search.
        limit: the largest number of users.
        base_url: the API's address.
        progress: is called after each user.
        client_options: further arguments of `GitHubClient`, for tests.

    Raises:
        ConnectionError, ValueError: see `GitHubClient.pages`.
        ValueError: there is neither a query nor a login, or both; or nobody was found.
    """
    if bool(query.strip()) == bool(logins):
        raise ValueError("Name either a query or logins. A query looks like 'location:Berlin language:python'.")
    if limit < 1:
        raise ValueError(f"The limit is {limit}. It must be at least 1.")
    request = {"query": query, "logins": sorted(logins), "limit": limit, "base_url": base_url}
    with closing(Responses(folder / RESPONSES, request)) as responses:
        token = os.environ.get(TOKEN) or None
        with closing(GitHubClient(responses, token, base_url, **client_options)) as client:
            found, is_cut = (list(dict.fromkeys(logins))[:limit], False) if logins else _search(client, query, limit)
            if not found:
                raise ValueError(f"GitHub finds no user for '{query}'. Correct the query.")
            people = _people(client, found, progress)
            users, repositories, vanished = _write(folder, people)
            done = Collection(
                users, repositories, vanished, client.requests_sent, client.unchanged, responses.is_resumed, is_cut
            )
        with replacing(folder / SUMMARY) as partial:
            partial.write_text(json.dumps({**request, **asdict(done)}, indent=1), encoding="utf-8")
        responses.finish()
    return done


def _search(client: GitHubClient, query: str, limit: int) -> tuple[list[str], bool]:
    path = f"/search/users?q={quote(f'{query} type:user')}&per_page={PER_PAGE}"
    logins: dict[str, None] = {}
    total = 0
    for page in client.pages(path, _found):
        total = page["total"]
        logins.update(dict.fromkeys(page["logins"]))
        if len(logins) >= limit:
            break
    return list(logins)[:limit], total > len(logins) and limit >= len(logins)


def _found(document: Any) -> dict[str, Any]:
    return {"total": document["total_count"], "logins": [item["login"] for item in document["items"]]}


def _people(
    client: GitHubClient, logins: Sequence[str], progress: Progress
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]] | None]:
    """Yield each user with the repositories; None for one who vanished."""
    for done, login in enumerate(logins, start=1):
        path = f"/users/{quote(login, safe='')}"
        try:
            (user,) = islice(client.pages(path, lambda document: _kept(document, USER_FIELDS)), 1)
            pages = client.pages(f"{path}/repos?per_page={PER_PAGE}&type=owner&sort=full_name", _kept_all)
            yield user, [repository for page in pages for repository in page]
        except NotFoundError:
            yield None
        progress(done, len(logins))


def _kept(document: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: document[name] if name in ("login", "name") else document.get(name) for name in names}


def _kept_all(document: Any) -> list[dict[str, Any]]:
    return [_kept(repository, REPOSITORY_FIELDS) for repository in document]


def _write(folder: Path, people: Iterable[tuple[dict[str, Any], list[dict[str, Any]]] | None]) -> tuple[int, int, int]:
    """Write the two files; neither is touched before all people are there. Return the rows and the vanished users."""
    users = repositories = vanished = 0
    with replacing(folder / REPOSITORIES) as second, replacing(folder / USERS) as first:
        for path in (first, second):
            path.touch(mode=0o600)
        with (
            first.open("w", encoding="utf-8", newline="") as user_file,
            second.open("w", encoding="utf-8", newline="") as repository_file,
        ):
            user_rows, repository_rows = csv.writer(user_file), csv.writer(repository_file)
            user_rows.writerow(USER_FIELDS)
            repository_rows.writerow(("owner", *REPOSITORY_FIELDS))
            for person in people:
                if person is None:
                    vanished += 1
                    continue
                user, owned = person
                user_rows.writerow([_text(user[name]) for name in USER_FIELDS])
                repository_rows.writerows(
                    [user["login"], *(_text(each[name]) for name in REPOSITORY_FIELDS)] for each in owned
                )
                users, repositories = users + 1, repositories + len(owned)
    return users, repositories, vanished


def _text(value: Any) -> str:
    """Return a value as a cell; blanks replace what would end a row, and "?" half of a surrogate pair."""
    if isinstance(value, list):
        return json.dumps(value)
    text = "" if value is None else " ".join(str(value).replace("\0", " ").split())
    return text.encode("utf-8", errors="replace").decode("utf-8")
