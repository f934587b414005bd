"""The batch command, run in a temporary laboratory folder."""

import contextlib
import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import nbformat
import pandas as pd
import psutil
import pytest
from mlflow import MlflowClient
from nbformat.v4 import new_code_cell, new_notebook
from tiny_data import tiny_dataset

from textlab.runner.kernels.framework import FRAMEWORKS

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = [
    *("rank", "name", "status", "notebook", "model", "run_id", "dataset", "seed", "parameters"),
    *("accuracy", "macro_f1", "macro_recall", "roc_auc", "average_precision", "brier", "ece"),
    *("macro_f1_low", "macro_f1_high", "group", "validation_macro_f1"),
    *("fit_seconds", "latency_ms", "latency_p99_ms", "tweets_per_second", "bundle_mb", "memory_mb", "peak_memory_mb"),
    *("training_notes", "error"),
]
GRID = """
name: tiny
dataset: file:{tweets}
primary_metric: macro_f1
runs:
  - notebook: 10_logistic_regression
    parameters: {{features: [word, {second}], minimum_count: 1}}
"""


def new_laboratory(folder):
    """A folder with the notebooks, a small file of tweets and a grid; returns (folder, command)."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    dataset = tiny_dataset(3)
    splits = [dataset.labelled(frame).assign(split=split) for split, frame in dataset.splits()]
    pd.concat(splits).to_csv(folder / "tweets.csv", index=False, quoting=csv.QUOTE_ALL)
    return folder, partial(command_in, folder)


def command_in(folder, *arguments, second="char", **more):
    """Start the command on the folder's grid; a copied laboratory reads the tweets of the original."""
    grid = write_grid(folder, second)
    return start(folder, str(ROOT / "run_experiments.py"), str(grid), *arguments, **more)


def write_grid(folder, second):
    grid = folder / "experiments" / "tiny.yaml"
    if not grid.exists() or f", {second}]" not in grid.read_text():
        grid.parent.mkdir(exist_ok=True)
        grid.write_text(GRID.format(tweets=folder / "tweets.csv", second=second))
    return grid


def start(folder, *arguments, **more):
    """Start Python in a laboratory.

    A shell that starts the tests in the background lets them ignore SIGINT, and children would inherit that.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW")}
    environment |= {"TEXTLAB_ROOT": str(folder), "COLUMNS": "120"}
    return subprocess.Popen(
        [sys.executable, *arguments],
        env=environment,
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **more,
    )


@pytest.fixture
def laboratory(tmp_path):
    return new_laboratory(tmp_path)


def stored_laboratory(folder, empty_store):
    """A laboratory with a store, which takes seconds to create."""
    folder, command = new_laboratory(folder)
    (folder / "mlruns").mkdir()
    shutil.copy(empty_store, folder / "mlruns" / "mlflow.db")
    return folder, command


@pytest.fixture
def stored(tmp_path, empty_store):
    return stored_laboratory(tmp_path, empty_store)


def make_quick(folder, source):
    """Give the laboratory a notebook that trains nothing."""
    parameters = 'features: str = "word"  # features\nminimum_count: int = 1  # a number'
    add_notebook(folder, "10_logistic_regression", parameters, source)


@pytest.fixture
def quick(stored):
    """A laboratory with a quick notebook, whose char cell waits while the file `wait` exists.

    Its kernels are plain: a warm process for two such cells takes longer than they do.
    """
    folder, command = stored
    mark = "import pathlib, time, uuid\npathlib.Path('reached-' + uuid.uuid4().hex).touch()\n"
    make_quick(folder, mark + "while features == 'char' and pathlib.Path('wait').exists(): time.sleep(0.1)")
    return folder, partial(command, "--plain-kernels")


@pytest.fixture(scope="module")
def finished(tmp_path_factory, empty_store):
    """A laboratory whose grid has been run; returns (folder, command, code, output). Tests must not change it."""
    folder, command = stored_laboratory(tmp_path_factory.mktemp("finished"), empty_store)
    return folder, command, *finish(command())


def with_a_failing_cell(folder):
    """Change the laboratory's grid: its second cell fails. Return the command for it."""
    grid = write_grid(folder, "char")
    grid.write_text(grid.read_text().replace("[word, char], minimum_count: 1", "[word], minimum_count: [1, 9999]"))
    return partial(command_in, folder, second="9999")


