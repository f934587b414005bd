"""What README and documents say can be done, can be done: commands parse, paths exist, links lead somewhere."""

import re
import shlex
import sys
from pathlib import Path

import pytest
import typer
import yaml

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
# Made by running something, or by whoever uses it.
GENERATED = re.compile(
    r"(data/(raw|processed)|reports|mlruns|models|assets\.extra|\.venv|deploy/secrets|bundle)\b"
    r"|tweets\.|(labels|card|reference|manifest|keys)\.json|(leaderboard\.csv|comparison\.html|feedback\.jsonl)$"
)
PATH = re.compile(r"[A-Za-z0-9_.-]*/[A-Za-z0-9_./-]*|[A-Za-z0-9_-]+\.(py|md|lock|yml|yaml|ipynb|sh|cff|toml|json)")
OUTSIDE = {"az", "conda", "curl", "docker", "gh"}  # parsed by the shell's rules; these programs are not ours
PLACEHOLDERS = {"RUN": "0" * 32, "NAME": "airline"}


def command_lines(path):
    """The commands of the indented blocks, without their comments, and those in backticks."""
    text = path.read_text(encoding="utf-8")
    programs = r"make|python|conda|docker|curl|flask|streamlit|az|gh|deploy/\S+\.sh|\.venv/bin/\S+"
    starts = re.compile(rf"([A-Z_]+=\S+ )*({programs})( |$)")
    blocks = re.findall(r"^    (\S.*)$", text, re.MULTILINE)
    quoted = re.findall(r"`([^`\n]+ [^`\n]+)`", re.sub(r"^    .*$", "", text, flags=re.MULTILINE))
    return [line for line in blocks + quoted if starts.match(line)]


COMMANDS = sorted({(path.name, line) for path in DOCUMENTS for line in command_lines(path)})


def words_of(line):
    """The words of a command: without variables before it, comments, and what is redirected."""
    words = shlex.split(line, comments=True)
    while re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    words = words[: words.index(">")] if ">" in words else words
    return [PLACEHOLDERS.get(word, word) for word in words]


def parse(app, words):
    """Let the command line of `app` read the words, as if it was started with them; it does not run.

    Prose may name a command without what it must be given.
    """
    command = typer.main.get_command(app)
    if hasattr(command, "commands") and words:
        command, words = command.commands[words[0]], words[1:]
    if words:
        command.make_context("command", list(words))


def check_make(words):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = [word for word in words if "=" not in word]
    assert set(named) <= set(targets)


def check_python(words):
    if words[0] == "run_experiments.py":
        from textlab.runner.command import app

        parse(app, words[1:])
    elif words == ["-m", "textlab.data"]:
        return
    elif words[:2] == ["-m", "textlab.data"]:
        from textlab.data.__main__ import app

        parse(app, words[2:])
    elif words[:2] == ["-m", "textlab"]:
        from textlab.__main__ import app

        parse(app, words[2:])
    elif words[:2] == ["-m", "api"]:
        assert (ROOT / "api" / "__main__.py").is_file()
    else:
        assert (ROOT / words[0]).is_file()


@pytest.mark.parametrize(("document", "line"), COMMANDS, ids=lambda part: part[:60])
def test_command_can_be_given(document, line, monkeypatch):
    monkeypatch.chdir(ROOT)
    program, *words = words_of(line.replace("<grid>", "demo"))
    if program == "make":
        check_make(words)
    elif program == "python":
        check_python(words)
    elif program in {"flask", "streamlit"} or program.startswith(".venv/bin/"):
        assert Path(sys.executable).with_name(Path(program).name).is_file()
    elif program.startswith("deploy/"):
        assert (ROOT / program).stat().st_mode & 0o100
    else:
        assert program in OUTSIDE


def test_commands_are_found():
    found = {line for _, line in COMMANDS}
    assert len(found) > 25
    assert {"make test", "make lock-check", "conda env create -f environment.yml"} <= {
        line.split("#")[0].strip() for line in found
    }


def test_a_command_that_cannot_be_given_is_noticed(monkeypatch):
    monkeypatch.chdir(ROOT)
    for line in ("make coffee", "python run_experiments.py --jbos 2", "python benchmarks/nothing.py"):
        with pytest.raises((AssertionError, Exception), match=r"coffee|jbos|False"):
            test_command_can_be_given("", line, monkeypatch)


def paths_in(path):
    """What looks like a path of the repository in backticks, and every local target of a link."""
    text = re.sub(r"^    .*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    quoted = {word for word in re.findall(r"`([^`\s]+)`", text) if PATH.fullmatch(word) and not word.startswith("/")}
    links = {
        (path.parent / target).relative_to(ROOT).as_posix() if ".." not in target else target
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    }
    return quoted | links


def tree():
    """The paths of the README's file tree."""
    block = README.read_text(encoding="utf-8").split("## What is where")[1].split("\n## ")[0]
    inside = ""
    for line in re.findall(r"^    ( {4})?(\S+)(.*)$", block, re.MULTILINE):
        nested, name, rest = line
        if not nested and not rest:
            inside = name
        elif not nested and not rest.startswith("  "):
            continue
        yield name if not nested else f"{inside}{name}"


def exists(name):
    name = name.rstrip("/")
    places = [ROOT / name, ROOT / "src" / "textlab" / name]
    return any(place.exists() for place in places) or any(ROOT.glob(f"deploy/**/{name}"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_is_named_exists(path):
    named = paths_in(path) | (set(tree()) if path == README else set())
    own = {name for name in named if not GENERATED.search(name)}
    missing = {name for name in own if not exists(name)}
    assert missing == set()


def test_the_file_tree_is_read():
    assert {"Makefile", "environment.yml", "src/textlab/text/", "docs/"} <= set(tree())


def test_the_grid_of_the_readme_names_notebooks_that_exist():
    block = README.read_text(encoding="utf-8").split("## A grid\n")[1].split("\n    python")[0]
    grid = yaml.safe_load(block)
    assert grid["primary_metric"] == "macro_recall"
    for run in grid["runs"]:
        assert (ROOT / "notebooks" / f"{run['notebook']}.ipynb").is_file()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_within_a_document_lead_to_a_heading(path):
    text = path.read_text(encoding="utf-8")
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    headings = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= headings
