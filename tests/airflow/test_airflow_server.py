"""Airflow runs on PostgreSQL, as `make airflow` starts it: runs by REST, and tasks that are killed."""

import contextlib
import json
import os
import signal
import stat
import time

import psutil
import pytest
import requests
from checkout import AIRFLOW, ROOT, environment, write_checkout, write_texts, write_traffic
from servers import POSTGRES, free_port, postgresql, running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(POSTGRES is None, reason="needs PostgreSQL (Debian: postgresql)"),
    pytest.mark.skipif(not AIRFLOW.exists(), reason="needs Airflow's environment (make airflow, make test-slow)"),
]
FILES, ROWS = 20, 10_000


class Airflow:
    """A person's acts on Airflow's pages, by its API."""

    def __init__(self, address, home, process):
        self.address, self.home, self._process = address, home, process

    def processes(self):
        """All processes that Airflow has started."""
        return psutil.Process(self._process.pid).children(recursive=True)

    def log_in(self):
        password = json.loads((self.home / "passwords.json").read_text())["admin"]
        answer = requests.post(f"{self.address}/auth/token", json={"username": "admin", "password": password})
        self._headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def call(self, method, path, body=None):
        return requests.request(method, f"{self.address}/api/v2/{path}", json=body, headers=self._headers, timeout=30)

    def trigger(self, dag, conf):
        self.call("PATCH", f"dags/{dag}", {"is_paused": False})
        answer = self.call("POST", f"dags/{dag}/dagRuns", {"logical_date": None, "conf": conf})
        assert answer.ok, answer.text
        return f"dags/{dag}/dagRuns/{answer.json()['dag_run_id']}"

    def ended(self, run, seconds=400):
        """Wait for the end of a run; return its state and the tasks by name."""
        until = time.monotonic() + seconds
        while (state := self.call("GET", run).json()["state"]) not in ("success", "failed"):
            assert time.monotonic() < until, state
            time.sleep(0.5)
        tasks = self.call("GET", f"{run}/taskInstances").json()["task_instances"]
        return state, {task["task_id"]: task for task in tasks}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    folder = write_checkout(tmp_path_factory.mktemp("checkout"), texts=4000)
    write_traffic(folder)
    return folder


@pytest.fixture(scope="module")
def many(checkout):
    """A folder of files that take a while, relative to the checkout."""
    for number in range(FILES):
        write_texts(checkout / "data" / "many" / f"{number:02}.csv", rows=ROWS)
    return "data/many"


@pytest.fixture(scope="module")
def airflow(tmp_path_factory, checkout):
    folder = tmp_path_factory.mktemp("airflow")
    port, home = free_port(), folder / "home"
    with postgresql(folder / "postgres.log", "airflow") as database:
        settings = environment(
            home,
            checkout,
            AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=database,
            AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "deploy" / "airflow" / "dags"),
            TEXTLAB_AIRFLOW_RETRY_SECONDS="1",
        )
        start = [AIRFLOW, ROOT / "deploy" / "airflow" / "start.py", "--port", str(port)]
        with running(start, folder / "start.log", seconds=90, env=settings) as process:
            until = time.monotonic() + 400
            while "Airflow answers" not in (folder / "start.log").read_text():
                assert process.poll() is None, (folder / "start.log").read_text()
                assert time.monotonic() < until
                time.sleep(0.5)
            server = Airflow(f"http://127.0.0.1:{port}", home, process)
            server.log_in()
            yield server
            started = server.processes()
    assert process.returncode == 0
    assert len(started) >= 3
    assert [one for one in started if one.is_running()] == []


