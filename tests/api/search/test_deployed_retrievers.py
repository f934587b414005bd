"""Retrievers are swapped, deployed as canaries and refused like any model."""

import json
import shutil
import threading

import numpy as np
import pytest
from deployed import metric, wait_for
from problem import problem_of
from promoted import ADMIN_KEY, promote, write_admin_key
from promoted_retriever import FIELDS, PEOPLE, write_encoder, write_tiny_retriever
from served import serving

from api.application import create
from api.model.bundle import check_bundle
from api.model.retriever import Query
from api.model.tasks import load_model
from api.model.vectors import invalid_vectors
from api.settings import Settings
from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.manifest import write_manifest
from textlab.search import Document, FieldKind


def version(client, query="web scrapers"):
    return client.post("/search", json={"query": query}).get_json()["model"]["version"]


def test_versions_with_vectors_and_with_words_alone_are_swapped_and_rolled_back(admin):
    assert admin.get("/models/info").get_json()["dimension"] == 16
    for number in (2, 3):
        assert admin.post(f"/models/load/{number}").status_code == 200
        assert version(admin) == number
    info = admin.get("/models/info").get_json()
    assert (info["task"], info["documents"], info["dimension"]) == ("retrieval", 5, 0)
    assert info["fields"]["years"] == "number"
    assert admin.post("/models/load/champion").get_json()["before"] == 3
    assert version(admin) == 1


def test_a_version_of_another_task_is_refused_in_a_sentence(admin, talents, constant_models):
    promote(constant_models / "one", talents / "4")
    problem = problem_of(admin.post("/models/load/4"), 422)
    assert problem["came"] == (
        "Version 4 has the task classification, and the service runs a model of the task retrieval. "
        "Start another service for it."
    )
    assert problem_of(admin.post("/models/canary/4"), 422)["came"] == problem["came"]
    assert version(admin) == 1


def test_a_canary_answers_its_share_and_feedback_names_it(admin):
    assert admin.post("/models/canary/3?percent=100").status_code == 200
    found = admin.post("/search", json={"query": "web scrapers"}).get_json()
    assert found["model"]["version"] == 3
    judged = admin.post("/feedback", json={"search_id": found["search_id"], "document": "p1", "fits": True}).get_json()
    assert judged["model"]["version"] == 3
    admin.delete("/models/canary")
    assert version(admin) == 1


def test_a_canary_that_fails_is_switched_off_and_the_champion_answers(admin, talents, tmp_path):
    broken = write_tiny_retriever(talents / "4", write_encoder(tmp_path / "encoder"))
    assert admin.post("/models/canary/4?percent=100").status_code == 200
    canary = admin.application.extensions["textlab_api"].current._models[4]
    canary.cancel()
    for _ in range(3):
        assert version(admin) == 1
    wait_for(lambda: metric(admin, "textlab_version_switched_off_total", role="canary", version="4") == 1)
    assert broken.exists()


def test_a_shadow_is_refused_because_it_compares_classes(admin):
    problem = problem_of(admin.post("/models/shadow/2"), 409)
    assert (
        problem["detail"]
        == "A shadow compares predicted classes, and a retrieval model has none. Use a canary instead."
    )


def test_a_canary_with_other_fields_is_refused(admin, talents, encoder):
    alone = [Document(person.id, person.text, fields={"place": "Oslo"}) for person in PEOPLE]
    write_tiny_retriever(talents / "4", encoder, alone, fields={"place": FieldKind.WORD})
    problem = problem_of(admin.post("/models/canary/4"), 422)
    assert problem["came"].startswith("Version 4 has the fields place (word), and the champion has languages (words), ")


def test_an_index_of_another_encoder_is_refused(talents, tmp_path):
    other = write_tiny_retriever(tmp_path / "other" / "1", write_encoder(tmp_path / "encoder", seed=1))
    shutil.rmtree(talents / "1" / "assets.extra" / "index")
    shutil.copytree(other / "assets.extra" / "index", talents / "1" / "assets.extra" / "index")
    write_manifest(talents / "1")
    with pytest.raises(BundleError, match="was made with another encoder"):
        load_model(talents / "1")


def test_a_missing_or_cut_index_is_refused(talents):
    index = talents / "1" / "assets.extra" / "index"
    largest = max((path for path in index.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:-8])
    write_manifest(talents / "1")
    with pytest.raises(BundleError, match="index"):
        load_model(talents / "1")
    shutil.rmtree(index)
    write_manifest(talents / "1")
    with pytest.raises(BundleError, match=r"holds no finished index: index\.json is missing"):
        load_model(talents / "1")


def test_vectors_that_are_no_unit_vectors_are_refused(tmp_path):
    write_tiny_retriever(tmp_path / "long" / "1", write_encoder(tmp_path / "encoder", factor=2.0))
    with pytest.raises(BundleError, match="answers numbers that are not finite numbers of unit vectors"):
        load_model(tmp_path / "long" / "1")


