"""Cells are executed for real: a kernel, a SQLite store, files."""

import contextlib
import errno

import nbformat
import psutil
import pytest
from mlflow import MlflowClient

from textlab import record
from textlab.runner.executing import execution


def logged(outcome):
    return MlflowClient(record.tracking_uri()).get_run(outcome.run_id)


def artifacts(outcome):
    client = MlflowClient(record.tracking_uri())
    return sorted(entry.path for entry in client.list_artifacts(outcome.run_id, "notebook"))


def test_failure_is_kept_and_the_next_cell_is_run(notebooks, run):
    notebooks("10_fails", "before = 1", "raise KeyError('no such tweet')", "never = 1")
    notebooks("20_works", "print(dataset, seed)")
    (failed, done), _ = run("10_fails", "20_works")
    assert (failed.status, failed.error) == ("failed", "KeyError: 'no such tweet'")
    assert (done.status, done.error) == ("done", None)
    assert [logged(outcome).info.status for outcome in (failed, done)] == ["FAILED", "FINISHED"]
    assert logged(failed).data.tags["textlab.error"] == "KeyError: 'no such tweet'"
    assert artifacts(failed) == [f"notebook/{failed.cell.key}.html", f"notebook/{failed.cell.key}.ipynb"]


def test_executed_notebook_has_outputs_parameters_and_the_verdict(notebooks, run):
    template = notebooks("10_works", "print(dataset, seed)")
    before = template.read_bytes()
    (outcome,), _ = run("10_works")
    executed = nbformat.read(outcome.notebook, as_version=4)
    assert executed.cells[-1].outputs[0].text == "air_paradis 0\n"
    assert executed.metadata["textlab"] == {"status": "done", "error": None, "run_id": outcome.run_id}
    assert template.read_bytes() == before
    assert not list(outcome.notebook.parent.glob(".*"))


