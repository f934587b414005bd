"""`python -m textlab profiles`: what people see."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from github_server import GitHubServer
from typer.testing import CliRunner

from textlab.__main__ import app


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    server = GitHubServer()
    server.add("ada-l", "parser", "linker", name="Ada Lindqvist", bio="I'm Ada. Compilers, she/her", location="Oslo")
    yield server
    server.stop()


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["profiles", *map(str, arguments)])
    return result.exit_code, result.output


def test_people_are_collected_and_their_profiles_built(github: GitHubServer, tmp_path: Path) -> None:
    code, output = run("collect", "--login", "ada-l", "--login", "bo", "--output", tmp_path, "--base-url", github.url)
    assert code == 0, output
    assert "1 users and 2 repositories" in output
    assert "1 users do not exist any more and are left out." in output
    tables = ["--users", tmp_path / "users.csv", "--repositories", tmp_path / "repositories.csv"]
    code, output = run("build", *tables, "--output", tmp_path / "profiles")
    assert code == 0, output
    assert "1 profiles from 1 users and 2 repositories." in output
    assert "removed: names of the author: 1" in output
    assert "removed: gender words: 1" in output
    assert "Ada" not in output
    assert (tmp_path / "profiles" / "manifest.json").is_file()


def test_a_missing_file_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    tables = ["--users", tmp_path / "users.csv", "--repositories", tmp_path / "repositories.csv"]
    code, output = run("build", *tables, "--output", tmp_path / "profiles")
    assert code == 2
    assert "users.csv cannot be used: No such file or directory" in output
    assert "Traceback" not in output
    assert list(tmp_path.iterdir()) == []


def test_help_names_the_columns_and_an_example() -> None:
    code, output = run("build", "--help")
    assert code == 0
    assert "profiles collect" in output
    assert "login, name, bio" in output
