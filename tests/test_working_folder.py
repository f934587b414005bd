"""`textlab init` makes a complete folder, and loses nothing that was there."""

import pytest
from typer.testing import CliRunner

from textlab.__main__ import app
from textlab.paths import MARKER, NOTEBOOKS


def init(*arguments):
    result = CliRunner(env={"COLUMNS": "300"}).invoke(app, ["init", *map(str, arguments)])
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "laboratory"
    code, output = init(folder)
    assert code == 0, output
    return folder


def test_a_working_folder_holds_notebooks_the_default_grid_and_a_readme_with_its_name(made):
    assert {path.name for path in (made / "notebooks").iterdir()} == {path.name for path in NOTEBOOKS.glob("*.ipynb")}
    assert (made / "experiments" / "demo.yaml").is_file()
    assert (made / "README.md").read_text().startswith("# laboratory\n")
    assert {path.name for path in made.iterdir()} == {"README.md", ".gitignore", MARKER, "experiments", "notebooks"}


def test_a_folder_that_is_not_empty_is_refused_and_stays_as_it_was(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    code, output = init(tmp_path)
    assert code == 2
    assert output == f"{tmp_path} exists and is not empty. Name a new folder, or add --keep to keep its files.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_keep_changes_no_file_and_adds_the_missing_ones(made, tmp_path):
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "demo.yaml").write_text("name: mine\n")
    code, output = init(tmp_path, "--keep")
    assert code == 0
    assert "Existing files, which are unchanged: 1." in output
    assert (tmp_path / "experiments" / "demo.yaml").read_text() == "name: mine\n"
    assert (tmp_path / "notebooks" / "20_lstm.ipynb").is_file()


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "notes").write_text("")
    code, output = init(tmp_path / "notes")
    assert (code, (tmp_path / "notes").read_text()) == (2, "")
    assert "is not empty" in output