@pytest.fixture(scope="module")
def failing(tmp_path_factory, empty_store):
    """A laboratory with a quick notebook after a run in which one of two cells failed."""
    folder, _ = stored_laboratory(tmp_path_factory.mktemp("failing"), empty_store)
    make_quick(folder, "if minimum_count == 9999: raise ValueError('No word occurs in 9999 texts.')")
    command = with_a_failing_cell(folder)
    return folder, command, *finish(command("--plain-kernels"))


def finish(process):
    output, _ = process.communicate(timeout=600)
    return process.returncode, output


def runs_of(client):
    """The runs of cells, oldest first, without the grid's own."""
    experiment = client.get_experiment_by_name("tiny").experiment_id
    runs = client.search_runs([experiment], order_by=["attributes.start_time ASC"])
    return [run for run in runs if "textlab.cell" in run.data.tags]


def test_finished_grid_has_a_leaderboard_a_report_and_recorded_runs(finished):
    folder, _, code, output = finished
    assert code == 0, output
    assert "2 of 2 cells done" in output
    assert "Writing the report" in output
    assert "reports/tiny/comparison.html" in output
    table = pd.read_csv(folder / "reports/tiny/leaderboard.csv")
    assert list(table.columns) == COLUMNS
    assert table["status"].tolist() == ["done", "done", "floor", "floor"]
    assert table["name"].tolist()[2:] == ["majority class", "class shares"]
    assert table["rank"].tolist()[:2] == [1, 2]
    assert (table["macro_f1"][:2] >= 0.95).all()
    assert (table["macro_f1"][2:] < 0.7).all()
    assert (table["memory_mb"][:2] > 100).all()
    page = (folder / "reports/tiny/comparison.html").read_text()
    assert "Which model should we use?" in page
    assert page.count("data:image/png;base64") >= 5
    assert 'class="error"' not in page
    assert (folder / "reports/tiny/slides.html").read_text().count('<section class="slide">') >= 6
    client = MlflowClient(f"sqlite:///{folder / 'mlruns/mlflow.db'}")
    parents = {run.data.tags["mlflow.parentRunId"] for run in runs_of(client)}
    assert len(parents) == 1
    kept = {entry.path for entry in client.list_artifacts(parents.pop(), "report")}
    assert kept == {"report/comparison.html", "report/slides.html"}
    artifacts = {entry.path for entry in client.list_artifacts(table["run_id"][0])}
    assert {"bundle", "class_scores_test.csv", "data", "figures", "notebook"} <= artifacts
    assert len(client.list_artifacts(table["run_id"][0], "notebook")) == 2
    assert not list(folder.rglob("*.partial"))


def test_notebooks_of_a_finished_grid_show_no_warning_of_textlab(finished):
    for path in (finished[0] / "reports/tiny/runs").glob("*.ipynb"):
        outputs = [output for cell in nbformat.read(path, as_version=4).cells for output in cell.get("outputs", [])]
        warned = [output.text for output in outputs if output.get("name") == "stderr" and "textlab" in output.text]
        assert warned == []


def test_failed_cell_is_listed_the_others_are_done_and_the_exit_code_is_one(failing):
    folder, _, code, output = failing
    assert code == 1
    assert "1 of 2 cells done" in output
    assert "failed logistic_regression features=word minimum_count=9999" in output
    assert "No word occurs in 9999 texts." in output
    assert pd.read_csv(folder / "reports/tiny/leaderboard.csv")["status"].tolist() == ["nothing logged", "failed"]
    assert len(list((folder / "reports/tiny/runs").glob("*.ipynb"))) == 2


@pytest.mark.slow
def test_report_of_a_grid_with_a_failed_cell_ranks_the_others(finished, tmp_path):
    folder = shutil.copytree(finished[0], tmp_path / "copy")
    code, output = finish(with_a_failing_cell(folder)())
    assert code == 1
    assert "1 of 2 cells done, 1 of them before" in output
    assert "No word n-gram occurs in 9999 of the" in output
    table = pd.read_csv(folder / "reports/tiny/leaderboard.csv")
    assert table["status"].tolist() == ["done", "failed", "floor", "floor"]
    assert pd.isna(table["rank"][1])
    assert len(list((folder / "reports/tiny/runs").glob("*.ipynb"))) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "dataset=airlin"], "Unknown dataset 'airlin'. Did you mean 'airline'?"),
        pytest.param(["--set", "seed=one"], "Parameter 'seed' is 'one' (str); expected int", marks=pytest.mark.slow),
        pytest.param(["--only", "20_lstm"], "matches no notebook of this grid", marks=pytest.mark.slow),
    ],
)
def test_mistake_is_a_short_error_and_nothing_starts(laboratory, arguments, message):
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
    deadline = time.monotonic() + 300
    while not path.exists():
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.2)


