"""Faults while a grid runs, produced for real: full disks, memory, output, clocks, locks."""

import resource
import sqlite3
import threading
import time

import nbformat
import psutil
import pytest
from mlflow import MlflowClient

from textlab import record
from textlab.runner.kernels.engine import LAST_CHARACTERS, PRINTED_CHARACTERS


def logged(outcome):
    return MlflowClient(record.tracking_uri()).get_run(outcome.run_id)


def printed(outcome):
    cells = nbformat.read(outcome.notebook, as_version=4).cells
    return "".join(output.text for cell in cells for output in cell.get("outputs", []) if "text" in output)


@pytest.fixture
def small_files():
    """No process can write a file of more than two megabytes."""
    _, most = before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, most))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_full_disk_while_a_notebook_is_saved_fails_that_cell_and_leaves_no_partial_file(notebooks, run, small_files):
    notebooks("10_large", "print('x' * 3_000_000)")
    notebooks("20_small", "1")
    (large, small), _ = run("10_large", "20_small")
    assert (large.status, small.status) == ("failed", "done")
    assert large.error == "The executed notebook could not be saved: File too large."
    assert (logged(large).info.status, logged(large).data.tags["textlab.status"]) == ("FAILED", "failed")
    assert sorted(path.stem for path in large.notebook.parent.iterdir()) == [small.cell.key] * 2


@pytest.mark.slow
def test_full_disk_while_the_page_is_written_fails_that_cell_and_leaves_no_partial_file(notebooks, run, small_files):
    notebooks("10_large", "print('<' * 1_000_000)")  # as HTML, &lt;
    (large,), _ = run("10_large")
    assert large.status == "failed"
    assert "could not be kept: [Errno 27] File too large" in large.error
    assert logged(large).info.status == "FAILED"
    assert [path.suffix for path in large.notebook.parent.iterdir()] == [".ipynb"]


def test_endless_output_is_cut_with_a_notice_and_its_end_is_kept(notebooks, run):
    prints = "for number in range(1000): print('x' * 99_999)\nprint('last words')\nraise ValueError('no')"
    notebooks("10_prints", prints)
    before = psutil.Process().memory_info().rss
    (outcome,), _ = run("10_prints")
    assert outcome.status == "failed"
    assert psutil.Process().memory_info().rss - before < 300 * 2**20
    text = printed(outcome)
    assert len(text) < PRINTED_CHARACTERS + LAST_CHARACTERS + 200
    assert f"[The notebook printed more than {PRINTED_CHARACTERS:,} characters." in text
    assert text.endswith("x\nlast words\n")
    assert "ValueError" in outcome.notebook.read_text()


def test_notebook_that_exceeds_its_memory_is_killed_and_the_others_continue(notebooks, run):
    notebooks("10_fills", "import time\nkept = []\nwhile True: kept.append(b'x' * 10**7); time.sleep(0.01)")
    notebooks("20_small", "import time; time.sleep(1)")  # memory is measured every half second
    (fills, small), _ = run({"notebook": "10_fills", "memory": 0.4}, "20_small")
    assert (fills.status, small.status) == ("died", "done")
    assert fills.error == "Out of memory: the notebook used more than its limit of 0.4 GB."
    assert int(logged(fills).data.tags["textlab.memory"]) > 0.4 * 2**30
    assert 2**20 < int(logged(small).data.tags["textlab.memory"]) < 2**30


def test_memory_error_is_reported_as_out_of_memory(notebooks, run):
    notebooks("10_asks", "b'x' * 10**15")
    (outcome,), _ = run("10_asks")
    assert (outcome.status, outcome.error) == ("died", "Out of memory: MemoryError: ")


