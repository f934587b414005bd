"""`python -m textlab.data` lists, fetches and describes datasets."""

import importlib
from pathlib import Path

import pytest
from tiny_data import tiny_retrieval_dataset
from typer.testing import CliRunner, Result

import textlab.data
import textlab.data.sources
from textlab.data.__main__ import app

ROWS = "".join(f"tweet {number},{'late' if number % 2 else '[fine]'}\n" for number in range(40))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture(autouse=True)
def untouched_logging(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the command from setting up logging, which other tests would see."""
    monkeypatch.setattr("textlab.data.__main__.configure_logging", lambda verbose=False: None)


@pytest.fixture
def tweets(tmp_path: Path) -> Path:
    path = tmp_path / "tweets.csv"
    path.write_text(f"text,label\n{ROWS}")
    return path


def test_list_shows_every_name() -> None:
    result = run("list")
    assert result.exit_code == 0
    for name in textlab.data.names():
        assert name in result.stdout


def test_list_shows_the_task_of_each_dataset() -> None:
    rows = {row.split()[1]: row for row in run("list").stdout.splitlines() if row.startswith("│")}
    assert " classification " in rows["airline"]
    assert " classification " in rows["onet/titles_occupation"]
    assert " retrieval " in rows["onet/search"]
    assert " retrieval " in rows["retrieval:FOLDER"]


def test_help_teaches_with_examples() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert "python -m textlab.data fetch tweet_eval/sentiment" in result.stdout
    assert "TEXTLAB_MIRROR=" in result.stdout


def test_describe_shows_classes_lengths_duplicates_digest_and_three_texts(tweets: Path) -> None:
    result = run("describe", f"file:{tweets}")
    assert result.exit_code == 0
    dataset = textlab.data.load(f"file:{tweets}")
    assert dataset.digest in result.stdout
    assert "14 (50.0%)" in result.stdout
    assert "8 / 8 / 8" in result.stdout
    assert "duplicates" in result.stdout
    assert "[fine]: tweet" in result.stdout
    assert sum(text in result.stdout for text in dataset.train["text"].head(3)) == 3


def test_describe_shows_documents_queries_fields_and_kinds_of_a_search_dataset(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dataset = tiny_retrieval_dataset()
    monkeypatch.setattr(textlab.data, "load_any", lambda name: dataset)
    printed = run("describe", "tiny").stdout
    assert "tiny, version 1, for the task retrieval" in printed
    assert dataset.digest in printed
    assert "12 documents; queries and relevant documents" in printed
    assert "fields: place (word), languages (words), years (number)" in printed
    assert "kinds of request in test: place (4), skill (4)" in printed
    assert "documents, longest" in printed
    assert printed.count(": Person ") == 3


def test_describe_says_what_was_dropped_and_writes_the_dropped_rows(tweets: Path, tmp_path: Path) -> None:
    tweets.write_text(f"text,label\n{ROWS}tweet 0,[fine]\n=tweet,late\n=TWEET,late\n")
    result = run("describe", f"file:{tweets}", "--dropped", str(tmp_path / "dropped.csv"))
    assert result.exit_code == 0
    assert "43 rows were read, and 2 (4.7%) were dropped (copy of another row: 2)." in result.stdout
    assert "42, 44" in result.stdout
    assert result.stdout.endswith(f"Wrote 2 dropped row(s) to {tmp_path / 'dropped.csv'}.\n")
    assert (tmp_path / "dropped.csv").read_text().splitlines()[1:] == [
        "42,copy of another row,tweet 0,[fine]",
        "44,copy of another row,'=TWEET,late",
    ]


def test_dropped_rows_go_to_a_csv_file_only(tweets: Path, tmp_path: Path) -> None:
    result = run("describe", f"file:{tweets}", "--dropped", str(tmp_path / "dropped.xlsx"))
    assert result.exit_code == 1
    assert "does not end in .csv. Name a .csv file" in result.stderr
    assert list(tmp_path.iterdir()) == [tweets]


@pytest.mark.parametrize("columns", ["", "80", "200"])
def test_nothing_is_cut_at_any_width(tweets: Path, columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    else:
        monkeypatch.delenv("COLUMNS")
    tweets.write_text("text,label\n" + "".join(f"tweet {n},a class with a long name {n % 12}\n" for n in range(60)))
    printed = run("describe", f"file:{tweets}").stdout
    assert "…" not in printed
    assert max(map(len, printed.splitlines())) <= int(columns or 1000)
    words = " ".join(printed.replace("│", " ").split())
    assert all(f"a class with a long name {n}" in words for n in range(12))


def test_control_characters_in_a_text_do_not_reach_the_terminal(tweets: Path) -> None:
    tweets.write_text("text,label,split\n\x1b[31mred,a,train\nb,b,train\nc,a,dev\nd,b,test\n")
    result = run("describe", f"file:{tweets}")
    assert "[31mred" in result.stdout
    assert "\x1b[31mred" not in result.stdout


@pytest.mark.parametrize("command", ["fetch", "describe"])
def test_errors_are_one_line_on_stderr_without_a_traceback(command: str) -> None:
    result = run(command, "airlin")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: Unknown dataset 'airlin'. Did you mean 'airline'?")
    assert result.stderr.count("\n") == 1


def test_verbose_shows_the_exception() -> None:
    result = run("describe", "airlin", "--verbose")
    assert isinstance(result.exception, ValueError)


def test_wrong_usage_exits_with_2() -> None:
    assert run("describe").exit_code == 2
    assert run("delete", "airline").exit_code == 2


def test_fetch_lists_the_files_that_it_verified(mirror: Path, real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTLAB_MIRROR", str(real_data))
    result = run("fetch", "tweet_eval/irony")
    assert result.exit_code == 0
    assert result.stdout.count("verified ") == 6
    assert str(real_data.resolve() / "tweet_eval" / "irony" / "test_text.txt") in result.stdout


def test_fetch_of_a_file_needs_no_download(tweets: Path) -> None:
    result = run("fetch", f"file:{tweets}")
    assert result.stdout == f"file:{tweets} needs no download.\n"


def test_fetch_of_a_missing_file_is_an_error(tmp_path: Path) -> None:
    result = run("fetch", f"file:{tmp_path}/nope.csv")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == f"Error: There is no file {tmp_path}/nope.csv. Check the path after 'file:'.\n"


def test_list_names_a_broken_module_and_shows_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "broken_source.py").write_text("import no_such_package\n")
    monkeypatch.setattr(textlab.data.sources, "__path__", [*textlab.data.sources.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    result = run("list")
    assert result.exit_code == 0
    assert "tweet_eval/irony" in result.stdout
    assert caplog.messages == [
        "textlab.data.sources.broken_source is left out: ModuleNotFoundError: No module named 'no_such_package'"
    ]