def make_endless(folder):
    """Give the notebook a code cell that starts a child and one that never ends."""
    path = folder / "notebooks/10_logistic_regression.ipynb"
    notebook = nbformat.read(path, as_version=4)
    endless = "import pathlib, subprocess, time\nsubprocess.Popen(['sleep', '600'])\npathlib.Path('reached').touch()"
    notebook.cells = [notebook.cells[2], new_code_cell(endless), new_code_cell("time.sleep(600)")]
    nbformat.write(notebook, path)


@pytest.mark.parametrize(
    ("number", "options"),
    [
        pytest.param(signal.SIGINT, [], id="SIGINT"),
        pytest.param(signal.SIGTERM, ["--plain-kernels"], id="SIGTERM", marks=pytest.mark.slow),
    ],
)
def test_interrupt_kills_every_process_keeps_the_notebook_and_closes_the_run(stored, number, options):
    folder, command = stored
    make_endless(folder)
    process = command(*options, start_new_session=True)
    wait_for(folder / "reached", process)
    started = psutil.Process(process.pid).children(recursive=True)
    assert "sleep" in [child.name() for child in started]
    process.send_signal(number)
    code, output = finish(process)
    assert code == 130
    assert "Interrupted" in output
    _, alive = psutil.wait_procs(started, timeout=100)
    assert alive == []
    client = MlflowClient(f"sqlite:///{folder / 'mlruns/mlflow.db'}")
    runs = runs_of(client)
    assert {(run.info.status, run.data.tags["textlab.status"]) for run in runs} == {("KILLED", "interrupted")}
    kept = nbformat.read(next((folder / "reports/tiny/runs").glob("*.ipynb")), as_version=4)
    assert kept.metadata["textlab"]["status"] == "interrupted"


def add_notebook(folder, name, parameters, source):
    """Add a notebook of one code cell to a laboratory."""
    if not (folder / "notebooks").exists():
        shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    cells = [new_code_cell(parameters, metadata={"tags": ["parameters"]}), new_code_cell(source)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / "notebooks" / f"{name}.ipynb")


def record(folder):
    """Return MLflow's status, the runner's status and the cell's key of each run, oldest first."""
    client = MlflowClient(f"sqlite:///{folder / 'mlruns/mlflow.db'}")
    return [
        (run.info.status, run.data.tags["textlab.status"], run.data.tags["textlab.cell"]) for run in runs_of(client)
    ]


@pytest.mark.parametrize("arguments", [[], pytest.param(["--dry-run"], marks=pytest.mark.slow)])
def test_finished_grid_starts_nothing_keeps_its_report_and_imports_no_library_that_only_notebooks_need(
    finished, arguments
):
    folder, *_ = finished
    page = folder / "reports/tiny/comparison.html"
    written = page.stat().st_mtime_ns
    code, output = finish(
        start(folder, "-X", "importtime", str(ROOT / "run_experiments.py"), str(write_grid(folder, "char")), *arguments)
    )
    assert code == 0, output
    assert ("2 cells, 0 due" if arguments else "2 of 2 cells done, 2 of them before") in output
    assert page.stat().st_mtime_ns == written
    assert "Writing the report" not in output
    assert len(record(folder)) == 2
    lines = [line for line in output.splitlines() if line.startswith("import time:")]
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}
    assert "mlflow" in imported
    assert not imported & {*FRAMEWORKS, "gensim", "sklearn", "matplotlib", "statsmodels", "papermill", "nbconvert"}


@pytest.mark.slow  # due/test_state.py states the reasons
def test_changed_notebook_is_due_and_the_dry_run_shows_why(finished, tmp_path):
    folder = shutil.copytree(finished[0], tmp_path / "copy")
    path = folder / "notebooks/10_logistic_regression.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(new_code_cell("1"))
    nbformat.write(notebook, path)
    _, output = finish(command_in(folder, "--dry-run"))
    assert "2 cells, 2 due" in output
    assert "the notebook changed" in output


