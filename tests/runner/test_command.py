"""The batch command as a user runs it, in a laboratory folder of its own."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pandas as pd
import psutil
import pytest
from mlflow import MlflowClient
from nbformat.v4 import new_code_cell
from tiny_data import tiny_dataset

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = [
    *("rank", "name", "status", "notebook", "model", "run_id", "dataset", "seed", "parameters"),
    *(
        "accuracy",
        "macro_f1",
        "macro_recall",
        "roc_auc",
        "average_precision",
        "brier",
        "ece",
        "validation_macro_f1",
        "fit_seconds",
    ),
    *("latency_ms", "tweets_per_second", "bundle_mb", "error"),
]
GRID = """
name: tiny
dataset: file:{tweets}
primary_metric: macro_f1
runs:
  - notebook: 10_logistic_regression
    parameters: {{features: [word, {second}], minimum_count: 1}}
"""


@pytest.fixture
def laboratory(tmp_path):
    """A folder with the notebooks, a small file of tweets and a grid; gives (folder, command)."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    dataset = tiny_dataset(3)
    splits = [dataset.labelled(frame).assign(split=split) for split, frame in dataset.splits()]
    pd.concat(splits).to_csv(tmp_path / "tweets.csv", index=False, quoting=csv.QUOTE_ALL)

    def command(*arguments, second="char", **more):
        grid = tmp_path / "experiments" / "tiny.yaml"
        grid.parent.mkdir(exist_ok=True)
        grid.write_text(GRID.format(tweets=tmp_path / "tweets.csv", second=second))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW")}
        environment |= {"TEXTLAB_ROOT": str(tmp_path), "COLUMNS": "120"}
        full = [sys.executable, str(ROOT / "run_experiments.py"), str(grid), *arguments]
        return subprocess.Popen(
            full, env=environment, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more
        )

    return tmp_path, command


def finish(process):
    output, _ = process.communicate(timeout=240)
    return process.returncode, output


def test_grid_ends_with_leaderboard_report_and_record(laboratory):
    folder, command = laboratory
    code, output = finish(command())
    assert code == 0, output
    assert "2 of 2 cells done" in output
    assert "reports/tiny/comparison.html" in output
    table = pd.read_csv(folder / "reports/tiny/leaderboard.csv")
    assert list(table.columns) == COLUMNS
    assert table["status"].tolist() == ["done", "done"]
    assert table["rank"].tolist() == [1, 2]
    assert (table["macro_f1"] >= 0.95).all()
    page = (folder / "reports/tiny/comparison.html").read_text()
    assert "Which model to trust" in page
    assert page.count("data:image/png;base64") >= 4
    client = MlflowClient(f"sqlite:///{folder / 'mlruns/mlflow.db'}")
    assert sorted(entry.path for entry in client.list_artifacts(table["run_id"][0]))[:2] == ["bundle", "figures"]
    assert len(client.list_artifacts(table["run_id"][0], "notebook")) == 2
    assert not list(folder.rglob("*.partial"))


def test_failing_cell_is_listed_the_others_are_done_and_the_code_is_one(laboratory):
    folder, command = laboratory
    code, output = finish(command(second="nonsense"))
    assert code == 1
    assert "1 of 2 cells done" in output
    assert "failed logistic_regression features=nonsense" in output
    assert "Unknown features 'nonsense'. Available: word, char, word_char." in output
    table = pd.read_csv(folder / "reports/tiny/leaderboard.csv")
    assert table["status"].tolist() == ["done", "failed"]
    assert pd.isna(table["rank"][1])
    assert len(list((folder / "reports/tiny/runs").glob("*.ipynb"))) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "dataset=airlin"], "Unknown dataset 'airlin'. Did you mean 'airline'?"),
        (["--set", "seed=one"], "Parameter 'seed' is 'one' (str); expected int"),
        (["--only", "20_lstm"], "no run of this grid fits"),
    ],
)
def test_mistake_is_one_sentence_and_nothing_has_started(laboratory, arguments, message):
    folder, command = laboratory
    code, output = finish(command(*arguments))
    assert code == 2
    assert message in output
    assert "Traceback" not in output
    assert not (folder / "mlruns").exists()


def test_dry_run_shows_the_cells_and_starts_nothing(laboratory):
    folder, command = laboratory
    code, output = finish(command("--dry-run"))
    assert code == 0
    assert "2 cells" in output
    assert not (folder / "mlruns").exists()


def wait_for(path, process):
    deadline = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.2)


def make_endless(folder):
    """Let the notebook reach a cell that starts a child and never ends."""
    path = folder / "notebooks/10_logistic_regression.ipynb"
    notebook = nbformat.read(path, as_version=4)
    endless = "import pathlib, subprocess, time\nsubprocess.Popen(['sleep', '600'])\npathlib.Path('reached').touch()"
    notebook.cells = [notebook.cells[2], new_code_cell(endless), new_code_cell("time.sleep(600)")]
    nbformat.write(notebook, path)


@pytest.mark.parametrize("polite_end", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_ends_all_that_was_started_keeps_the_notebook_and_closes_the_run(laboratory, polite_end):
    folder, command = laboratory
    make_endless(folder)
    process = command(start_new_session=True)
    wait_for(folder / "reached", process)
    started = psutil.Process(process.pid).children(recursive=True)
    assert "sleep" in [child.name() for child in started]
    process.send_signal(polite_end)
    code, output = finish(process)
    assert code == 130
    assert "Interrupted" in output
    _, alive = psutil.wait_procs(started, timeout=15)
    assert alive == []
    client = MlflowClient(f"sqlite:///{folder / 'mlruns/mlflow.db'}")
    runs = client.search_runs([client.get_experiment_by_name("tiny").experiment_id])
    assert [(run.info.status, run.data.tags["textlab.status"]) for run in runs] == [("KILLED", "interrupted")]
    kept = nbformat.read(next((folder / "reports/tiny/runs").glob("*.ipynb")), as_version=4)
    assert kept.metadata["textlab"]["status"] == "interrupted"


def test_kernels_end_with_a_runner_that_is_killed(laboratory):
    folder, command = laboratory
    make_endless(folder)
    process = command(start_new_session=True)
    wait_for(folder / "reached", process)
    started = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    _, alive = psutil.wait_procs(started, timeout=15)
    assert alive == []


def test_broken_store_is_one_sentence(laboratory):
    folder, command = laboratory
    (folder / "mlruns").mkdir()
    (folder / "mlruns/mlflow.db").write_bytes(b"not a database" * 100)
    code, output = finish(command())
    assert code == 2
    assert "cannot be opened" in output
    assert "Move it aside" in output
    assert "Traceback" not in output
