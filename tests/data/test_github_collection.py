"""The collector against a GitHub on the loopback interface that pages, limits, fails and changes."""

import csv
import logging
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from github_server import GitHubServer

from textlab.data.github.collection import RESPONSES, Collection, collect
from textlab.data.github.responses import forget
from textlab.data.profiles.csv_tables import read_repositories, read_users
from textlab.data.profiles.report import PreparationReport

QUERY = "location:Oslo language:go"


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    server = GitHubServer()
    server.add("ada", "parser", "linker", "vm", name="Ada L", bio="Compilers,\r\nmostly", location="Oslo")
    server.add("bo", "site")
    server.add("cy")
    yield server
    server.stop()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def run(github: GitHubServer, tmp_path: Path, waits: list[float]) -> Any:
    def collected(query: str = QUERY, **options: Any) -> Collection:
        return collect(tmp_path / "out", query, base_url=github.url, wait=waits.append, backoff=0.0, **options)

    return collected


def rows(tmp_path: Path, name: str) -> list[dict[str, str]]:
    with (tmp_path / "out" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_users_and_all_pages_of_their_repositories_are_collected(run: Any, tmp_path: Path) -> None:
    done = run()
    assert (done.users, done.repositories, done.vanished, done.is_cut) == (3, 4, 0, False)
    assert rows(tmp_path, "users.csv")[0] == {
        "login": "ada",
        "name": "Ada L",
        "bio": "Compilers, mostly",
        "location": "Oslo",
    }
    assert [row["name"] for row in rows(tmp_path, "repositories.csv")] == ["parser", "linker", "vm", "site"]


def test_the_files_are_what_profile_building_reads(run: Any, tmp_path: Path) -> None:
    run()
    report = PreparationReport()
    users = list(read_users(tmp_path / "out" / "users.csv", report))
    repositories = list(read_repositories(tmp_path / "out" / "repositories.csv", report))
    assert [user.login for user in users] == ["ada", "bo", "cy"]
    assert (repositories[0].stars, repositories[0].topics, repositories[0].created) == (3, ("web",), "2020-01-01")
    assert not report.left_out


def test_nothing_is_kept_that_profiles_do_not_need(run: Any, tmp_path: Path) -> None:
    run()
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file():
            assert b"@e.org" not in path.read_bytes()
            assert b"avatar" not in path.read_bytes()
            if path.name != "collection.json":
                assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_token_is_sent_but_never_written_or_logged(
    run: Any, github: GitHubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret-token")
    github.fail("/users/ada", 429, {"Retry-After": "7"})
    with caplog.at_level(logging.DEBUG):
        run()
    assert set(github.tokens) == {"Bearer secret-token"}
    assert "secret-token" not in caplog.text
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"secret-token" in path.read_bytes()]


def test_a_page_on_another_server_is_not_asked(run: Any, github: GitHubServer) -> None:
    body = b'{"total_count": 9, "items": []}'
    github.fail("/search/users", 200, {"Link": '<https://evil.example/x>; rel="next"'}, body)
    with pytest.raises(ConnectionError, match="points to another server"):
        run()


def test_a_list_that_names_itself_as_the_next_page_is_an_error(run: Any, github: GitHubServer) -> None:
    path = "/users/ada/repos"
    next_page = f'<{github.url}{path}?per_page=100&type=owner&sort=full_name>; rel="next"'
    github.fail(path, 200, {"Link": next_page}, b"[]")
    with pytest.raises(ConnectionError, match="does not end"):
        run()


def test_a_list_without_end_is_an_error(run: Any, github: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textlab.data.github.client.MOST_PAGES", 3)
    for page in range(2, 6):
        github.fail("/users/ada/repos", 200, {"Link": f'<{github.url}/users/ada/repos?page={page}>; rel="next"'}, b"[]")
    with pytest.raises(ConnectionError, match="does not end"):
        run()


def test_half_of_a_surrogate_pair_becomes_a_question_mark(run: Any, github: GitHubServer, tmp_path: Path) -> None:
    github.users["ada"]["bio"] = "compilers \ud800"
    run()
    assert rows(tmp_path, "users.csv")[0]["bio"] == "compilers ?"


def test_a_second_collection_asks_only_what_changed(run: Any, github: GitHubServer, tmp_path: Path) -> None:
    first = run()
    github.users["bo"]["bio"] = "New"
    second = run()
    assert (first.unchanged, second.requests, second.unchanged) == (0, first.requests, first.requests - 1)
    assert rows(tmp_path, "users.csv")[1]["bio"] == "New"
    assert len(rows(tmp_path, "repositories.csv")) == 4


def test_an_interrupted_collection_continues_and_fetches_nothing_twice(
    run: Any, github: GitHubServer, tmp_path: Path
) -> None:
    github.fail("/users/bo", 500)
    with pytest.raises(ConnectionError, match=r"HTTP 500 to .*/users/bo. Start the command again"):
        run()
    assert not (tmp_path / "out" / "users.csv").exists()
    assert not (tmp_path / "out" / "repositories.csv").exists()
    before = {path for path, status in github.seen if status == 200}
    github.seen.clear()
    done = run()
    assert done.was_resumed
    assert not before & {path for path, _ in github.seen}
    assert (done.users, done.repositories) == (3, 4)


def test_a_failed_collection_leaves_the_files_of_the_one_before(run: Any, github: GitHubServer, tmp_path: Path) -> None:
    run()
    github.users["ada"]["bio"] = "changed"
    github.fail("/users/cy", 500)
    with pytest.raises(ConnectionError):
        run()
    assert rows(tmp_path, "users.csv")[0]["bio"] == "Compilers, mostly"


def test_another_query_does_not_continue_an_interrupted_collection(run: Any, github: GitHubServer) -> None:
    github.fail("/users/bo", 500)
    with pytest.raises(ConnectionError):
        run()
    assert not run("location:Bergen").was_resumed


def test_a_user_who_vanished_is_counted_and_forgotten(run: Any, github: GitHubServer, tmp_path: Path) -> None:
    run()
    github.fail("/users/ada", 404)
    done = run()
    assert (done.users, done.vanished) == (2, 1)
    assert [row["login"] for row in rows(tmp_path, "users.csv")] == ["bo", "cy"]
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file() and b"Compilers" in path.read_bytes()]


def test_a_user_can_be_removed_from_the_stored_answers(run: Any, github: GitHubServer, tmp_path: Path) -> None:
    run()
    assert forget(tmp_path / "out" / RESPONSES, ["ADA"]) == 4  # a list of users, ada, and two pages of repositories
    content = (tmp_path / "out" / RESPONSES).read_bytes()
    assert not [word for word in (b"Compilers", b"/users/ada", b"linker") if word in content]
    assert b"/users/bo" in content


def test_the_client_waits_until_the_primary_limit_is_renewed(
    run: Any, github: GitHubServer, waits: list[float]
) -> None:
    reset = str(int(time.time()) + 100)
    github.fail("/users/ada", 403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset})
    assert run().users == 3
    assert len(waits) == 1
    assert 60 < waits[0] <= 101


