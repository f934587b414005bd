"""The wheel: what it holds, and what the command `textlab` does where there is no checkout.

The wheel is unpacked, not installed. Its files come before those of the checkout on the path.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = f"#!{sys.executable}\nfrom textlab.__main__ import main\nmain()\n"  # as pip writes it


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the unpacked wheel in site/ and the command in bin/."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    command = folder / "bin" / "textlab"
    command.parent.mkdir()
    command.write_text(SCRIPT)
    command.chmod(0o755)
    return folder


def start(installed, folder, *command, **more):
    """Run a program in a folder with only the wheel's textlab; return its exit code and output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TEXTLAB", "MLFLOW"))}
    environment |= {
        "PATH": f"{installed / 'bin'}{os.pathsep}{environment['PATH']}",
        "PYTHONPATH": str(installed / "site"),
        "COLUMNS": "200",
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment | more,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def laboratory(installed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("users")
    code, output = start(installed, folder, "textlab", "init", "laboratory")
    assert code == 0, output
    assert "Next: cd laboratory && textlab run" in output
    return folder / "laboratory"


def test_the_wheel_takes_one_name_in_site_packages_and_brings_notebooks_grids_and_the_service(installed):
    assert sorted(path.name for path in (installed / "site").iterdir()) == ["textlab", "textlab-0.2.0.dist-info"]
    package = installed / "site" / "textlab"
    delivered = package / "delivered"
    assert (delivered / "api" / "static").is_dir()
    assert {"demo.yaml"} <= {path.name for path in (delivered / "experiments").iterdir()}
    notebooks = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {path.name for path in (delivered / "notebooks").iterdir()} == notebooks
    assert (package / "report" / "templates").is_dir()
    files = {path.name for path in package.rglob("*")}
    assert not files & {"tests", "benchmarks", "__pycache__", ".git", "catalog.json"}


def test_the_command_has_the_subcommands_of_python_m_textlab_and_completion(installed, tmp_path):
    code, output = start(installed, tmp_path, "textlab", "--help")
    assert code == 0, output
    assert "Usage: textlab [OPTIONS]" in output
    assert "--install-completion" in output

    import typer

    from textlab.__main__ import app, program

    assert list(typer.main.get_command(app).commands) == list(typer.main.get_command(program(completion=True)).commands)
    for name in typer.main.get_command(app).commands:
        assert f"│ {name} " in output


def test_bash_completes_a_subcommand_after_install_completion(installed, tmp_path):
    install = "textlab --install-completion; true"  # bash would become textlab without a second command
    code, output = start(installed, tmp_path, "bash", "-c", install, HOME=str(tmp_path))
    assert "bash completion installed" in output, output
    ask = (
        f"source {tmp_path}/.bash_completions/textlab.sh; COMP_WORDS=(textlab pro); COMP_CWORD=1; "
        "_textlab_completion textlab; echo ${COMPREPLY[@]}"
    )
    code, output = start(installed, tmp_path, "bash", "-c", ask)
    assert (code, output.split()) == (0, ["promote", "profiles"])


def test_a_command_without_a_working_folder_says_how_to_make_one_and_writes_nothing(installed, tmp_path):
    code, output = start(installed, tmp_path, "textlab", "predict", "not bad")
    assert code == 2
    assert output == (
        f"Neither {tmp_path} nor a folder above it is a working folder. Make one with `textlab init FOLDER` and go "
        "there, or name one in TEXTLAB_ROOT.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_working_folder_is_found_from_within_and_by_its_variable(installed, laboratory, tmp_path):
    ask = [sys.executable, "-c", "from textlab.paths import ROOT; print(ROOT)"]
    assert start(installed, laboratory / "notebooks", *ask) == (0, f"{laboratory}\n")
    assert start(installed, tmp_path, *ask, TEXTLAB_ROOT=str(laboratory)) == (0, f"{laboratory}\n")


@pytest.mark.slow  # eight seconds of imports
def test_the_grids_of_a_working_folder_are_listed_with_its_notebooks(installed, laboratory):
    code, output = start(installed, laboratory, "textlab", "run", "--list")
    assert code == 0, output
    assert "experiments/demo.yaml" in output
    assert "10_logistic_regression" in output


def test_serve_lists_the_settings_whatever_package_api_the_folder_holds(installed, laboratory):
    other = laboratory / "api"
    other.mkdir()
    (other / "__init__.py").write_text("raise SystemExit('the wrong package')")
    code, output = start(installed, laboratory, "textlab", "serve", "--settings")
    shutil.rmtree(other)
    assert code == 0, output
    assert "TEXTLAB_API_MODEL" in output


def test_serve_without_a_promoted_model_says_so(installed, laboratory):
    code, output = start(installed, laboratory, "textlab", "serve")
    assert code == 2
    assert "No model was named; promoted models: none. Promote one first" in output
