"""Every notebook follows the conventions and runs from top to bottom on a small dataset.

A notebook states in its own metadata, under `textlab`, which model it trains and how it is tested:

    "textlab": {"model": "lstm"}         the model family that it trains; by default, the notebook's name decides
    "textlab": {"tiny": {"epochs": 2}}   parameters that make it fast on forty tweets; {} for none
    "textlab": {"reads": "runs"}         the notebook reads the runs of a grid; tests/runner/test_command.py runs it

In JupyterLab: Property Inspector, Advanced Tools, Notebook Metadata.
"""

import ast
import shutil
from pathlib import Path

import nbformat
import pytest
from tiny_data import (
    tiny_dataset,
    tiny_multilabel_dataset,
    tiny_retrieval_dataset,
    write_retrieval,
    write_several_labels,
    write_tweets,
)
from tiny_pictures import picture_dataset

from textlab.data.examples import TEXT_ONLY
from textlab.inputs import kind_of
from textlab.models.discovery import notebook_family
from textlab.runner.executing.process import run_notebook
from textlab.runner.kernels.warm_kernels import WarmKernels
from textlab.runner.planning.notebook import read_notebook

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


def textlab_metadata(path):
    return nbformat.read(path, as_version=4).metadata.get("textlab", {})


RUNNABLE = [path for path in NOTEBOOKS if "reads" not in textlab_metadata(path)]


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


def code_cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_notebook_is_committed_without_outputs(path):
    assert not any(cell.outputs or cell.execution_count for cell in code_cells(path))


def test_notebook_uses_the_standard_kernel(path):
    assert nbformat.read(path, as_version=4).metadata.kernelspec.name == "python3"


def test_raw_examples_are_shown_even_if_training_has_few(path):
    data = tiny_retrieval_dataset(4) if read_notebook(path).task == "retrieval" else tiny_dataset(2, per_split=4)
    for line in (line for cell in code_cells(path) for line in cell.source.splitlines() if ".sample(" in line):
        shown = eval(line.partition(" = ")[2] or line, {"data": data, "seed": 0})
        assert (shown["query"].nunique() if "query" in shown else len(shown)) == 4


def test_parameters_are_literals_with_a_type_and_a_description(path):
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
        assert defined == [], "move the function or class to src/textlab"


def test_notebook_states_how_it_is_tested(path):
    metadata = textlab_metadata(path)
    assert metadata.keys() - {"model"} in ({"tiny"}, {"reads"}), "see the docstring of this file"
    if "reads" in metadata:
        assert metadata["reads"] == "runs"
        assert "run_ids" in read_notebook(path).parameters
    else:
        assert metadata["tiny"].keys() <= read_notebook(path).parameters.keys() - {"dataset"}


def test_notebook_of_a_model_shows_at_most_eight_parameters_and_folds_and_accepts_all_others_as_settings(path):
    notebook = read_notebook(path)
    if not notebook.hyperparameters:
        pytest.skip("the notebook trains no model family")
    assert len(notebook.parameters.keys() - {"folds"}) <= 8
    assert notebook.hyperparameters.keys() <= notebook.all_parameters.keys()
    assert notebook.parameters["settings"].default == "{}"


def reads_pictures(path):
    """Whether the notebook's model reads more than texts, so that it needs a dataset with more inputs."""
    family = notebook_family(path.stem, textlab_metadata(path).get("model"))
    return family is not None and family.inputs != TEXT_ONLY


@pytest.mark.parametrize("path", list(filter(reads_pictures, RUNNABLE)), ids=lambda path: path.stem)
def test_examples_with_pictures_are_drawn_as_pictures(path):
    lines = [line for cell in code_cells(path) for line in cell.source.splitlines() if ".sample(" in line]
    assert lines
    for line in lines:
        shown = eval(line.partition(" = ")[2], {"data": picture_dataset(), "seed": 0})
        assert all(kind_of("image").shown(value).source for value in shown["image"] if value)


SLOW = {"_template", "10_logistic_regression", "15_random_forest", "16_boosted_trees", "30_bert"}  # of classification
SLOW |= {"20_lstm", "40_search", "43_static_encoder", "44_hybrid", "50_image", "51_text_image"}


def quick_and_slow():
    """Each runnable notebook of classification with two and with three classes, and each of retrieval or of pictures.

    Those that also serve several labels per text run with them, too.

    A run takes 10 to 50 s of processor time.

    Others run the slow ones in part. The contract trains each family, and the classifiers with three classes. The grid
    of `tests/runner/test_command.py` runs the logistic regression with three classes.
    """
    for path in RUNNABLE:
        if read_notebook(path).task == "retrieval" or reads_pictures(path):
            marks = pytest.mark.slow if path.stem in SLOW else ()
            yield pytest.param(path, None, id=path.stem, marks=marks)
            continue
        if "multilabel" in read_notebook(path).tasks:
            yield pytest.param(path, "several", id=f"{path.stem}-several", marks=pytest.mark.slow)
        for n_classes in (2, 3):
            is_slow = n_classes == 3 or path.stem in SLOW
            marks = pytest.mark.slow if is_slow else ()
            yield pytest.param(path, n_classes, id=f"{path.stem}-{n_classes}", marks=marks)


@pytest.fixture(scope="module")
def warm_kernels(request):
    """A warm process for the notebooks that this session runs, as a grid has one."""
    tests = [
        item for item in request.session.items if getattr(item, "function", None) is test_notebook_runs_top_to_bottom
    ]
    chosen = {test.callspec.params["path"] for test in tests}
    with WarmKernels([read_notebook(path) for path in sorted(chosen)]) as kernels:
        yield kernels


@pytest.mark.parametrize(("path", "n_classes"), quick_and_slow())
def test_notebook_runs_top_to_bottom(path, n_classes, tmp_path, monkeypatch, empty_store, warm_kernels):
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    if reads_pictures(path):
        dataset = "catalogue?rows=200"
    elif n_classes is None:
        dataset = write_retrieval(tiny_retrieval_dataset(), tmp_path / "people")
    elif n_classes == "several":
        dataset = write_several_labels(tiny_multilabel_dataset(), tmp_path)
    else:
        dataset = write_tweets(tiny_dataset(n_classes), tmp_path)
    monkeypatch.setenv("TEXTLAB_ROOT", str(tmp_path))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    parameters = {"dataset": dataset} | textlab_metadata(path)["tiny"]
    warm = warm_kernels.address(read_notebook(path))
    verdict = run_notebook(path, parameters, tmp_path / "executed.ipynb", None, warm=warm)
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
