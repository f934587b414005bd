"""The generated reference is complete, and the site builds without a broken link."""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from docs.generator.commands import command_apps, commands_page
from docs.generator.contract import contract_page
from docs.generator.default_grid import attachments, default_grid_page
from docs.generator.families import families_page
from docs.generator.grid_file import grid_file_page, key_table
from docs.generator.http_api import http_api_page
from docs.generator.markdown import table
from docs.generator.pages import copied_page
from docs.generator.settings import settings_page

ROOT = Path(__file__).resolve().parents[1]


def help_of(app, *words):
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, [*words, "--help"]).output


@pytest.mark.parametrize("started_by", list(command_apps()))
def test_the_reference_of_a_command_has_every_option_of_its_help(started_by):
    app, page = command_apps()[started_by], commands_page()
    subcommands = getattr(typer.main.get_command(app), "commands", {})
    shown = help_of(app) + "".join(help_of(app, name) for name in subcommands)
    options = set(re.findall(r"(?<=[ │])--[a-z-]+", shown)) - {"--help"}
    assert options
    assert {option for option in options if f"`{option}`" not in page} == set()
    assert all(f"### `{started_by} {name}`" in page for name in subcommands)


def test_the_reference_of_the_settings_has_every_line_of_python_m_api():
    from api.settings import listing

    page = settings_page()
    lines = listing().splitlines()
    assert len(lines) > 20
    assert [line for line in lines if f"| `{line.split()[0]}` |" not in page] == []


def test_the_reference_of_the_settings_has_every_environment_variable_of_the_code():
    files = [*(ROOT / "src").rglob("*.py"), *(ROOT / "api").rglob("*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in files)
    named = set(re.findall(r"\bTEXTLAB_[A-Z_]*[A-Z]\b", code)) - {"TEXTLAB_SERVICE_RUN"}  # set by the service itself
    page = settings_page()
    assert {"TEXTLAB_MIRROR", "TEXTLAB_STUDIES"} <= named
    assert {name for name in named if f"`{name}`" not in page} == set()


def test_the_reference_of_the_families_has_every_parameter_of_every_constructor():
    from textlab.models import families

    page = families_page()
    for name, model_class in families().items():
        section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        parameters = list(inspect.signature(model_class.__init__).parameters)[1:]
        assert parameters
        assert [parameter for parameter in parameters if f"| `{parameter}` |" not in section] == []


def test_the_reference_of_the_contract_has_every_method_that_a_family_implements():
    from textlab.models.classifier import Classifier

    page = contract_page()
    assert Classifier.__abstractmethods__
    for method in Classifier.__abstractmethods__:
        assert re.search(rf"### `\w+\.{method}` \(to implement\)", page), method


def test_the_reference_of_the_grid_file_has_every_key_with_its_meaning():
    page = grid_file_page()
    rows = re.findall(r"^\| `(\w+)` \| .*? \| .*? \| (.*) \|$", page, re.MULTILINE)
    names = [name for name, _ in rows]
    assert {"name", "dataset", "runs", "notebook", "parameters", "search", "trials", "low", "log"} <= set(names)
    assert [
        name for name, meaning in rows if not meaning and f"`{name}`" not in page.split("## A range")[1][:200]
    ] == []


def test_the_reference_of_the_http_api_has_every_documented_route():
    page = http_api_page()
    for call in (
        "POST /predict",
        "POST /search",
        "POST /agent_search",
        "POST /feedback",
        "POST /models/load/{version}",
        "GET /health/ready",
        "GET /metrics",
    ):
        assert f"`{call}`" in page
    for link in re.findall(r"\]\(#(\w+)\)", page):
        assert link in {title.lower() for title in re.findall(r"^### (\w+)$", page, re.MULTILINE)}


def test_a_pipe_inside_a_value_does_not_break_a_table():
    assert table(["a"], [["x | y\nz"]]).splitlines()[-1] == r"| x \| y z |"


def test_a_key_without_a_default_is_required():
    from textlab.runner.planning.grid import Grid

    assert "| `dataset` | text | required |" in key_table(Grid)


def test_the_page_of_the_default_grid_says_that_the_grid_was_not_run(tmp_path):
    assert "is not part of this build" in default_grid_page(tmp_path)
    assert attachments(tmp_path) == {}


def test_the_page_of_the_default_grid_links_report_and_notebooks(tmp_path):
    (tmp_path / "runs").mkdir()
    for name in ("comparison.html", "slides.html", "runs/20_lstm-0ed99a9572.html"):
        (tmp_path / name).write_text("<p>executed</p>")
    executed = '{"metadata": {"papermill": {"parameters": {"embedding": "glove"}}}}'
    (tmp_path / "runs" / "20_lstm-0ed99a9572.ipynb").write_text(executed)
    page = default_grid_page(tmp_path)
    assert "(default-grid/comparison.html)" in page
    assert "| `20_lstm` | embedding glove | [20_lstm-0ed99a9572](default-grid/runs/20_lstm-0ed99a9572.html) |" in page
    assert set(attachments(tmp_path)) == {
        "results/default-grid/comparison.html",
        "results/default-grid/slides.html",
        "results/default-grid/runs/20_lstm-0ed99a9572.html",
    }


def test_links_of_the_readme_lead_to_pages_of_the_site():
    page = copied_page("README.md", "index.md")
    assert "](tutorial.md)" in page
    assert "](reference/datasets.md)" in page
    assert "](pictures/report.png)" in page
    assert "](LICENSE)" not in page


def test_the_site_builds_without_a_broken_link_and_without_foreign_scripts(tmp_path):
    pytest.importorskip("mkdocs")
    paths = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": paths, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    pages = [path for path in tmp_path.rglob("*.html") if "default-grid" not in path.parts]
    assert len(pages) > 35
    for page in pages:
        source = page.read_text(encoding="utf-8")
        assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=\"?https?://[^>]*", source) == [], page.name
