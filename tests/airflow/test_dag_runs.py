"""The DAGs of deploy/airflow run in Airflow's own environment. Each task is one command of textlab."""

import csv
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from checkout import AIRFLOW, interpreter, run_dags, write_checkout, write_texts

HERE = Path(__file__).parent
pytestmark = [
    pytest.mark.slow,  # ten runs
    pytest.mark.timeout(900),  # one run of Airflow's interpreter serves all tests
    pytest.mark.skipif(not AIRFLOW.exists(), reason="needs Airflow's environment (make airflow)"),
]

SECRETS = {
    "TEXTLAB_SEAL_KEYS": "key1:a2V5LXRoYXQtc3RheXMtc2VjcmV0LTMyLWJ5dGVzLi4=",
    "TEXTLAB_SERVICE_KEY": "service-key-that-stays-secret",
    "AIRFLOW__API__SECRET_KEY": "airflows-own-secret",
    "SOME_PASSWORD": "of-somebody-else",
}


class Webhook(BaseHTTPRequestHandler):
    """Keeps what is sent to it."""

    def do_POST(self):
        self.server.messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def webhook():
    with HTTPServer(("127.0.0.1", 0), Webhook) as server:
        server.messages = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    folder = write_checkout(tmp_path_factory.mktemp("checkout"))
    for name in ("incoming/a.csv", "new/b c.csv", "new/$(touch a).csv", "new/notes.txt"):
        write_texts(folder / "data" / name, rows=4)
    return folder


@pytest.fixture(scope="module")
def ran(tmp_path_factory, webhook, checkout):
    """The outcome of each run, and the calls of commands that it made."""
    folder = tmp_path_factory.mktemp("airflow")
    stand_in = folder / "stand-in"
    stand_in.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{HERE / "stand_in.py"}" "$@"\n')
    stand_in.chmod(0o700)
    runs = {
        "quiet": ("retrain", {}, {}),
        "promoted": (
            "retrain",
            {"name": "mine", "grid": "experiments/tweet_eval.yaml", "labelled": "data/new", "since": "36h"},
            {"monitor": [3]},
        ),
        "refused": ("retrain", {"only_after_drift": False}, {"gate": [4]}),
        "resumed": ("retrain", {"only_after_drift": False}, {"grid": [137, 1, 0]}),
        "failed": ("retrain", {}, {"monitor": [2]}),
        "held": ("inspect_feedback", {"labelled": "data/new"}, {"feedback": [3]}),
        "scored": ("batch_predictions", {"text": "tweet's $text; `id`"}, {}),
    }
    real = {
        "predicted": ("batch_predictions", {}),
        "inspected": ("inspect_feedback", {}),
        "watched": ("retrain", {"since": "1h"}),
    }
    request = {
        "values": [],
        "runs": [
            {
                "dag": dag,
                "conf": conf,
                "environment": {
                    "TEXTLAB_PYTHON": str(stand_in),
                    "TEXTLAB_CODES": json.dumps(codes),
                    "TEXTLAB_CALLS": str(folder / f"{name}.calls"),
                },
            }
            for name, (dag, conf, codes) in runs.items()
        ],
    }
    request["runs"] += [
        {"dag": dag, "conf": conf, "environment": {"TEXTLAB_PYTHON": str(interpreter(checkout))}}
        for dag, conf in real.values()
    ]
    more = {
        "TEXTLAB_AIRFLOW_WEBHOOK": f"http://127.0.0.1:{webhook.server_port}/secret-path",
        "TEXTLAB_SERVICE_URL": "http://127.0.0.1:1/a b",
    }
    answer = run_dags(folder, checkout, request, **SECRETS, **more)
    answer["runs"] = dict(zip([*runs, *real], answer["runs"], strict=True))
    answer["calls"] = {
        name: [json.loads(line) for line in (folder / f"{name}.calls").read_text().splitlines()] for name in runs
    }
    return answer


def test_quiet_traffic_ends_the_run_after_the_look(ran):
    run = ran["runs"]["quiet"]
    assert run["state"] == "success"
    assert run["results"]["monitor"] == {"state": "quiet", "answer": {"step": "monitor"}}
    assert [call["step"] for call in ran["calls"]["quiet"]] == ["monitor"]
    assert {run["tasks"][name] for name in ("snapshot", "grid", "gate", "promote")} == {"skipped"}


