"""A canary answers a stable share of the callers. If it fails or hangs, the champion answers in its place."""

import hashlib
import json
import os
import signal
import threading

import gevent
import pytest
import served
from batchers import Counting, made
from batchers import ask as submit
from deployed import ask, metric, wait_for
from promoted import ADMIN, promote, write_admin_key, write_constant_model

CALLERS = [{"X-Forwarded-For": f"10.0.0.{number}"} for number in range(40)]


def versions(client):
    """The version that answers each caller, who sends no key."""
    found = []
    for headers in CALLERS:
        answer = client.post("/predict", json={"text": "x"}, headers=headers)
        found.append(answer.get_json()["model"]["version"])
    return found


def with_key_only_for_admin_calls(client):
    client.environ_base.pop("HTTP_X_API_KEY")
    return client


def test_a_share_of_the_callers_gets_the_canary_and_keeps_it(started):
    client = with_key_only_for_admin_calls(started(proxies=1))
    assert set(versions(client)) == {2}
    answer = client.post("/models/canary/1?percent=30", headers=ADMIN).get_json()
    assert answer["canary"] == {"version": 1, "percent": 30, "failed": False}
    first = versions(client)
    assert set(first) == {1, 2}
    assert versions(client) == first
    client.post("/models/canary/1?percent=60", headers=ADMIN)
    more = versions(client)
    assert all(now == 1 for now, before in zip(more, first, strict=True) if before == 1)
    assert more.count(1) > first.count(1)
    client.post("/models/canary/1?percent=30", headers=ADMIN)
    assert versions(client) == first
    assert client.delete("/models/canary", headers=ADMIN).get_json()["canary"] is None
    assert set(versions(client)) == {2}


def test_everything_about_a_prediction_names_the_version_that_answered(started, settings):
    client = started(record="all")
    client.post("/models/canary/1?percent=100")
    answer = ask(client, "a crew")
    prediction = answer["predictions"][0]
    assert (answer["model"]["version"], prediction["label"]) == (1, "negative")
    judged = client.post("/feedback", json={"prediction_id": prediction["prediction_id"], "label": "negative"})
    assert (judged.get_json()["status"], judged.get_json()["model"]["version"]) == ("confirmed", 1)
    judged = client.post("/feedback", json={"text": "another crew", "label": "positive"})
    assert (judged.get_json()["status"], judged.get_json()["model"]["version"]) == ("rejected", 1)
    lines = [json.loads(line) for line in (settings.state / "feedback.jsonl").read_text().splitlines()]
    assert [line["version"] for line in lines] == [1, 1]
    assert metric(client, "textlab_predictions_total", version="1", label="negative") == 1
    assert metric(client, "textlab_predictions_total", version="2") == 0
    assert metric(client, "textlab_feedback_total", version="1") == 2
    assert metric(client, "textlab_model_call_seconds_count", version="1") == 2
    assert metric(client, "textlab_canary_version") == 1
    assert metric(client, "textlab_canary_percent") == 100

    def recorded():
        files = (settings.state / "traffic").glob("*.jsonl")
        lines = [line for path in files for line in path.read_text().splitlines() if '"probabilities"' in line]
        return [json.loads(line)["version"] for line in lines]

    wait_for(lambda: recorded() == [1])


@pytest.mark.parametrize("percent", ["0", "101", "-1", "1.5", "ten", "", "010", "٣"])
def test_invalid_share_is_refused(started, percent):
    problem = started().post("/models/canary/1", query_string={"percent": percent})
    assert problem.status_code == 422
    assert problem.get_json(force=True)["came"] == "The percent is not a whole number from 1 to 100."


def test_share_is_ten_percent_unless_stated(started):
    assert started().post("/models/canary/1").get_json()["canary"]["percent"] == 10


def test_loading_the_canary_ends_it_and_another_champion_keeps_it(started, models, tmp_path):
    promote(write_constant_model(tmp_path / "three", [0.5, 0.5]), models / "3")
    client = started()
    client.post("/models/canary/1?percent=100")
    client.post("/models/shadow/3")
    assert client.post("/models/load/1").get_json()["before"] == 2
    info = client.get("/models/info").get_json()
    assert (info["version"], info["canary"], info["shadow"]["version"]) == (1, None, 3)
    client.post("/models/canary/2?percent=100")
    assert client.post("/models/load/3").status_code == 200
    info = client.get("/models/info").get_json()
    assert (info["version"], info["canary"]["version"], info["shadow"]) == (3, 2, None)
    assert ask(client)["model"]["version"] == 2


def test_champion_with_other_labels_ends_canary_and_shadow(started, models, tmp_path):
    promote(write_constant_model(tmp_path / "three", [0.5, 0.5]), models / "3")
    promote(write_constant_model(tmp_path / "four", [0.2, 0.3, 0.5]), models / "4", ["a", "b", "c"])
    client = started()
    client.post("/models/canary/1?percent=100")
    client.post("/models/shadow/3")
    assert client.post("/models/load/4").status_code == 200
    info = client.get("/models/info").get_json()
    assert (info["version"], info["canary"], info["shadow"]) == (4, None, None)
    assert ask(client)["predictions"][0]["label"] == "c"


