"""POST /feedback of a retriever: a found document fits, or it does not."""

import contextlib
import json
import sqlite3

import pytest
from deployed import metric
from problem import problem_of

from api.application import create
from textlab.sealing import Keys, read_lines
from textlab.sealing.key_files import new_key

KEY = new_key("first")


@pytest.fixture
def client(settings):
    app = create(settings, testing=True)
    yield app.test_client()
    app.extensions["textlab_api"].close()


def searched(client, query="web scrapers", **more):
    return client.post("/search", json={"query": query, **more}).get_json()["search_id"]


def judge(client, search, document, fits):
    return client.post("/feedback", json={"search_id": search, "document": document, "fits": fits})


def lines(settings):
    path = settings.state / "feedback.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_judgement_becomes_a_line_of_relevance(client, settings):
    search = searched(client)
    answer = judge(client, search, "p1", True)
    assert answer.status_code == 200
    assert answer.get_json() | {"request_id": ""} == {
        "status": "fits",
        "document": "p1",
        "model": {"name": "talents", "version": 1},
        "request_id": "",
    }
    assert judge(client, search, "p2", False).get_json()["status"] == "does_not_fit"
    first, second = lines(settings)
    assert set(first) == {"task", "time", "query", "document", "fits", "model", "version", "caller"}
    assert (first["task"], first["query"], first["document"], first["fits"]) == (
        "retrieval",
        "web scrapers",
        "p1",
        True,
    )
    assert (first["model"], first["version"]) == ("talents", 1)
    assert (second["document"], second["fits"]) == ("p2", False)
    assert "127.0.0.1" not in first["caller"]


def test_the_whole_request_is_kept_and_not_what_was_left_of_it(client, settings):
    request = "web scrapers in Berlin"
    search = client.post("/agent_search", json={"request": request}).get_json()["search_id"]
    judge(client, search, "p1", True)
    assert [line["query"] for line in lines(settings)] == [request]


def test_a_repeated_judgement_is_kept_once_and_the_opposite_is_refused(client, settings):
    search = searched(client)
    for _ in range(3):
        assert judge(client, search, "p1", True).status_code == 200
    assert judge(client, search, "p4", False).status_code == 200
    problem = problem_of(judge(client, search, "p1", False), 409)
    assert problem["came"] == "The opposite was already received for this document of the search."
    assert [(line["document"], line["fits"]) for line in lines(settings)] == [("p1", True), ("p4", False)]
    assert judge(client, searched(client), "p1", False).status_code == 200, "another search is judged anew"


@pytest.mark.parametrize(
    ("changes", "status", "came"),
    [
        ({"search_id": "0" * 36}, 404, "No search of the last 60 minutes has this search_id."),
        ({"search_id": "x"}, 404, "No search of the last 60 minutes has this search_id."),
        ({"search_id": None}, 404, "No search of the last 60 minutes has this search_id."),
        ({"document": "p9"}, 422, "The search with this search_id did not find this document."),
        ({"document": 1}, 422, '"document" is a number, not a string.'),
        ({"fits": "true"}, 422, '"fits" is a string, not a boolean.'),
        ({"fits": 1}, 422, '"fits" is a number, not a boolean.'),
        ({"label": "x"}, 422, "The JSON object has the fields document, fits, label, search_id."),
    ],
)
def test_bad_feedback_is_refused_and_nothing_is_kept(client, settings, changes, status, came):
    body = {"search_id": searched(client, k=2), "document": "p1", "fits": True} | changes
    assert problem_of(client.post("/feedback", json=body), status)["came"] == came
    assert lines(settings) == []


def test_only_a_found_document_can_be_judged(client):
    search = searched(client, k=1, filters={"place": "Oslo"})
    assert judge(client, search, "p4", True).status_code == 200
    problem_of(judge(client, search, "p1", True), 422)


def test_queries_and_found_documents_are_sealed_if_there_is_a_key(settings, monkeypatch):
    monkeypatch.setenv("TEXTLAB_SEAL_KEYS", KEY)
    app = create(settings, testing=True)
    client = app.test_client()
    search = searched(client, "secret wish")
    assert judge(client, search, "p1", True).status_code == 200
    assert judge(client, search, "p1", True).status_code == 200
    problem_of(judge(client, search, "p1", False), 409)
    app.extensions["textlab_api"].close()
    for path in settings.state.rglob("*"):
        if path.is_file():
            assert b"secret" not in path.read_bytes(), path
            assert b'"p1"' not in path.read_bytes(), path
    keys = Keys.from_environment({"TEXTLAB_SEAL_KEYS": KEY})
    (line,) = [json.loads(line) for line in read_lines(settings.state / "feedback.jsonl", "feedback", keys)]
    assert (line["query"], line["document"]) == ("secret wish", "p1")


def test_a_search_is_forgotten_in_time_and_kept_nowhere_else(settings):
    app = create(settings.model_copy(update={"remember_minutes": 0}), testing=True)
    client = app.test_client()
    search = searched(client, "secret wish")
    problem_of(judge(client, search, "p1", True), 404)
    app.extensions["textlab_api"].close()
    with contextlib.closing(sqlite3.connect(settings.state / "predictions.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM predictions").fetchone() == (0,)


def test_searches_and_judgements_are_counted_without_the_query(admin, logged):
    search = searched(admin, "secret wish", k=3)
    searched(admin, filters={"stars": {"min": 10_000}})
    judge(admin, search, "p1" if judge(admin, search, "p1", True).status_code == 200 else "p4", True)
    assert metric(admin, "textlab_searches_total", version="1") == 2
    assert metric(admin, "textlab_search_hits_sum", version="1") == 3
    assert metric(admin, "textlab_search_hits_bucket", version="1", le="0.0") == 1
    assert metric(admin, "textlab_feedback_total", outcome="fits", version="1") == 1
    (event,) = [line for line in logged if line["message"] == "search_fits"]
    assert (event["model"], event["version"]) == ("talents", 1)
    assert "secret" not in json.dumps(logged)


def test_recording_for_monitoring_has_no_effect_and_the_log_says_so(settings, logged):
    app = create(settings.model_copy(update={"record": "all", "log_level": "info"}), testing=True)
    searched(app.test_client())
    app.extensions["textlab_api"].close()
    assert not list((settings.state / "traffic").glob("*"))
    assert any("searches are not recorded" in line["message"] for line in logged)