def test_killed_kernel_is_told_as_died_also_in_the_notebook(notebooks, run):
    notebooks("10_dies", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    (outcome,), _ = run("10_dies")
    assert outcome.status == "died"
    assert "killed by a signal, or ran out of memory" in outcome.error
    assert logged(outcome).info.status == "FAILED"
    assert nbformat.read(outcome.notebook, as_version=4).metadata["textlab"]["status"] == "died"


def test_notebook_logs_into_the_run_that_the_runner_opened(notebooks, run):
    notebooks("10_logs", "import mlflow\nwith mlflow.start_run():\n    mlflow.log_metric('answer', 42)")
    (outcome,), _ = run("10_logs")
    assert logged(outcome).data.metrics == {"answer": 42}
    found = MlflowClient(record.tracking_uri()).search_runs([logged(outcome).info.experiment_id])
    assert [other.info.run_id for other in found] == [outcome.run_id]


def test_listener_hears_each_code_cell(notebooks, run):
    notebooks("10_three", "1", "2")
    _, heard = run("10_three")
    assert heard == [("10_three", number, 4, None) for number in (1, 2, 3, 4)]  # papermill adds the injected parameters


def test_what_a_notebook_leaves_running_is_ended(notebooks, run, tmp_path):
    leave = "import subprocess; child = subprocess.Popen(['sleep', '600'])"
    notebooks("10_leaves", leave, f"open('{tmp_path}/pid', 'w').write(str(child.pid))", "import time; time.sleep(1)")
    run("10_leaves")
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(int((tmp_path / "pid").read_text())).wait(timeout=10)


@pytest.mark.parametrize("leave", ["import sys; sys.exit()", "import sys; sys.exit(0)", "import os; os._exit(0)"])
def test_notebook_that_ends_itself_early_is_not_done(notebooks, run, leave):
    notebooks("10_exits", leave, "raise RuntimeError('never reached')")
    (outcome,), _ = run("10_exits")
    assert outcome.status in ("failed", "died")
    assert "never reached" not in outcome.error


def test_full_disk_fails_the_cell_closes_its_run_and_goes_on(notebooks, run, monkeypatch):
    notebooks("10_first", "1")
    notebooks("20_second", "1")
    render = execution.render_notebook

    def full(notebook, page):
        if "first" in page.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return render(notebook, page)

    monkeypatch.setattr(execution, "render_notebook", full)
    (first, second), _ = run("10_first", "20_second")
    assert (first.status, second.status) == ("failed", "done")
    assert "No space left on device" in first.error
    assert logged(first).info.status == "FAILED"


STUDENT = {"notebook": "20_student", "parameters": {"kind": {"from": "wise"}}}
TEACHER = {"notebook": "30_teacher", "id": "wise"}


def test_student_is_given_the_run_of_its_teacher_also_of_an_earlier_one(notebooks, run):
    notebooks("20_student", "print(kind)")
    notebooks("30_teacher", "1")
    (teacher, student), _ = run(STUDENT, TEACHER)
    (later,), _ = run(STUDENT, TEACHER, only="20_student", force=True)
    for outcome in (student, later):
        assert outcome.status == "done"
        assert nbformat.read(outcome.notebook, as_version=4).cells[-1].outputs[0].text == f"{teacher.run_id}\n"


def test_student_of_a_failed_teacher_is_blocked_and_says_so(notebooks, run):
    notebooks("20_student", "print(kind)")
    notebooks("30_teacher", "raise ValueError('tired')")
    notebooks("40_other", "1")
    (teacher, student, other), _ = run(STUDENT, TEACHER, "40_other")
    assert [outcome.status for outcome in (teacher, student, other)] == ["failed", "blocked", "done"]
    assert student.error == "It builds on 'teacher seed=0', which is not done."
    assert logged(student).info.status == "FAILED"
    assert logged(student).data.tags["textlab.status"] == "blocked"
    assert not student.notebook.exists()


def test_cells_run_at_once_and_each_has_its_share_of_the_cores(notebooks, run, monkeypatch, tmp_path):
    monkeypatch.setattr("textlab.runner.executing.placement.available_cores", lambda: 4)
    meet = f"""import os, pathlib, time
pathlib.Path('{tmp_path}', f'here-{{seed}}').touch()
while len(list(pathlib.Path('{tmp_path}').glob('here-*'))) < 2: time.sleep(0.1)
print(os.environ['OMP_NUM_THREADS'])"""
    notebooks("10_meet", meet)
    outcomes, _ = run("10_meet", seeds=(0, 1), jobs=2, timeout=60)
    assert [outcome.status for outcome in outcomes] == ["done", "done"]
    for outcome in outcomes:
        assert nbformat.read(outcome.notebook, as_version=4).cells[-1].outputs[0].text == "2\n"


def test_notebook_that_takes_too_long_is_ended_kept_and_not_tried_again(notebooks, run):
    notebooks("10_endless", "print('so far')", "import time; time.sleep(600)")
    notebooks("20_works", "1")
    stated = {"notebook": "10_endless", "timeout": 8.0}
    (endless, done), _ = run(stated, "20_works")
    assert (endless.status, done.status) == ("timed out", "done")
    assert endless.error == "It took longer than the 8 s that it was given."
    assert 8 < endless.seconds < 40
    assert logged(endless).info.status == "FAILED"
    kept = nbformat.read(endless.notebook, as_version=4)
    assert kept.metadata["textlab"]["status"] == "timed out"
    assert "so far" in str(kept.cells)
    outcomes, _ = run(stated, "20_works")
    assert {outcome.status for outcome in outcomes} == {"failed before", "done before"}


def test_after_a_failure_nothing_more_is_started_where_that_is_asked_for(notebooks, run):
    notebooks("10_fails", "raise ValueError('no')")
    notebooks("20_works", "1")
    (failed, left_out), heard = run("10_fails", "20_works", fail_fast=True)
    assert (failed.status, left_out.status) == ("failed", "left out")
    assert "20_works" not in [name for name, *_ in heard]
    (before, done), _ = run("10_fails", "20_works")
    assert (before.status, done.status) == ("failed before", "done")


def test_what_took_longest_before_is_started_first(notebooks, run):
    notebooks("10_slow", "import time; time.sleep(2 if seed else 0)")
    run("10_slow", seeds=(0, 1))
    outcomes, _ = run("10_slow", seeds=(0, 1), force=True)
    assert [outcome.cell.parameters["seed"] for outcome in outcomes] == [1, 0]


def test_run_that_a_lost_runner_left_open_is_closed_and_done_again(notebooks, run, tmp_path):
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


def test_run_whose_verdict_stood_when_its_runner_was_lost_is_not_done_again(notebooks, run):
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
    left = set(psutil.Process().children(recursive=True)) - before
    assert not [child for child in left if "textlab" in " ".join(child.cmdline())]


def test_code_cell_that_takes_too_long_is_told_by_its_number(notebooks, run):
    notebooks("10_slow", "import time; time.sleep(600)")
    (outcome,), _ = run({"notebook": "10_slow", "cell_timeout": 3.0})
    assert outcome.status == "timed out"
    assert "Code cell 3 ran for more than 3" in outcome.error
