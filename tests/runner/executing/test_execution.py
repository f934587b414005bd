"""Cells are executed for real: a kernel, a SQLite store, files."""

import contextlib
import errno
import json
import sys
import time
from types import SimpleNamespace

import nbformat
import psutil
import pytest
from mlflow import MlflowClient

from textlab import record
from textlab.runner.executing import cell_execution, process


def logged(outcome):
    return MlflowClient(record.tracking_uri()).get_run(outcome.run_id)


def artifacts(outcome):
    client = MlflowClient(record.tracking_uri())
    return sorted(entry.path for entry in client.list_artifacts(outcome.run_id, "notebook"))


on_both_kernels = pytest.mark.parametrize(
    "warm", [pytest.param(None, id="warm"), pytest.param(False, id="plain", marks=pytest.mark.slow)]
)


def test_failure_is_recorded_and_the_next_cell_is_executed(notebooks, run):
    notebooks("10_fails", "before = 1", "raise KeyError('no such tweet')", "never = 1")
    notebooks("20_works", "print(dataset, seed)")
    (failed, done), _ = run("10_fails", "20_works")
    assert (failed.status, failed.error) == ("failed", "KeyError: 'no such tweet'")
    assert (done.status, done.error) == ("done", None)
    assert [logged(outcome).info.status for outcome in (failed, done)] == ["FAILED", "FINISHED"]
    assert logged(failed).data.tags["textlab.error"] == "KeyError: 'no such tweet'"
    assert artifacts(failed) == [f"notebook/{failed.cell.key}.html", f"notebook/{failed.cell.key}.ipynb"]


@on_both_kernels
def test_executed_notebook_has_outputs_parameters_and_the_verdict(notebooks, run, warm):
    template = notebooks("10_works", "print(dataset, seed)")
    before = template.read_bytes()
    (outcome,), _ = run("10_works", warm=warm)
    executed = nbformat.read(outcome.notebook, as_version=4)
    assert executed.cells[-1].outputs[0].text == "air_paradis 0\n"
    assert executed.metadata["textlab"] == {"status": "done", "error": None, "run_id": outcome.run_id}
    assert template.read_bytes() == before
    assert not list(outcome.notebook.parent.glob(".*"))