def test_after_drift_every_step_works_on_the_same_id(ran):
    run, calls = ran["runs"]["promoted"], ran["calls"]["promoted"]
    assert run["state"] == "success"
    assert run["results"]["monitor"]["state"] == "drift"
    assert [call["step"] for call in calls] == ["monitor", "snapshot", "grid", "gate", "promote"]
    assert {call["options"]["name"] for call in calls} == {"mine"}
    assert calls[0]["options"]["since"] == "36h"
    steps = [call["options"] for call in calls[1:]]
    assert {step["grid"] for step in steps} == {"experiments/tweet_eval.yaml"}
    for call in calls[1:]:
        files = [one for one in call["arguments"] if one.startswith("--labelled=")]
        assert files == ["--labelled=data/new/$(touch a).csv", "--labelled=data/new/b c.csv"]
    (identity,) = {step["id"] for step in steps}
    assert identity.replace("-", "").isalnum()
    assert len(identity) <= 49
    assert [("promote" in step, "swap" in step) for step in steps] == [(False, False)] * 3 + [(True, True)]
    assert steps[-1]["swap"] == "http://127.0.0.1:1/a b"


def test_ids_of_different_runs_differ(ran):
    ids = {name: ran["calls"][name][1]["options"]["id"] for name in ("promoted", "refused", "resumed")}
    assert len(set(ids.values())) == 3


def test_a_refused_challenger_ends_the_run_without_a_failure(ran):
    run = ran["runs"]["refused"]
    assert run["state"] == "success"
    assert (run["tasks"]["gate"], run["tasks"]["promote"]) == ("skipped", "skipped")
    assert run["results"]["gate"]["state"] == "not promoted"
    assert run["results"]["monitor"]["state"] == "quiet"  # only_after_drift was false


def test_a_killed_step_is_repeated_with_the_same_id_and_the_others_are_not(ran):
    run, calls = ran["runs"]["resumed"], ran["calls"]["resumed"]
    assert run["state"] == "success"
    assert [call["step"] for call in calls] == ["monitor", "snapshot", "grid", "grid", "grid", "gate", "promote"]
    assert len({call["options"]["id"] for call in calls[1:]}) == 1


def test_a_failure_is_reported_once_without_texts_and_secrets(ran, webhook):
    run = ran["runs"]["failed"]
    assert run["state"] == "failed"
    assert len(ran["calls"]["failed"]) == 3
    (message,) = webhook.messages
    assert message == {
        "text": f"textlab: the task monitor of retrain failed at attempt 3 of the run {run['run_id']}. Its log in "
        "Airflow says why."
    }
    assert message["text"] in ran["output"]
    assert "secret-path" not in ran["output"]


def test_held_rows_are_a_state_and_no_failure(ran):
    run = ran["runs"]["held"]
    assert run["state"] == "success"
    assert run["results"]["feedback"]["state"] == "held"
    assert ran["calls"]["held"][0]["arguments"] == [
        "feedback",
        "--name=sentiment",
        "--labelled=data/new/$(touch a).csv",
        "--labelled=data/new/b c.csv",
        "--json",
    ]


def test_a_value_arrives_as_it_is_whatever_the_shell_would_make_of_it(ran):
    (call,) = ran["calls"]["scored"]
    assert call["start"] == ["-m", "textlab"]
    assert call["options"]["text"] == "tweet's $text; `id`"
    assert call["options"]["folder"] == "data/incoming"
    assert call["options"]["output"] == "data/scored"


def test_the_real_command_scores_new_files(ran, checkout):
    run = ran["runs"]["predicted"]
    assert run["state"] == "success"
    answer = run["results"]["predict"]["answer"]
    assert (answer["model_version"], answer["scored"], answer["rows"]) == ("3", 1, 4)
    with (checkout / "data" / "scored" / "a.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["predicted"] for row in rows] == ["negative", "positive"] * 2
    assert {(row["model_name"], row["model_version"]) for row in rows} == {("sentiment", "3")}


def test_the_real_command_checks_new_labels(ran, checkout):
    run = ran["runs"]["inspected"]
    assert run["state"] == "success"
    result = run["results"]["feedback"]
    assert result["answer"]["rows"] == 1000
    assert result["state"] == ("held" if result["answer"]["held"] else "clean")
    assert (checkout / "reports" / "feedback" / "sentiment").is_dir()


def test_the_real_command_watches_the_traffic(ran, checkout):
    run = ran["runs"]["watched"]
    assert run["state"] == "success"
    assert run["results"]["monitor"]["state"] == "quiet"
    assert run["results"]["monitor"]["answer"]["predictions"] == 0
    assert run["tasks"]["snapshot"] == "skipped"


def test_commands_get_textlabs_secrets_and_none_of_airflows(ran):
    for calls in ran["calls"].values():
        for call in calls:
            assert call["env"]["TEXTLAB_SEAL_KEYS"] == SECRETS["TEXTLAB_SEAL_KEYS"]
            assert not [name for name in call["env"] if name.startswith("AIRFLOW__")]
            assert not {"SOME_PASSWORD", "TEXTLAB_AIRFLOW_WEBHOOK"} & set(call["env"])
    assert not [value for value in SECRETS.values() if value in ran["output"]]