def test_rows_that_are_no_unit_vectors_are_found():
    rows = np.eye(5, dtype=np.float32)
    assert invalid_vectors(rows) is None
    assert invalid_vectors(np.empty((3, 0), np.float32)) is None
    rows[1], rows[2], rows[3] = np.nan, 0, 3e38
    assert invalid_vectors(rows).tolist() == [False, True, True, True, False]


def test_a_bundle_without_a_graph_needs_no_tensorflow_and_answers(talents):
    assert check_bundle(talents / "3").signature is None
    assert not (talents / "3" / "saved_model.pb").exists()
    assert load_model(talents / "3").answer([Query("scrapers")])[0].hits == []


def test_a_restart_may_serve_another_task_from_the_same_state_folder(talents, constant_models, tmp_path):
    promote(constant_models / "one", tmp_path / "sentiment" / "1")
    state = tmp_path / "state"
    app = create(Settings(model=tmp_path / "sentiment", state=state, log_level="error"), testing=True)
    prediction = app.test_client().post("/predict", json={"text": "x"}).get_json()["predictions"][0]["prediction_id"]
    app.extensions["textlab_api"].close()
    app = create(Settings(model=talents, state=state, log_level="error"), testing=True)
    body = {"search_id": prediction, "document": "p1", "fits": True}
    problem_of(app.test_client().post("/feedback", json=body), 404)
    search = app.test_client().post("/search", json={"query": "x"}).get_json()["search_id"]
    app.extensions["textlab_api"].close()
    app = create(Settings(model=tmp_path / "sentiment", state=state, log_level="error"), testing=True)
    problem_of(app.test_client().post("/feedback", json={"prediction_id": search, "label": "negative"}), 404)
    app.extensions["textlab_api"].close()


def test_access_and_limits_hold_for_each_new_address(settings, tmp_path):
    changes = {"keys_file": write_admin_key(tmp_path), "open": False, "rate_limit": 6}
    app = create(settings.model_copy(update=changes), testing=True)
    client = app.test_client()
    bodies = {
        "/search": {"query": "a"},
        "/agent_search": {"request": "a"},
        "/predict/similarity": {"first": ["a"], "second": ["b"]},
    }
    for path, body in bodies.items():
        problem_of(client.post(path, json=body), 401)
        problem_of(client.post(path, json=body, headers={"X-API-Key": "guessed"}), 401)
        assert client.post(path, json=body, headers={"X-API-Key": ADMIN_KEY}).status_code == 200
    statuses = [
        client.post("/search", json={"query": "a"}, headers={"X-API-Key": ADMIN_KEY}).status_code for _ in range(6)
    ]
    assert statuses[-1] == 429
    app.extensions["textlab_api"].close()


def test_a_body_above_the_limit_is_refused(settings):
    app = create(settings.model_copy(update={"max_body_bytes": 1024}), testing=True)
    problem_of(app.test_client().post("/search", json={"query": "x" * 2000}), 413)
    app.extensions["textlab_api"].close()


def wait_for_answers(answers):
    before = len(answers)
    wait_for(lambda: len(answers) > before + 20)


def test_two_workers_swap_under_load_and_lose_no_search(talents, tmp_path):
    answers, stop = [], threading.Event()

    def ask(server):
        while not stop.is_set():
            status, _, document = server.call(
                "POST", "/search", {"query": "web scrapers", "filters": {"place": "Berlin"}}
            )
            found = {hit["id"] for hit in document["hits"]} if status == 200 else document
            answers.append((status, document.get("model", {}).get("version"), found))

    keys = {"keys_file": write_admin_key(tmp_path), "load_trial": "false", "workers": 2}
    with serving(talents, tmp_path / "run", **keys) as server:
        threads = [threading.Thread(target=ask, args=[server], daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in (2, 3, 1):
            wait_for_answers(answers)
            assert server.call("POST", f"/models/load/{number}", headers={"X-API-Key": ADMIN_KEY})[0] == 200
        wait_for_answers(answers)
        stop.set()
        for thread in threads:
            thread.join(60)
        search = server.call("POST", "/search", {"query": "web scrapers"})[2]["search_id"]
        # Any worker takes the feedback, whichever answered.
        for document in ("p1", "p4"):
            body = {"search_id": search, "document": document, "fits": True}
            assert server.call("POST", "/feedback", body)[0] == 200
    assert {status for status, *_ in answers} == {200}
    assert {number for _, number, _ in answers} == {1, 2, 3}
    assert all(found <= {"p1", "p3"} for *_, found in answers)
    assert len((tmp_path / "run" / "state" / "feedback.jsonl").read_text().splitlines()) == 2


def test_the_fields_and_people_of_the_tests_belong_together():
    assert all(set(person.fields) == set(FIELDS) for person in PEOPLE)
    assert json.dumps([person.id for person in PEOPLE]) == '["p1", "p2", "p3", "p4", "p5"]'