@pytest.mark.parametrize("text", ["fail", "wrong"])
def test_champion_answers_where_the_canary_fails_and_the_canary_is_switched_off(started, odd, logged, text):
    client = started()
    client.post("/models/canary/3?percent=100")
    assert ask(client)["model"]["version"] == 3
    assert [ask(client, text)["model"]["version"] for _ in range(4)] == [2] * 4
    assert client.get("/models/info").get_json()["canary"] == {"version": 3, "percent": 0, "failed": True}
    assert ask(client)["model"]["version"] == 2
    assert metric(client, "textlab_version_errors_total", role="canary", version="3") == 3
    assert metric(client, "textlab_version_switched_off_total", role="canary", version="3") == 1
    assert metric(client, "textlab_model_errors_total") == 0
    (line,) = [line for line in logged if line["message"] == "a version failed and was switched off"]
    assert (line["role"], line["version"], line["level"]) == ("canary", 3, "error")
    assert "Version 3 failed as the canary and was switched off." in client.get("/health").get_json()["reasons"]


def test_text_on_which_the_champion_fails_too_does_not_end_the_canary(started, models, odd_model):
    promote(odd_model, models / "3")
    promote(odd_model, models / "4")
    client = started(version="3")
    client.post("/models/canary/4?percent=100")
    for _ in range(5):
        assert client.post("/predict", json={"text": "fail"}).status_code == 500
    assert client.get("/models/info").get_json()["canary"] == {"version": 4, "percent": 100, "failed": False}


def test_requests_of_two_routes_share_no_call_and_each_gets_its_answer():
    calls = []

    def predict(texts):
        calls.append(sorted(texts))
        return Counting()(texts)

    batcher = made(predict)
    routes = {"a": "champion", "b": "canary", "c": "champion", "d": "canary", "e": "champion"}
    requests = [submit(batcher, [text], text, lambda: False, route) for text, route in routes.items()]
    gevent.joinall(requests)
    assert all(request.value[0] == "model" for request in requests)
    assert sorted(calls) == [["a", "c", "e"], ["b", "d"]]


def test_calls_of_the_canary_never_run_in_the_shared_thread():
    threads = {}

    def predict(texts):
        threads[texts[0]] = threading.current_thread()
        return Counting()(texts)

    batcher = made(predict)
    gevent.joinall([submit(batcher, [route], route, lambda: False, route) for route in ("champion", "canary")])
    assert threads["champion"] is threading.main_thread()
    assert threads["canary"] is not threading.main_thread()


def test_reader_without_the_role_admin_deploys_nothing(started, tmp_path):
    reader = {"sha256": hashlib.sha256(b"reader-key").hexdigest(), "roles": ["predict", "feedback"]}
    (tmp_path / "readers.json").write_text(json.dumps({"reader": reader}))
    client = started(keys_file=tmp_path / "readers.json")
    reader = {"X-API-Key": "reader-key"}
    for call in (client.post, client.delete):
        path = "/models/canary/1" if call == client.post else "/models/canary"
        assert call(path, headers=reader).status_code == 403
    assert client.get("/models/info").get_json()["canary"] is None


def test_no_request_is_lost_when_the_canary_hangs(models, odd, tmp_path):
    """Two workers of gunicorn under load: every request is answered, by the champion after the canary has hung."""
    keys = write_admin_key(tmp_path)
    with served.serving(models, tmp_path / "service", workers=2, keys_file=keys, feedback_limit=0) as service:
        workers = service.workers()
        status, _, answer = service.call("POST", "/models/canary/3?percent=100", headers=ADMIN)
        assert (status, answer["canary"], answer["workers"]) == (
            200,
            {"version": 3, "percent": 100, "failed": False},
            2,
        )
        with served.Load(service, clients=4) as load:
            load.wait_for_answers(20)
            assert {version for _, _, version in load.versions[-10:]} == {3}
            status, _, answer = service.call("POST", "/predict", {"text": "hang"})
            assert (status, answer["model"]["version"]) == (200, 2)
            load.wait_for_answers(40)
            assert {version for _, _, version in load.versions[-10:]} == {2}, "all workers have left the canary"
        assert load.counts.keys() == {200}
        assert service.workers() == workers, "no worker had to be replaced"
        _, _, info = service.call("GET", "/models/info")
        assert info["canary"] == {"version": 3, "percent": 0, "failed": True}
        lines = [json.loads(line) for line in service.log.read_text().splitlines() if line.startswith("{")]
        (line,) = [line for line in lines if line["message"] == "a version failed and was switched off"]
        assert line["reason"] == "A call did not return in time."


def test_a_worker_that_restarts_follows_the_deployment(models, tmp_path):
    keys = write_admin_key(tmp_path)
    with served.serving(models, tmp_path / "service", workers=1, keys_file=keys, load_trial=False) as service:
        service.call("POST", "/models/canary/1?percent=100", headers=ADMIN)
        (worker,) = service.workers()
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: service.workers() not in ([worker], []))
        service.wait_until_ready(1)
        for _ in range(5):
            assert service.call("POST", "/predict", {"text": "x"})[2]["model"]["version"] == 1


def test_run_key_is_not_in_the_state_folder(started, settings):
    client = started()
    client.post("/models/canary/1?percent=50")
    key = client.application.extensions["textlab_api"].current.workers.deployment._key
    for path in settings.state.rglob("*"):
        assert not path.is_file() or key not in path.read_bytes()