def test_the_client_waits_as_long_as_a_secondary_limit_says(run: Any, github: GitHubServer, waits: list[float]) -> None:
    github.fail("/users/ada", 429, {"Retry-After": "17"})
    github.fail("/users/bo", 403, body=b'{"message": "You have exceeded a secondary rate limit."}')
    assert run().users == 3
    assert waits == [17.0, 60.0]


def test_a_limit_without_end_is_an_error_that_names_the_token(run: Any, github: GitHubServer) -> None:
    github.fail("/users/ada", 429, {"Retry-After": "1"}, times=9)
    with pytest.raises(ConnectionError, match="A token in GITHUB_TOKEN allows 5,000 requests an hour"):
        run()


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_that_fails_is_asked_again(run: Any, github: GitHubServer, status: int) -> None:
    github.fail("/users/ada", status, times=2)
    assert run().users == 3


def test_a_gateway_that_keeps_failing_is_an_error(run: Any, github: GitHubServer) -> None:
    github.fail("/users/ada", 502, times=20)
    with pytest.raises(ConnectionError, match="/users/ada"):
        run()


@pytest.mark.parametrize(
    "failure",
    [
        ({}, b'{"login": "ada", "na'),
        ({"Content-Length": "500"}, b'{"login": "ada"'),
        ({}, b"\xff\xfe"),
        ({}, b""),
        ({}, b"[" * 100_000),
    ],
    ids=["cut JSON", "cut connection", "no text", "nothing", "endless nesting"],
)
def test_a_damaged_answer_is_asked_again(run: Any, github: GitHubServer, failure: tuple[dict[str, str], bytes]) -> None:
    github.fail("/users/ada", 200, *failure, times=2)
    assert run().users == 3


def test_an_answer_that_stays_damaged_is_an_error_that_names_the_address(run: Any, github: GitHubServer) -> None:
    github.fail("/users/ada", 200, body=b'{"login": "a', times=20)
    with pytest.raises(ConnectionError, match=r"/users/ada was cut off or damaged 5 times. Start the command again"):
        run()


@pytest.mark.parametrize("body", [b"[]", b'"x"', b'{"message": "hello"}', b"null"])
def test_an_answer_of_another_form_is_an_error(run: Any, github: GitHubServer, body: bytes) -> None:
    github.fail("/users/ada", 200, body=body)
    with pytest.raises(ConnectionError, match="has an unexpected form"):
        run()


@pytest.mark.parametrize(
    ("path", "status", "error", "message"),
    [
        ("/search/users", 401, ValueError, "does not accept the token"),
        ("/search/users", 422, ValueError, "does not understand .*/search/users.*. Correct the query"),
        ("/users/ada", 403, ConnectionError, "HTTP 403.. Check the rights of the token"),
    ],
)
def test_a_refusal_says_what_to_do(
    run: Any, github: GitHubServer, path: str, status: int, error: type[Exception], message: str
) -> None:
    github.fail(path, status, body=b'{"message": "no"}')
    with pytest.raises(error, match=message):
        run()


def test_a_server_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConnectionError, match="GitHub cannot be reached at http"):
        collect(tmp_path, logins=["ada"], base_url="http://127.0.0.1:1", backoff=0.0)


def test_the_limit_ends_the_search_early(run: Any, github: GitHubServer) -> None:
    done = run(limit=2)
    assert done.users == 2
    assert sum(path.startswith("/search") for path, _ in github.seen) == 1


def test_a_search_that_returns_less_than_it_finds_says_so(run: Any, github: GitHubServer) -> None:
    github.total_count = 5000
    assert run().is_cut


def test_users_can_be_named(run: Any) -> None:
    done = run("", logins=["bo", "bo", "nobody"])
    assert (done.users, done.vanished) == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"query": ""}, "Name either a query or logins"),
        ({"logins": ["ada"]}, "Name either a query or logins"),
        ({"limit": 0}, "The limit is 0. It must be at least 1"),
    ],
)
def test_bad_arguments_are_refused(run: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run(**arguments)


def test_a_search_that_finds_nobody_is_an_error(run: Any, github: GitHubServer) -> None:
    github.users.clear()
    with pytest.raises(ValueError, match="GitHub finds no user for"):
        run()