@pytest.mark.slow
def test_clock_that_is_moved_back_changes_neither_status_nor_duration(notebooks, run, monkeypatch):
    path = notebooks("10_works", "1")
    source = path.read_text()
    (first,), _ = run("10_works")
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() - 86_400)
    notebooks("10_works", "2")
    (second,), _ = run("10_works")
    assert second.status == "done"
    assert 0 < float(logged(second).data.tags["textlab.seconds"]) < 10_000
    assert run("10_works")[0][0].run_id == second.run_id
    path.write_text(source)
    assert run("10_works")[0][0].run_id == first.run_id


@pytest.mark.slow  # the tests in due/ decide the same without kernels
def test_edited_grid_executes_only_new_cells(notebooks, run):
    notebooks("10_works", "print(kind)")
    run({"notebook": "10_works", "parameters": {"kind": "a"}})
    outcomes, _ = run({"notebook": "10_works", "parameters": {"kind": ["b", "a"]}})
    found = {outcome.cell.parameters["kind"]: outcome.status for outcome in outcomes}
    assert found == {"a": "done before", "b": "done"}
    assert len(record.all_runs("g")) == 2


def meet(folder):
    """Code that says it is here, and goes on once the store is gone."""
    return f"""import pathlib, time
pathlib.Path('{folder}/here').touch()
while not pathlib.Path('{folder}/gone').exists(): time.sleep(0.05)"""


@pytest.mark.slow
def test_runner_waits_for_a_database_that_is_locked_for_half_a_minute(notebooks, run, tmp_path):
    log = (
        "from textlab.record.store import connected_mlflow\n"
        "with connected_mlflow().start_run() as run: connected_mlflow().log_metric('a', 1)"
    )
    notebooks("10_logs", log, meet(tmp_path), log)

    def lock():
        while not (tmp_path / "here").exists():
            time.sleep(0.05)
        with sqlite3.connect(tmp_path / "mlruns" / "mlflow.db") as connection:
            connection.execute("BEGIN EXCLUSIVE")
            (tmp_path / "gone").touch()
            time.sleep(30)

    thread = threading.Thread(target=lock, daemon=True)
    thread.start()
    (outcome,), _ = run("10_logs")
    thread.join()
    assert (outcome.status, outcome.error) == ("done", None)
    assert outcome.seconds > 25
    assert logged(outcome).data.metrics == {"a": 1}


def test_server_that_does_not_answer_is_a_short_error(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(ValueError, match=r"The MLflow server http://127.0.0.1:9 does not answer"):
        record.runs_so_far("g")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_runner_waits_for_a_server_that_is_down_for_a_while(notebooks, run, mlflow_server, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server.address)
    log = "import mlflow\nwith mlflow.start_run(): mlflow.log_metric('a', 1)"
    notebooks("10_logs", meet(tmp_path), log)

    def restart():
        while not (tmp_path / "here").exists():
            time.sleep(0.05)
        mlflow_server.stop()
        (tmp_path / "gone").touch()
        time.sleep(20)
        mlflow_server.start()

    thread = threading.Thread(target=restart, daemon=True)
    thread.start()
    (outcome,), _ = run("10_logs")
    thread.join()
    assert (outcome.status, outcome.error) == ("done", None)
    assert outcome.seconds > 20
    assert logged(outcome).data.metrics == {"a": 1}
    assert len(MlflowClient(mlflow_server.address).list_artifacts(outcome.run_id, "notebook")) == 2


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_eight_jobs_write_two_hundred_runs_into_one_sqlite_store_without_an_error(notebooks, run):
    log = """import mlflow
with mlflow.start_run():
    mlflow.log_params({f"p{number}": number for number in range(20)})
    for step in range(20): mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.set_tag("seed", seed)"""
    notebooks("10_writes", log)
    outcomes, _ = run("10_writes", seeds=range(200), jobs=8, warm=True)
    assert [outcome.error for outcome in outcomes if outcome.status != "done"] == []
    recorded = record.all_runs("g")
    client = MlflowClient(record.tracking_uri())
    assert sorted(int(client.get_run(each.id).data.tags["seed"]) for each in recorded) == list(range(200))
    assert {each.metrics["loss"] for each in recorded} == {1 / 20}
