import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

PARAMETERS = """dataset: str = "air_paradis"  # name of the dataset
seed: int = 0  # of every random choice
rate: float = 0.5  # how fast
kind: str = "a"  # which one
deep: bool = False  # whether deep"""


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """A folder of notebooks that the runner sees; `notebooks(name, *sources)` adds one."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setattr("textlab.runner.notebook.NOTEBOOKS", folder)

    def add(name, *sources, parameters=PARAMETERS):
        cells = [new_code_cell(parameters, metadata={"tags": ["parameters"]})] if parameters else []
        cells += [new_code_cell(source) for source in sources]
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
        nbformat.write(notebook, folder / f"{name}.ipynb")
        return folder / f"{name}.ipynb"

    return add
