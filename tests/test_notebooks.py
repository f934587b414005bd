"""Every notebook keeps the house rules and runs top to bottom on a small dataset.

A notebook says in its own metadata, under `textlab`, how it is tested; no list here knows its name:

    "textlab": {"tiny": {"width": 8, "epochs": 2}}   parameters that make it fast on forty tweets; {} for none
    "textlab": {"reads": "runs"}                     it reads the runs of a grid: tests/runner/test_command.py
                                                     runs it at the end of one, and it is not run here

In JupyterLab: Property Inspector, Advanced Tools, Notebook Metadata.
"""

import ast
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from tiny_data import tiny_dataset

from textlab.runner.executing.execution import run_notebook
from textlab.runner.planning.notebook import read_notebook

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


def said_of_itself(path):
    return nbformat.read(path, as_version=4).metadata.get("textlab", {})


RUNNABLE = [path for path in NOTEBOOKS if "reads" not in said_of_itself(path)]


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


def code_cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_notebook_is_committed_without_outputs(path):
    assert not any(cell.outputs or cell.execution_count for cell in code_cells(path))


def test_notebook_asks_for_the_plain_kernel(path):
    assert nbformat.read(path, as_version=4).metadata.kernelspec.name == "python3"


def test_parameters_are_literals_with_a_type_and_a_sentence(path):
    cells = [cell for cell in code_cells(path) if "parameters" in cell.metadata.get("tags", [])]
    assert len(cells) == 1
    for statement in ast.parse(cells[0].source).body:
        assert isinstance(statement, ast.AnnAssign)
        ast.literal_eval(statement.value)
    assert all(parameter.help for parameter in read_notebook(path).parameters.values())


def test_notebook_defines_nothing(path):
    for cell in code_cells(path):
        defined = [
            node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.FunctionDef | ast.ClassDef)
        ]
        assert defined == [], "a function in a cell belongs into src/textlab"


def test_notebook_says_how_it_is_tested(path):
    said = said_of_itself(path)
    assert said.keys() in ({"tiny"}, {"reads"}), "see the docstring of this file"
    if "reads" in said:
        assert said["reads"] == "runs"
        assert "run_ids" in read_notebook(path).parameters
    else:
        assert said["tiny"].keys() <= read_notebook(path).parameters.keys() - {"dataset"}


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("path", RUNNABLE, ids=lambda path: path.stem)
def test_notebook_runs_top_to_bottom(path, n_classes, tmp_path, monkeypatch):
    dataset = tiny_dataset(n_classes)
    splits = [dataset.labelled(frame).assign(split=split) for split, frame in dataset.splits()]
    pd.concat(splits).to_parquet(tmp_path / "tweets.parquet", index=False)
    monkeypatch.setenv("TEXTLAB_ROOT", str(tmp_path))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    parameters = {"dataset": f"file:{tmp_path / 'tweets.parquet'}"} | said_of_itself(path)["tiny"]
    verdict = run_notebook(path, parameters, tmp_path / "executed.ipynb", None)
    assert (verdict.status, verdict.error) == ("done", None)
    executed = nbformat.read(tmp_path / "executed.ipynb", as_version=4)
    warned = [
        output.text
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr" and "textlab" in output.text
    ]
    assert warned == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("path", RUNNABLE, ids=lambda path: path.stem)
def test_notebook_runs_top_to_bottom_with_its_defaults(path, tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTLAB_ROOT", str(tmp_path))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    verdict = run_notebook(path, {}, tmp_path / "executed.ipynb", None)
    assert (verdict.status, verdict.error) == ("done", None)