def running_commands(checkout, word):
    """The running processes of textlab in this checkout, whose command line has a word."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if word in process.cmdline() and process.environ().get("TEXTLAB_ROOT") == str(checkout):
                found.append(process)
    return found


def ledger(checkout, folder):
    path = checkout / "data" / folder / "scored.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def wait_until(condition, seconds=300):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_only_this_machine_and_only_who_knows_the_password_gets_in(airflow):
    assert requests.get(f"{airflow.address}/api/v2/dags").status_code == 401
    wrong = requests.post(f"{airflow.address}/auth/token", json={"username": "admin", "password": "admin"})
    assert wrong.status_code == 401
    for name in ("passwords.json", "secrets.json", "logs/scheduler.log"):
        assert stat.S_IMODE((airflow.home / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(airflow.home.stat().st_mode) == 0o700
    listening = {
        one.laddr.ip
        for process in airflow.processes()
        for one in process.net_connections("inet")
        if one.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_a_run_triggered_by_rest_scores_the_new_files(airflow, checkout):
    write_texts(checkout / "data" / "incoming" / "a.csv", rows=4)
    run = airflow.trigger("batch_predictions", {"output": "data/by_rest"})
    state, tasks = airflow.ended(run)
    assert state == "success"
    assert [entry["rows"] for entry in ledger(checkout, "by_rest")] == [4]
    log = airflow.call("GET", f"{run}/taskInstances/predict/logs/1").text
    assert "1 new files, 4 rows, scored by models/sentiment/3." in log
    assert tasks["predict"]["rendered_fields"]["env"]["OUTPUT"] == "data/by_rest"
    answer = airflow.call("GET", f"{run}/taskInstances/predict/xcomEntries/return_value").json()["value"]
    assert answer["state"] == "done"
    assert answer["answer"]["scored"] == 1


def test_a_value_that_could_be_code_is_refused_before_anything_runs(airflow):
    for conf in ({"name": "a; touch x"}, {"folder": "/etc"}, {"output": "data/../../x"}):
        answer = airflow.call("POST", "dags/batch_predictions/dagRuns", {"logical_date": None, "conf": conf})
        assert answer.status_code == 400


def test_a_killed_command_goes_on_where_it_stopped(airflow, checkout, many):
    run = airflow.trigger("batch_predictions", {"folder": many, "output": "data/killed"})
    wait_until(lambda: len(ledger(checkout, "killed")) >= 3)
    for process in running_commands(checkout, "predict"):
        process.kill()
    before = ledger(checkout, "killed")
    assert len(before) < FILES
    state, tasks = airflow.ended(run)
    assert (state, tasks["predict"]["try_number"]) == ("success", 2)
    after = ledger(checkout, "killed")
    assert after[: len(before)] == before  # what was done is not done again
    assert len({entry["file"] for entry in after}) == len(after) == FILES
    assert not list((checkout / "data" / "killed").glob(".*.partial"))


def test_a_task_whose_airflow_process_is_killed_is_tried_again(airflow, checkout, many):
    run = airflow.trigger("batch_predictions", {"folder": many, "output": "data/orphaned"})
    wait_until(lambda: len(ledger(checkout, "orphaned")) >= 2)
    (command,) = running_commands(checkout, "predict")
    os.kill(command.ppid(), signal.SIGKILL)
    state, tasks = airflow.ended(run)
    assert (state, tasks["predict"]["try_number"]) == ("success", 2)
    after = ledger(checkout, "orphaned")
    assert len({entry["file"] for entry in after}) == len(after) == FILES


def champion(checkout):
    return json.loads((checkout / "models" / "catalog.json").read_text())["sentiment"]["champion"]


def test_retraining_after_drift_survives_a_killed_grid_and_promotes_once(airflow, checkout):
    run = airflow.trigger("retrain", {"grid": "experiments/tiny.yaml"})
    wait_until(lambda: running_commands(checkout, "--until=grid"))
    wait_until(lambda: list((checkout / "reports" / "retraining" / "sentiment").glob("manual*/grid.yaml")))
    for process in running_commands(checkout, "--until=grid"):
        process.kill()
    assert champion(checkout) == 3
    state, tasks = airflow.ended(run, seconds=900)
    assert state == "success"
    assert {name: task["state"] for name, task in tasks.items()} == dict.fromkeys(
        ("monitor", "branch", "snapshot", "grid", "gate", "promote"), "success"
    )
    assert {name: task["try_number"] for name, task in tasks.items()} == {
        **dict.fromkeys(("monitor", "branch", "snapshot", "gate", "promote"), 1),
        "grid": 2,
    }
    looked = airflow.call("GET", f"{run}/taskInstances/monitor/xcomEntries/return_value").json()["value"]
    assert looked["state"] == "drift"
    assert champion(checkout) == 4
    (folder,) = (checkout / "reports" / "retraining" / "sentiment").glob("manual*")
    assert json.loads((folder / "decision.json").read_text())["verdict"] == "promote"
