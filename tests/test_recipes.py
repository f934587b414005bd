"""A newcomer who follows the README word for word gets a model family and a dataset, and edits no existing file."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "guides" / "add-a-model.md").read_text(encoding="utf-8")


def section(text, title):
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def python_block(text):
    return re.search(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[1]


def path_in(text, name):
    """The path in the text that contains <name>, with this name."""
    return re.search(r"`(src/\S*<name>\.py)`", text)[1].replace("<name>", name)


def with_class(line, family, class_name):
    return line.replace("logistic_regression", family).replace("LogisticRegression", class_name)


def template_with(family, class_name):
    """The template notebook with the class in the places that it marks."""
    notebook = json.loads((ROOT / "notebooks" / "_template.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        lines = "".join(cell["source"]).splitlines(keepends=True)
        cell["source"] = [with_class(line, family, class_name) if "your class" in line else line for line in lines]
    return json.dumps(notebook)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the checkout with the two modules and the notebook that the README describes; nothing else differs."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "src", folder / "src")  # with the compiled modules, so that nothing compiles them again
    for part in ("notebooks", "experiments", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "run_experiments.py"):
        shutil.copy(ROOT / file, folder)
    family = folder / path_in(section(README, "Add a model"), "naive_bayes")
    dataset = folder / path_in(section(README, "Add a dataset"), "crew")
    notebook = folder / "notebooks" / "40_naive_bayes.ipynb"
    assert not any(path.exists() for path in (family, dataset, notebook))
    family.write_text(python_block(GUIDE), encoding="utf-8")
    dataset.write_text(python_block(section(README, "Add a dataset")), encoding="utf-8")
    notebook.write_text(template_with("naive_bayes", "NaiveBayes"), encoding="utf-8")
    synced = run_in(folder, "-m", "textlab.models", "sync")
    assert synced.returncode == 0, synced.stderr
    return folder


def run_in(folder, *arguments):
    environment = os.environ | {"PYTHONPATH": str(folder / "src"), "COLUMNS": "200", "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("TEXTLAB_ROOT", None)
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_readme_and_guide_name_the_methods_that_a_family_must_implement():
    from textlab.models.classifier import Classifier

    sentence = re.search(r"It implements (.*?)\.\n", section(README, "Add a model"), re.DOTALL)[1]
    rows = re.findall(r"^\| (`.*?`) \|", section(GUIDE, "1. Write the module"), re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", sentence)) == Classifier.__abstractmethods__
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == Classifier.__abstractmethods__


def test_the_template_marks_the_places_for_the_class():
    notebook = template_with("naive_bayes", "NaiveBayes")
    assert "from textlab.models.naive_bayes import NaiveBayes" in notebook
    assert "model = NaiveBayes(primary_metric=primary_metric, **settings)" in notebook
    assert "LogisticRegression" not in notebook


@pytest.mark.slow  # trains a family and runs a notebook
@pytest.mark.timeout(1800)  # on a busy machine, the tests in the copy take minutes
def test_the_new_family_keeps_the_contract_and_its_notebook_runs(checkout):
    chosen = "naive_bayes and not three and not only_tensorflow and not (40_naive_bayes and 3)"
    tests = ["tests/models/test_contract.py", "tests/models/test_classifier_contract.py", "tests/test_notebooks.py"]
    done = run_in(checkout, "-m", "pytest", *tests, "-k", chosen, "-n", "0", "-vv", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" PASSED") > 15


@pytest.mark.slow
def test_the_new_dataset_and_notebook_are_found(checkout):
    described = run_in(checkout, "-m", "textlab.data", "describe", "crew")
    assert described.returncode == 0, described.stderr
    assert "positive" in described.stdout
    grid = checkout / "experiments" / "crew.yaml"
    grid.write_text("name: crew\ndataset: crew\nruns: [{notebook: 40_naive_bayes}]\n")
    planned = run_in(checkout, "run_experiments.py", "experiments/crew.yaml", "--dry-run")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "naive_bayes" in planned.stdout
