"""A shadow classifies copies of answered texts. It never answers, and whatever it does, the service answers."""

import json
import time

import pytest
from deployed import ask, metric, wait_for
from exposition import samples, total
from promoted import promote, write_constant_model

from api.settings import RUN
from textlab.sealing.purposes import SHADOW


def deploy_shadow(client, version):
    answer = client.post(f"/models/shadow/{version}")
    assert answer.status_code == 200, answer.get_json(force=True)
    shadow = client.application.extensions["textlab_api"].work._shadow
    wait_for(lambda: shadow._comparison is not None)
    return answer.get_json()


def kept_lines(settings):
    return [
        json.loads(line)
        for path in sorted((settings.state / SHADOW).glob("*.jsonl"))
        for line in path.read_text().splitlines()
        if '"shadow"' in line and '"champion"' in line
    ]


def test_shadow_compares_and_never_answers(started, settings, logged):
    client = started()
    assert deploy_shadow(client, "previous-champion") == {
        "model": {"name": "sentiment", "version": 2},
        "canary": None,
        "shadow": {"version": 1, "failed": False},
        "workers": 1,
    }
    answers = [ask(client, f"a secret text {number}") for number in range(10)]
    assert {answer["model"]["version"] for answer in answers} == {2}
    assert {answer["predictions"][0]["label"] for answer in answers} == {"positive"}
    wait_for(lambda: metric(client, "textlab_shadow_comparisons_total", version="1") == 10)
    pair = {"version": "1", "champion_class": "positive", "shadow_class": "negative"}
    assert metric(client, "textlab_shadow_disagreements_total", **pair) == 10
    assert metric(client, "textlab_shadow_difference_total", version="1") == pytest.approx(7, rel=0.01)
    assert metric(client, "textlab_shadow_version") == 1
    assert metric(client, "textlab_predictions_total", version="1") == 0
    assert client.get("/models/info").get_json()["shadow"] == {"version": 1, "failed": False}
    wait_for(lambda: len(kept_lines(settings)) == 10)
    line = next(line for line in kept_lines(settings) if line["id"] == answers[0]["predictions"][0]["prediction_id"])
    assert line.keys() == {
        *("id", "time", "model", "champion", "shadow", "champion_probabilities", "shadow_probabilities")
    }
    assert (line["champion"], line["shadow"]) == (2, 1)
    assert line["champion_probabilities"] == pytest.approx([0.2, 0.8])
    assert line["shadow_probabilities"] == pytest.approx([0.9, 0.1])
    kept = "".join(path.read_text() for path in (settings.state / SHADOW).iterdir()) + json.dumps(logged)
    assert "secret" not in kept


def test_texts_of_disagreements_are_kept_only_where_the_operator_allows_it(started, settings):
    client = started(record_texts=True)
    deploy_shadow(client, 1)
    ask(client, "what a crew")
    wait_for(lambda: len(kept_lines(settings)) == 1)
    assert kept_lines(settings)[0]["inputs"] == {"text": "what a crew"}


def test_end_of_a_shadow_ends_the_comparison(started):
    client = started()
    deploy_shadow(client, 1)
    assert client.delete("/models/shadow").get_json()["shadow"] is None
    service = client.application.extensions["textlab_api"]
    wait_for(lambda: service.work._shadow._comparison is None and set(service.current._models) == {2})
    ask(client)
    assert metric(client, "textlab_shadow_version") == 0
    assert client.delete("/models/shadow").status_code == 200, "a repeated call changes nothing"


def test_full_queue_drops_copies_and_counts_them(started, monkeypatch):
    monkeypatch.setattr("api.serving.shadow.MOST_COPIES", 5)
    monkeypatch.setattr("api.serving.comparison.SpareTime.seconds_to_wait", lambda self: 0.05)  # no time at all
    client = started()
    deploy_shadow(client, 1)
    for _ in range(8):
        ask(client)
    assert metric(client, "textlab_shadow_dropped_total", version="1") == 3
    assert len(client.application.extensions["textlab_api"].work._shadow._comparison.copies) == 5


@pytest.mark.parametrize("text", ["fail", "wrong"])
def test_shadow_that_fails_or_answers_nonsense_switches_itself_off(started, odd, logged, text):
    client = started()
    deploy_shadow(client, 3)

    def is_off():
        assert ask(client, text)["model"]["version"] == 2
        return client.get("/models/info").get_json()["shadow"]["failed"]

    wait_for(is_off)
    assert metric(client, "textlab_version_switched_off_total", role="shadow", version="3") == 1
    assert metric(client, "textlab_version_errors_total", role="shadow", version="3") >= 3
    assert "Version 3 failed as the shadow and was switched off." in client.get("/health").get_json()["reasons"]
    (line,) = [line for line in logged if line["message"] == "a version failed and was switched off"]
    assert (line["role"], line["version"]) == ("shadow", 3)
    assert text not in line["reason"].replace("failed", "")
    client.delete("/models/shadow")
    assert client.get("/health").get_json()["reasons"] == []


