"""Commands find the working folder, or refuse to start where there is none."""

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from textlab.__main__ import COMMANDS, app
from textlab.paths import ROOT
from textlab.runner.command import run

WITHOUT_A_FOLDER = {"init", "key", "seal", "unseal", "rotate"}  # they read and write only what is named


def test_commands_that_need_a_working_folder_check_that_there_is_one():
    unchecked = {command.__name__ for command in (*COMMANDS, run) if not hasattr(command, "__wrapped__")}
    assert unchecked == WITHOUT_A_FOLDER


@pytest.mark.parametrize("stated", [".", "~"])
def test_a_stated_working_folder_is_the_same_for_processes_in_other_folders(tmp_path, stated):
    code = "from textlab.paths import REPORTS; print(REPORTS)"
    environment = os.environ | {"TEXTLAB_ROOT": stated, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout == f"{tmp_path / 'reports'}\n", done.stderr


def test_the_command_that_init_prints_is_safe_to_paste(tmp_path):
    folder = tmp_path / "my lab; echo oops"
    result = CliRunner(env={"COLUMNS": "300"}).invoke(app, ["init", str(folder)])
    assert result.exit_code == 0, result.output
    assert f"Next: cd '{folder}' && textlab run" in result.output