@on_both_kernels
def test_killed_kernel_is_reported_in_the_record_and_in_the_notebook(notebooks, run, warm):
    notebooks("10_dies", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    (outcome,), _ = run("10_dies", warm=warm)
    assert outcome.status == "died"
    assert "killed by a signal, or ran out of memory" in outcome.error
    assert logged(outcome).info.status == "FAILED"
    assert nbformat.read(outcome.notebook, as_version=4).metadata["textlab"]["status"] == "died"


@on_both_kernels
def test_kernel_is_the_commands_interpreter_whatever_kernel_saved_the_notebook(
    notebooks, run, warm, tmp_path, monkeypatch
):
    kernels = tmp_path / "jupyter/kernels/python3"  # the usual name, but of another interpreter
    kernels.mkdir(parents=True)
    kernel = {"argv": ["/no/such/python", "{connection_file}"], "display_name": "Python 3", "language": "python"}
    (kernels / "kernel.json").write_text(json.dumps(kernel))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    other = {"kernelspec": {"name": "py39_new", "display_name": "py39_new", "language": "python"}}
    saved = {"10_other": other, "20_none": {}, "30_usual": None}
    if warm is False:
        saved.pop("20_none")  # a plain kernel takes seconds to start
    for name, metadata in saved.items():
        path = notebooks(name, "import sys; print(sys.executable)")
        notebook = nbformat.read(path, as_version=4)
        notebook.metadata = notebook.metadata if metadata is None else metadata
        nbformat.write(notebook, path)
    outcomes, _ = run(*saved, warm=warm)
    for outcome in outcomes:
        assert outcome.status == "done", outcome.error
        assert nbformat.read(outcome.notebook, as_version=4).cells[-1].outputs[0].text == f"{sys.executable}\n"


def test_notebook_logs_into_the_run_that_the_runner_opened(notebooks, run):
    notebooks("10_logs", "import mlflow\nwith mlflow.start_run():\n    mlflow.log_metric('answer', 42)")
    (outcome,), _ = run("10_logs")
    assert logged(outcome).data.metrics == {"answer": 42}
    found = MlflowClient(record.tracking_uri()).search_runs([logged(outcome).info.experiment_id])
    assert [other.info.run_id for other in found] == [outcome.run_id]


def test_listener_is_called_for_each_code_cell(notebooks, run):
    notebooks("10_three", "1", "2")
    _, calls = run("10_three")
    assert calls == [("10_three", number, 4, None) for number in (1, 2, 3, 4)]  # papermill adds the injected parameters


def test_process_that_a_notebook_leaves_running_is_killed(notebooks, run, tmp_path):
    leave = "import subprocess; child = subprocess.Popen(['sleep', '600'])"
    notebooks("10_leaves", leave, f"open('{tmp_path}/pid', 'w').write(str(child.pid))", "import time; time.sleep(1)")
    run("10_leaves")
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(int((tmp_path / "pid").read_text())).wait(timeout=100)


@pytest.mark.slow  # kernels/test_warm_kernels.py does the same
def test_notebook_that_ends_itself_early_is_not_done(notebooks, run):
    notebooks("10_exits", "import sys; sys.exit(0)", "raise RuntimeError('never reached')")
    (outcome,), _ = run("10_exits")
    assert outcome.status in ("failed", "died")
    assert "never reached" not in outcome.error


def test_full_disk_fails_the_cell_closes_its_run_and_spares_the_others(notebooks, run, monkeypatch):
    notebooks("10_first", "1")
    notebooks("20_second", "1")
    render = cell_execution.render_notebook

    def full(notebook, page):
        if "first" in page.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return render(notebook, page)

    monkeypatch.setattr(cell_execution, "render_notebook", full)
    (first, second), _ = run("10_first", "20_second")
    assert (first.status, second.status) == ("failed", "done")
    assert "No space left on device" in first.error
    assert logged(first).info.status == "FAILED"


STUDENT = {"notebook": "20_student", "parameters": {"kind": {"from": "wise"}}}
TEACHER = {"notebook": "30_teacher", "id": "wise"}


def test_student_receives_the_run_of_its_teacher_even_from_an_earlier_grid(notebooks, run):
    notebooks("20_student", "print(kind)")
    notebooks("30_teacher", "1")
    (teacher, student), _ = run(STUDENT, TEACHER)
    (later,), _ = run(STUDENT, TEACHER, only="20_student", force=True)
    for outcome in (student, later):
        assert outcome.status == "done"
        assert nbformat.read(outcome.notebook, as_version=4).cells[-1].outputs[0].text == f"{teacher.run_id}\n"


def test_student_of_a_failed_teacher_is_blocked_with_a_reason(notebooks, run):
    notebooks("20_student", "print(kind)")
    notebooks("30_teacher", "raise ValueError('tired')")
    notebooks("40_other", "1")
    (teacher, student, other), _ = run(STUDENT, TEACHER, "40_other")
    assert [outcome.status for outcome in (teacher, student, other)] == ["failed", "blocked", "done"]
    assert student.error == "It builds on 'teacher seed=0', which is not done."
    assert logged(student).info.status == "FAILED"
    assert logged(student).data.tags["textlab.status"] == "blocked"
    assert not student.notebook.exists()


def test_two_jobs_run_at_once_and_share_the_cores(notebooks, run, monkeypatch, tmp_path):
    monkeypatch.setattr("textlab.runner.executing.placement.available_cores", lambda: 4)
    meet = f"""import os, pathlib, time
pathlib.Path('{tmp_path}', f'here-{{seed}}').touch()
while len(list(pathlib.Path('{tmp_path}').glob('here-*'))) < 2: time.sleep(0.1)
print(os.environ['OMP_NUM_THREADS'])"""
    notebooks("10_meet", meet)
    outcomes, _ = run("10_meet", seeds=(0, 1), jobs=2, timeout=300)
    assert [outcome.status for outcome in outcomes] == ["done", "done"]
    for outcome in outcomes:
        assert nbformat.read(outcome.notebook, as_version=4).cells[-1].outputs[0].text == "2\n"


def test_notebook_that_exceeds_its_timeout_is_stopped_kept_and_not_retried(notebooks, run, tmp_path, monkeypatch):
    here = tmp_path / "here"

    def clock():
        """An hour passes as soon as the notebook has come to its last code cell, however slow the machine is."""
        return time.monotonic() + 3600 * here.exists()

    monkeypatch.setattr(process, "time", SimpleNamespace(monotonic=clock, sleep=time.sleep))
    notebooks("10_endless", "print('so far')", f"import pathlib, time; pathlib.Path('{here}').touch(); time.sleep(600)")
    notebooks("20_works", "1")
    stated = {"notebook": "10_endless", "timeout": 600.0}
    (endless, done), _ = run(stated, "20_works")
    assert (endless.status, done.status) == ("timed out", "done")
    assert endless.error == "The notebook ran for longer than its limit of 600 s."
    assert logged(endless).info.status == "FAILED"
    kept = nbformat.read(endless.notebook, as_version=4)
    assert kept.metadata["textlab"]["status"] == "timed out"
    assert "so far" in str(kept.cells)
    outcomes, _ = run(stated, "20_works")
    assert {outcome.status for outcome in outcomes} == {"failed before", "done before"}


def test_fail_fast_starts_no_cell_after_a_failure(notebooks, run):
    notebooks("10_fails", "raise ValueError('no')")
    notebooks("20_works", "1")
    (failed, left_out), calls = run("10_fails", "20_works", fail_fast=True)
    assert (failed.status, left_out.status) == ("failed", "left out")
    assert "20_works" not in [name for name, *_ in calls]
    (before, done), _ = run("10_fails", "20_works")
    assert (before.status, done.status) == ("failed before", "done")


def test_cell_that_took_longest_before_starts_first(notebooks, run):
    notebooks("10_slow", "1")
    for outcome in run("10_slow", seeds=(0, 1))[0]:
        seconds = 100 if outcome.cell.parameters["seed"] else 1
        MlflowClient(record.tracking_uri()).set_tag(outcome.run_id, "textlab.seconds", str(seconds))
    outcomes, _ = run("10_slow", seeds=(0, 1), force=True)
    assert [outcome.cell.parameters["seed"] for outcome in outcomes] == [1, 0]


def test_run_that_a_lost_runner_left_open_is_closed_and_its_cell_is_executed_again(notebooks, run, tmp_path):
    notebooks("10_works", "1")
    (first,), _ = run("10_works")
    client = MlflowClient(record.tracking_uri())
    client.set_tag(first.run_id, "textlab.status", "running")
    client.update_run(first.run_id, status="RUNNING")
    half = tmp_path / "runs" / f".{first.cell.key}.ipynb.partial"
    half.write_text("{")
    (again,), _ = run("10_works")
    assert again.status == "done"
    assert again.run_id != first.run_id
    assert (logged(first).info.status, logged(first).data.tags["textlab.status"]) == ("KILLED", "interrupted")
    assert not half.exists()


def test_run_with_a_verdict_whose_runner_was_lost_is_not_repeated(notebooks, run):
    notebooks("10_works", "1")
    (first,), _ = run("10_works")
    MlflowClient(record.tracking_uri()).update_run(first.run_id, status="RUNNING")
    (again,), _ = run("10_works")
    assert (again.status, again.run_id) == ("done before", first.run_id)
    assert logged(first).info.status == "FINISHED"


def test_kernels_of_a_grid_are_forked_from_a_warm_process_and_end_with_it(notebooks, run):
    before = set(psutil.Process().children(recursive=True))
    notebooks("10_looks", "import os, sys\nprint('pandas' in sys.modules, os.getpid())")
    outcomes, _ = run("10_looks", seeds=(0, 1), jobs=2, warm=True)
    assert [outcome.status for outcome in outcomes] == ["done", "done"]
    for outcome in outcomes:
        told = nbformat.read(outcome.notebook, as_version=4).cells[-1].outputs[0].text.split()
        assert told[0] == "True"
        assert not psutil.pid_exists(int(told[1]))
    remaining = set(psutil.Process().children(recursive=True)) - before
    assert not [child for child in remaining if "textlab" in " ".join(child.cmdline())]


@pytest.mark.slow
def test_code_cell_that_exceeds_its_timeout_is_reported_by_its_number(notebooks, run):
    notebooks("10_slow", "import time; time.sleep(600)")
    (outcome,), _ = run({"notebook": "10_slow", "cell_timeout": 3.0})
    assert outcome.status == "timed out"
    assert "Code cell 3 ran for more than 3" in outcome.error