def test_shadow_that_fails_now_and_then_stays_on_and_is_counted(started, odd):
    client = started()
    deploy_shadow(client, 3)
    for number in range(6):
        ask(client, "fail" if number % 2 else "fine")
        counted = (number + 1) // 2
        wait_for(lambda counted=counted: metric(client, "textlab_version_errors_total", role="shadow") >= counted)
        wait_for(lambda n=number: metric(client, "textlab_shadow_comparisons_total") >= n // 2 + 1)
    assert client.get("/models/info").get_json()["shadow"] == {"version": 3, "failed": False}


def test_hanging_shadow_is_ended_and_gives_its_core_back(started, odd):
    client = started(deadline_ms=200)
    deploy_shadow(client, 3)
    ask(client, "hang")
    wait_for(lambda: client.get("/models/info").get_json()["shadow"]["failed"])
    service = client.application.extensions["textlab_api"]
    wait_for(lambda: set(service.current._models) == {2})
    wait_for(is_idle)
    assert ask(client, "hang")["model"]["version"] == 2


def is_idle():
    """Whether the process uses little of a core, so that no call goes on."""
    before = time.process_time()
    time.sleep(0.3)
    return time.process_time() - before < 0.1


def test_pairs_of_many_classes_share_a_series(started):
    metrics = started().application.extensions["textlab_api"].metrics
    pairs = [(f"class {number}", f"class {number + 1}") for number in range(1000)]
    metrics.versions.observe_comparisons(7, 1000, 0.0, pairs)
    found = samples(metrics.exposition().decode())
    series = [labels for (name, labels), _ in found.items() if name == "textlab_shadow_disagreements_total"]
    assert len(series) == 101
    assert total(found, "textlab_shadow_disagreements_total", champion_class="other") == 900


def test_shadow_of_another_label_set_is_refused_and_named(started, models, tmp_path):
    promote(
        write_constant_model(tmp_path / "three", [0.2, 0.3, 0.5]), models / "3", ["negative", "neutral", "positive"]
    )
    promote(write_constant_model(tmp_path / "four", [0.5, 0.5]), models / "4", ["positive", "negative"])
    client = started()
    for role in ("shadow", "canary"):
        problem = client.post(f"/models/{role}/3")
        assert problem.status_code == 422
        assert problem.get_json(force=True)["came"] == (
            "Version 3 has the labels negative, neutral, positive, and the champion has negative, positive."
        )
        assert client.post(f"/models/{role}/4").status_code == 422, "the order of the labels counts"
        assert client.post(f"/models/{role}/2").get_json(force=True)["came"].startswith("Version 2 is the champion")
        assert client.post(f"/models/{role}/9").status_code == 404
        assert client.get("/models/info").get_json()[role] is None


def test_version_that_needs_more_memory_than_is_free_is_refused(started, monkeypatch):
    monkeypatch.setattr("api.serving.switching.try_version", lambda number, settings: 2_000_000_000)
    monkeypatch.setattr("api.serving.switching.free_bytes", lambda: 1e9)
    problem = started(load_trial=True).post("/models/shadow/1")
    assert problem.status_code == 422
    came = "Version 1 needs about 2,000 MB of memory for each worker, 2,000 MB in total, and 1,000 MB are free."
    assert problem.get_json(force=True)["came"] == came


def test_version_that_fails_its_trial_gets_no_role(started, models):
    (models / "1" / "assets.extra" / "card.json").write_text("{}")
    client = started(load_trial=True)
    problem = client.post("/models/shadow/1")
    assert problem.status_code == 422
    assert "does not match its manifest" in problem.get_json(force=True)["came"]
    assert client.get("/models/info").get_json()["shadow"] is None


def test_only_admins_deploy_and_every_call_is_audited(started, logged):
    client = started()
    calls = [("POST", "/models/shadow/1"), ("DELETE", "/models/shadow")]
    calls += [("POST", "/models/canary/1?percent=7"), ("DELETE", "/models/canary")]
    for method, path in calls:
        client.environ_base.pop("HTTP_X_API_KEY", None)
        assert client.open(path, method=method).status_code == 401
        assert client.open(path, method=method, headers={"X-API-Key": "guessed"}).status_code == 401
    assert client.get("/models/info").get_json()["shadow"] is None
    audited = [(line["method"], line["route"], line["arguments"]) for line in logged if line["message"] == "audit"]
    assert audited[4:6] == [("POST", "/models/canary/<version>", {"version": "1", "percent": "7"})] * 2
    assert len(audited) == 8


def test_a_worker_that_cannot_load_a_deployed_version_switches_it_off(started, settings, models, monkeypatch):
    monkeypatch.setenv(RUN, "test")
    first = started(workers=2)
    assert first.post("/models/canary/1?percent=100").status_code == 200
    assert first.post("/models/shadow/1").status_code == 200
    (models / "1" / "saved_model.pb").write_bytes(b"x")
    second = started(workers=2)
    assert first.get("/models/info").get_json()["shadow"] == {"version": 1, "failed": True}
    for client in (first, second):
        assert ask(client)["model"]["version"] == 2
