"""The DAGs of deploy/airflow as Airflow reads them, in its own environment. `test_dag_runs.py` runs them."""

import pytest
from checkout import AIRFLOW, run_dags

pytestmark = pytest.mark.skipif(not AIRFLOW.exists(), reason="needs Airflow's environment (make airflow, make test)")

REFUSED = [
    ("retrain", "name", "a; touch x"),
    ("retrain", "name", "--help"),
    ("retrain", "name", "$(id)"),
    ("retrain", "name", "{{ 7 * 7 }}"),
    ("retrain", "name", ""),
    ("retrain", "grid", "experiments/../secret.yaml"),
    ("retrain", "grid", "/etc/passwd"),
    ("retrain", "since", "-1d"),
    ("retrain", "labelled", "../new"),
    ("retrain", "labelled", "new --promote"),
    ("batch_predictions", "folder", "/etc"),
    ("batch_predictions", "output", "data/../.."),
    ("batch_predictions", "text", "a\nb"),
    ("inspect_feedback", "labelled", "/etc"),
]
ACCEPTED = [
    ("retrain", "name", "sentiment-2"),
    ("retrain", "grid", "experiments/suite/tweet.yaml"),
    ("retrain", "since", "36h"),
    ("retrain", "labelled", "data/raw/new_labels"),
    ("batch_predictions", "text", "tweet's $text"),
]


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """The DAGs as Airflow reads them, and the values that it refuses."""
    folder = tmp_path_factory.mktemp("airflow")
    return run_dags(folder, folder, {"values": [*REFUSED, *ACCEPTED], "runs": []})


def test_the_dags_are_read_without_an_error(read):
    assert read["errors"] == {}
    assert set(read["dags"]) == {"batch_predictions", "inspect_feedback", "retrain"}


def test_runs_never_overlap_and_missed_ones_are_not_caught_up(read):
    for dag in read["dags"].values():
        assert dag["catchup"] is False
        assert dag["max_active_runs"] == 1
        assert dag["schedule"]


def test_each_task_is_one_command_with_retries_a_limit_and_a_message(read):
    prelude = read["dags"]["inspect_feedback"]["tasks"]["feedback"]["command"].split("exec ")[0]
    for dag in read["dags"].values():
        for name, task in dag["tasks"].items():
            assert task["retries"] == 2
            assert task["reports"]
            if name != "branch":
                assert task["type"] == "TextlabOperator"
                assert 0 < task["limit"] <= 24 * 3600
                assert task["append_env"] is False
                assert task["command"].removeprefix(prelude).startswith('exec "$TEXTLAB_PYTHON" -m textlab ')
                assert "{{" not in task["command"]  # values come through variables, never as code


def test_retraining_has_its_steps_in_order(read):
    tasks = read["dags"]["retrain"]["tasks"]
    chain = ["monitor"]
    while tasks[chain[-1]]["downstream"]:
        (following,) = tasks[chain[-1]]["downstream"]
        chain.append(following)
    assert chain == ["monitor", "branch", "snapshot", "grid", "gate", "promote"]


def test_a_parameter_that_could_be_code_or_lead_out_of_the_checkout_is_refused(read):
    outcome = dict(zip([*REFUSED, *ACCEPTED], read["refused"], strict=True))
    assert [value for value in REFUSED if not outcome[value]] == []
    assert [value for value in ACCEPTED if outcome[value]] == []