@pytest.mark.slow  # test_campaign.py retries a failed cell on request, without a process
def test_failed_cell_is_skipped_until_a_retry_is_requested(failing):
    folder, command, *_ = failing
    code, output = finish(command())
    assert code == 1
    assert "failed before logistic_regression features=word minimum_count=9999" in output
    assert "Use --retry-failed to run them again" in output
    assert len(record(folder)) == 2
    _, output = finish(command("--retry-failed", "--dry-run"))
    assert "2 cells, 1 due" in output


def test_same_command_finishes_a_grid_whose_runner_was_killed(quick):
    folder, command = quick
    (folder / "wait").touch()
    process = command("--jobs", "1")
    deadline = time.monotonic() + 300
    while len(list(folder.glob("reached-*"))) < 2:  # in the second of two cells
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.1)
    process.kill()
    process.communicate()
    assert [status for _, status, _ in record(folder)] == ["done", "running"]
    (folder / "wait").unlink()
    _, output = finish(command())
    assert "2 of 2 cells done, 1 of them before" in output
    runs = record(folder)
    assert [status for status, _, _ in runs] == ["FINISHED", "KILLED", "FINISHED"]
    assert [status for _, status, _ in runs] == ["done", "interrupted", "done"]
    assert runs[1][2] == runs[2][2] != runs[0][2]
    assert pd.read_csv(folder / "reports/tiny/leaderboard.csv")["status"].tolist() == ["nothing logged"] * 2
    assert not list(folder.rglob("*.partial"))


@pytest.mark.slow
def test_two_runners_of_one_grid_do_not_execute_a_cell_twice(quick):
    folder, command = quick
    write_grid(folder, "char")
    results = [finish(process) for process in [command("--jobs", "1"), command("--jobs", "2")]]
    assert ["2 of 2 cells done" in output for _, output in results] == [True, True], results
    assert len(list(folder.glob("reached-*"))) == 2
    assert len(record(folder)) == 2


@pytest.mark.slow
def test_two_runners_of_one_grid_write_its_report(stored):
    folder, command = stored
    write_grid(folder, "char")
    results = [finish(process) for process in [command("--jobs", "1"), command("--jobs", "2")]]
    assert [code for code, _ in results] == [0, 0], results
    assert len(record(folder)) == 2
    assert not list(folder.rglob("*.partial"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--jobs", "0"], "--jobs is 0. State at least 1"),
        pytest.param(["--timeout", "-1"], "--timeout is -1. State a positive number", marks=pytest.mark.slow),
    ],
)
def test_invalid_number_is_a_short_error(laboratory, arguments, message):
    folder, command = laboratory
    code, output = finish(command(*arguments))
    assert code == 2
    assert message in output
    assert not (folder / "mlruns").exists()


@pytest.mark.slow  # kernels/test_warm_kernels.py kills a runner, too
def test_kernels_end_when_their_runner_is_killed(stored):
    folder, command = stored
    make_endless(folder)
    process = command("--plain-kernels", start_new_session=True)  # test_warm_kernels.py kills a runner of warm ones
    wait_for(folder / "reached", process)
    started = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    _, alive = psutil.wait_procs(started, timeout=100)
    assert alive == []


@pytest.mark.slow
def test_broken_store_is_a_short_error(laboratory):
    folder, command = laboratory
    (folder / "mlruns").mkdir()
    (folder / "mlruns/mlflow.db").write_bytes(b"not a database" * 100)
    code, output = finish(command())
    assert code == 2
    assert "cannot be opened" in output
    assert "Move it aside" in output
    assert "Traceback" not in output


@pytest.mark.slow  # promotion/test_promotion_command.py promotes a champion without a process
def test_champion_of_the_report_is_promoted(finished, tmp_path):
    folder = shutil.copytree(finished[0], tmp_path / "copy")
    grid = folder / "experiments" / "tiny.yaml"
    arguments = ["promote", "--champion", "--grid", str(grid), "--name", "tiny"]
    code, output = finish(start(folder, "-m", "textlab", *arguments))
    assert code == 0, output
    card = json.loads((folder / "models/tiny/1/assets.extra/card.json").read_text())
    table = pd.read_csv(folder / "reports/tiny/leaderboard.csv").set_index("run_id")
    assert "is the champion" in output
    client = MlflowClient(f"sqlite:///{folder / 'mlruns/mlflow.db'}")
    assert card["run_id"] in table.index
    assert client.get_run(card["run_id"]).data.tags["textlab.champion"] == "true"


