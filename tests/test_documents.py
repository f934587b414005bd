"""Everything that the documentation names exists: commands parse, and paths and links are valid."""

import re
import shlex
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer
import yaml

import textlab.__main__
import textlab.data
from docs.generator.commands import command_apps
from docs.generator.pages import COPIED, generated_pages

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
FOLDERS = ["data", "mlruns", "models", "reports"]
DOCUMENTS = [
    README,
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *[ROOT / folder / "README.md" for folder in FOLDERS],
    *sorted(DOCS.rglob("*.md")),
]
# Files that a run writes, that a user provides or that a bundle contains.
WRITTEN = re.compile(
    r"(data/(raw|processed|incoming|labelled|scored)|\.airflow|\.dvc/config\.local|reports|mlruns|models|assets\.extra|\.venv|deploy/secrets|dist|delivered|qrels|bundle|variables|assets|artifacts|site|experiments/mine|overlays/mine)\b"
    r"|(tweets|model)\.|(labels|fields|card|signature|reference|manifest|keys|catalog|look|decision|rollout)\.json|sentiment/train_|\.service/"
    r"|((leaderboard|corrections|corrected)\.csv|comparison\.html|feedback\.jsonl|40_naive_bayes\.ipynb|naive_bayes\.py)$"
)
PATH = re.compile(r"[A-Za-z0-9_.-]*/[A-Za-z0-9_./-]*|[A-Za-z0-9_-]+\.(py|md|lock|yml|yaml|ipynb|sh|cff|toml|json)")
PROGRAMS = (
    r"make|python|textlab|conda|docker|dvc|git|curl|flask|streamlit|az|gh|tar|mkdir|deploy/\S+\.sh|\.venv/bin/\S+"
)
COMMAND = re.compile(rf"([A-Z_]+=\S+ )*({PROGRAMS})( |$)")
OUTSIDE = {
    "az",
    "cd",
    "conda",
    "curl",
    "docker",
    "dvc",
    "gh",
    "git",
    "helm",
    "kubectl",
    "mkdir",
    "pip",
    "python3.11",
    "source",
    "sudo",
    "tar",
}  # external programs: only the shell syntax is checked
PLACEHOLDERS = {"RUN": "0" * 32, "NAME": "airline", "<name>": "airline"}
FENCE = re.compile(r"^( *)```(\w*).*?\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


def named(path):
    return path.relative_to(ROOT).as_posix()


@cache
def generated():
    return generated_pages()


def fenced(text, language):
    """The code blocks of a language."""
    return [code for _, name, code in FENCE.findall(text) if name == language]


def prose(text):
    """The text without its code blocks."""
    return FENCE.sub("", text)


def command_lines(text):
    """Every line of the bash blocks, and the commands in backticks."""
    blocks = [line.strip() for code in fenced(text, "bash") for line in code.splitlines() if line.strip()]
    quoted = re.findall(r"`([^`\n]+ [^`\n]+)`", prose(text))
    return blocks + [line for line in quoted if COMMAND.match(line)]


def commands():
    texts = {named(path): path.read_text(encoding="utf-8") for path in DOCUMENTS}
    texts["docs/reference/commands.md"] = generated()["reference/commands.md"]
    return sorted({(name, line) for name, text in texts.items() for line in command_lines(text)})


def words_of(line):
    """The words of a command, without variables before it, comments and redirections."""
    words = shlex.split(line.replace("<grid>", "demo"), comments=True)
    while re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    words = words[: words.index(">")] if ">" in words else words
    return [PLACEHOLDERS.get(word, word) for word in words]


def parse(app, words):
    """Let the command line of `app` parse the words without running anything.

    Prose may name a command without its required parameters.
    """
    command = typer.main.get_command(app)
    if hasattr(command, "commands") and words:
        command, words = command.commands[words[0]], words[1:]
    if words:
        command.make_context("command", list(words))


def check_make(words):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {word for word in words if "=" not in word} <= set(targets)


def check_python(words):
    started_by = " ".join(["python", *(words[:2] if words[0] == "-m" else words[:1])])
    if started_by in command_apps():
        parse(command_apps()[started_by], words[2 if words[0] == "-m" else 1 :])
    elif words[0] == "-c":
        compile(words[1], "<command>", "exec")
    elif words[:2] == ["-m", "pydoc"]:
        assert find_spec(words[2]) is not None
    elif words[0] == "-m":
        assert (ROOT / words[1] / "__main__.py").is_file()
    else:
        assert (ROOT / words[0]).is_file()


def check(line):
    program, *words = words_of(line)
    if program == "make":
        check_make(words)
    elif program == "python":
        check_python(words)
    elif program == "textlab":
        if words != ["--install-completion"]:  # to parse it is to install it
            parse(textlab.__main__.app, words)
    elif program in {"flask", "streamlit"} or program.startswith(".venv/bin/"):
        assert Path(sys.executable).with_name(Path(program).name).is_file()
    elif program.startswith("deploy/"):
        assert (ROOT / program).stat().st_mode & 0o100
    else:
        assert program in OUTSIDE


@pytest.mark.parametrize(("document", "line"), commands(), ids=lambda part: part[:60])
def test_every_documented_command_parses(document, line, monkeypatch):
    monkeypatch.chdir(ROOT)
    check(line)


def test_the_commands_are_found():
    found = {line.split("#")[0].strip() for _, line in commands()}
    assert len(found) > 60
    assert {"make run", "make lock-check", "make docs", "conda env create -f environment.yml"} <= found


def test_an_invalid_command_is_noticed(monkeypatch):
    monkeypatch.chdir(ROOT)
    for line in ("make coffee", "python run_experiments.py --jbos 2", "python benchmarks/nothing.py", "brew coffee"):
        with pytest.raises((AssertionError, Exception), match=r"coffee|jbos|False|brew"):
            check(line)


def exists(name):
    name = name.rstrip("/")
    places = [ROOT / name, ROOT / "src" / "textlab" / name]
    return any(place.exists() for place in places) or any(ROOT.glob(f"deploy/**/{name}"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_path_in_backticks_exists(path):
    quoted = re.findall(r"`([^`\s]+)`", prose(path.read_text(encoding="utf-8")))
    paths = {word for word in quoted if PATH.fullmatch(word) and not word.startswith("/")} - set(textlab.data.names())
    assert {word for word in paths if not WRITTEN.search(word) and not exists(word)} == set()


def slugs(text):
    """The anchors of a page's headings."""
    titles = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", title.lower().replace("`", "")).strip().replace(" ", "-") for title in titles}


def text_at(path):
    """The text of a Markdown file, or of the generated page that the site has at its place; None if there is none."""
    if path.is_file():
        return path.read_text(encoding="utf-8") if path.suffix == ".md" else ""
    address = path.relative_to(DOCS).as_posix() if path.is_relative_to(DOCS) else ""
    return generated().get(address)


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_link_leads_to_a_file_and_a_heading(path):
    text = path.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\(([^)#:]*)#?([^):]*)\)", prose(text)):
        found = text_at((path.parent / target).resolve()) if target else text
        assert found is not None, target
        assert not anchor or anchor in slugs(found), f"{target}#{anchor}"


def test_the_readme_has_at_most_a_thousand_words():
    assert len(README.read_text(encoding="utf-8").split()) <= 1000


def file_tree():
    """The paths of the README's file tree."""
    block = fenced(README.read_text(encoding="utf-8").split("\n## Files\n")[1], "text")[0]
    inside = ""
    for line in block.splitlines():
        names = re.match(r" *((\S+)(  ?(?=\S+/))?)+", line)[0].split()
        inside = inside if line.startswith(" ") else names[0]
        yield from [f"{inside}{name}" if line.startswith(" ") else name for name in names]


def test_the_file_tree_of_the_readme_is_correct_and_complete():
    tree = set(file_tree())
    assert {name for name in tree if not exists(name)} == set()
    packages = {f"src/textlab/{path.parent.name}/" for path in (ROOT / "src" / "textlab").glob("*/__init__.py")}
    assert packages <= tree


def test_every_package_folder_of_the_repository_has_a_readme():
    for folder in FOLDERS:
        assert (ROOT / folder / "README.md").is_file()
        ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
        everything = f"/{folder}/?*" if folder == "models" else f"/{folder}/*"  # DVC would ignore models/*.dvc, too
        assert folder == "data" or {everything, f"!/{folder}/README.md"} <= set(ignored)


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_grid_in_the_documentation_names_known_keys_and_notebooks(path, tmp_path):
    from textlab.runner.planning.grid_file import read_grids

    for code in fenced(path.read_text(encoding="utf-8"), "yaml"):
        shown = yaml.safe_load(code)
        if "kind" in shown:  # an object of Kubernetes
            continue
        complete = {"name": "example", "dataset": "airline", "runs": [{"notebook": "20_lstm"}]} | shown
        (tmp_path / "grid.yaml").write_text(yaml.safe_dump(complete), encoding="utf-8")
        for run in read_grids(tmp_path / "grid.yaml")[0].runs:
            assert (ROOT / "notebooks" / f"{run.notebook}.ipynb").is_file() or WRITTEN.search(f"{run.notebook}.ipynb")


def addresses(nav):
    for entry in nav:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            yield from [value] if isinstance(value, str) else addresses(value)


def test_the_navigation_lists_every_page_once():
    configuration = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    pages = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")] + list(generated())
    assert sorted(addresses(configuration["nav"])) == sorted(pages)
    assert set(COPIED.values()) <= set(pages)


def test_every_decision_has_its_four_parts():
    entries = re.split(r"^### ", (DOCS / "decisions.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert len(entries) > 40
    for entry in entries:
        title = entry.splitlines()[0]
        assert re.search(r" \(\d{4}-\d\d-\d\d\)$", title), title
        parts = re.findall(r"^\*\*(Context|Decision|Measured|Consequences)\.\*\*", entry, re.MULTILINE)
        assert parts == ["Context", "Decision", "Measured", "Consequences"], title