@pytest.mark.slow  # test_reproduction.py reproduces a run of a quick notebook
def test_run_of_a_model_is_reproduced_to_the_last_digit_and_does_not_count_in_its_grid(finished):
    folder, *_ = finished
    run_id = pd.read_csv(folder / "reports/tiny/leaderboard.csv")["run_id"][0]
    code, output = finish(start(folder, "-m", "textlab", "reproduce", run_id))
    assert code == 0, output
    assert output.strip().endswith("Identical: every metric and prediction is equal to the last digit.")
    assert len(record(folder)) == 2
    client = MlflowClient(f"sqlite:///{folder / 'mlruns/mlflow.db'}")
    (repeated,) = client.search_runs([client.get_experiment_by_name("reproductions").experiment_id])
    assert repeated.data.tags["textlab.status"] == "done"


@pytest.mark.slow
def test_every_family_is_reproduced_to_the_last_digit(laboratory):
    folder, _ = laboratory
    notebooks = sorted((folder / "notebooks").glob("[123]0_*.ipynb"))
    runs = []
    for notebook in notebooks:
        tiny = nbformat.read(notebook, as_version=4).metadata["textlab"]["tiny"]
        settings = tiny.pop("settings", {})
        runs.append({"notebook": notebook.stem, "parameters": tiny, "settings": settings})
    grid = {"name": "tiny", "dataset": f"file:{folder / 'tweets.csv'}", "seeds": [3], "runs": runs}
    (folder / "experiments").mkdir()
    path = folder / "experiments/families.yaml"
    path.write_text(json.dumps(grid))  # JSON is YAML
    code, output = finish(start(folder, str(ROOT / "run_experiments.py"), str(path)))
    assert code == 0, output
    table = pd.read_csv(folder / "reports/tiny/leaderboard.csv")
    run_ids = table["run_id"].dropna().tolist()  # a floor is no run
    assert len(run_ids) == len(notebooks) == 3
    for run_id in run_ids:
        code, output = finish(start(folder, "-m", "textlab", "reproduce", run_id))
        assert code == 0, output
        assert "Identical" in output


@pytest.mark.slow
def test_reproduction_reports_that_the_notebook_changed(finished, tmp_path):
    folder = shutil.copytree(finished[0], tmp_path / "copy")
    path = folder / "notebooks/10_logistic_regression.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(3, new_code_cell("C = 0.3  # not one of the values that validation chooses from"))
    nbformat.write(notebook, path)
    run_id = pd.read_csv(folder / "reports/tiny/leaderboard.csv")["run_id"][0]
    code, output = finish(start(folder, "-m", "textlab", "reproduce", run_id))
    assert code == 1, output
    assert "changed since: the notebook changed" in output
    assert "differs: test: the probabilities of 40 of 40 texts differ, by at most " in output


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_grid_whose_runner_is_killed_twenty_times_has_every_result_once(tmp_path):
    source = "import mlflow, time\ntime.sleep(1)\nwith mlflow.start_run(): mlflow.log_metric('answer', seed)"
    add_notebook(tmp_path, "90_tiny", "seed: int = 0  # random seed", source)
    (tmp_path / "experiments").mkdir()
    seeds = list(range(30))
    (tmp_path / "experiments" / "tiny.yaml").write_text(
        f"name: tiny  # [word, char]\ndataset: airline\nseeds: {seeds}\nruns:\n  - notebook: 90_tiny\n"
    )
    moments = random.Random(0)
    for _ in range(20):
        process = command_in(tmp_path, start_new_session=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moments.uniform(1, 15))
        process.kill()
        process.communicate()
    code, output = finish(command_in(tmp_path))
    assert "30 of 30 cells done" in output, output
    assert "no report" in output
    assert code == 1
    runs = record(tmp_path)
    done = [cell for _, status, cell in runs if status == "done"]
    assert len(done) == len(set(done)) == 30
    assert {(in_mlflow, status) for in_mlflow, status, _ in runs} <= {("FINISHED", "done"), ("KILLED", "interrupted")}
    assert len(pd.read_csv(tmp_path / "reports/tiny/leaderboard.csv")) == 30
    assert len(list((tmp_path / "reports/tiny/runs").glob("*.ipynb"))) == 30
    assert not list(tmp_path.rglob(".*.partial*"))
