import gzip
import json
import time

import pytest
from exposition import samples, total
from problem import problem_of
from promoted import promote

from api.application import create
from api.model.answers import InvalidAnswerError
from api.model.engine import EngineError
from api.settings import Settings


def test_one_text_and_several_texts_get_one_prediction_each(client):
    one = client.post("/predict", json={"text": "lovely crew"}).get_json()
    assert one["model"] == {"name": "sentiment", "version": 2}
    (prediction,) = one["predictions"]
    assert prediction["label"] == "positive"
    assert prediction["probabilities"] == pytest.approx({"negative": 0.2, "positive": 0.8})
    several = client.post("/predict", json={"texts": ["a", "b", "ж👩‍👧"]})
    ids = {prediction["prediction_id"] for prediction in several.get_json()["predictions"]}
    assert len(ids) == 3
    assert several.get_json()["request_id"] == several.headers["X-Request-ID"]


def test_real_bundle_is_served(exported, tmp_path):
    promote(exported, tmp_path / "sentiment" / "1")
    app = create(Settings(model=tmp_path / "sentiment", state=tmp_path / "state", log_level="error"), testing=True)
    texts = ["the crew was lovely and kind", "awful and rude and late"]
    answers = app.test_client().post("/predict", json={"texts": texts}).get_json()["predictions"]
    assert [answer["label"] for answer in answers] == ["positive", "negative"]
    app.extensions["textlab_api"].close()


BAD_BODIES = {
    "no JSON": (b"{", 400),
    "nothing": (b"", 400),
    "no object": (b'["text"]', 400),
    "broken UTF-8": (b'{"text": "\xff\xfe"}', 400),
    "overlong UTF-8": (b'{"text": "\xc0\xaf"}', 400),
    "surrogate in UTF-8": (b'{"text": "\xed\xa0\x80"}', 400),
    "byte order mark": (b'\xef\xbb\xbf{"text": "x"}', 400),
    "NaN": (b'{"text": NaN}', 400),
    "infinity": (b'{"text": -Infinity}', 400),
    "deep": (b'{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
    "deep and open": (b"[" * 100_000, 400),
    "long number": (b'{"text": ' + b"1" * 100_000 + b"}", 400),
    "lone surrogate": (b'{"text": "\\ud800 lovely"}', 422),
    "NUL": (b'{"text": "a\\u0000b"}', 422),
    "empty text": (b'{"text": ""}', 422),
    "blank text": (b'{"text": " \\n\\u3000"}', 422),
    "number": (b'{"text": 1.5}', 422),
    "null": (b'{"text": null}', 422),
    "boolean": (b'{"text": true}', 422),
    "no field": (b"{}", 422),
    "both fields": (b'{"text": "a", "texts": ["a"]}', 422),
    "unknown field": (b'{"text": "a", "tweet": "b"}', 422),
    "texts no list": (b'{"texts": "a"}', 422),
    "no texts": (b'{"texts": []}', 422),
    "a bad one among texts": (b'{"texts": ["a", ""]}', 422),
    "too many texts": (json.dumps({"texts": ["x"] * 10_000}).encode(), 422),
    "too long a text": (json.dumps({"text": "x" * 1001}).encode(), 422),
    "1 MB": (json.dumps({"text": "x" * 1_000_000}).encode(), 413),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_invalid_body_is_refused_quickly_and_the_service_goes_on(shared_client, name):
    body, status = BAD_BODIES[name]
    started = time.thread_time()
    problem_of(shared_client.post("/predict", data=body, content_type="application/json"), status)
    assert time.thread_time() - started < 1
    assert shared_client.post("/predict", json={"text": "fine"}).status_code == 200


def test_request_at_the_limits_is_accepted(shared_client):
    assert shared_client.post("/predict", json={"texts": ["x" * 1000] * 256}).status_code == 200


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x" * 99]
)
def test_wrong_content_type_is_refused(shared_client, kind):
    problem_of(shared_client.post("/predict", data=b'{"text": "x"}', content_type=kind), 415)


def test_gzip_bomb_is_refused_without_being_unpacked(shared_client):
    bomb = gzip.compress(b" " * 50_000_000)
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    problem_of(shared_client.post("/predict", data=bomb, headers=headers), 415)


def test_unknown_path_and_method_are_problems(shared_client):
    problem_of(shared_client.get("/nothing"), 404)
    answer = shared_client.get("/predict")
    problem_of(answer, 405)
    assert "POST" in answer.headers["Allow"]


def test_full_queue_is_503_with_retry_after(app, client, monkeypatch):
    from api.serving.admission import QueueFullError

    def full(*_):
        raise QueueFullError

    monkeypatch.setattr(app.extensions["textlab_api"].answering.batcher, "submit", full)
    answer = client.post("/predict", json={"text": "x"})
    problem_of(answer, 503)
    assert int(answer.headers["Retry-After"]) >= 1


def test_internal_error_is_a_problem_that_quotes_no_text(app, client, monkeypatch, logged):
    def broken(*_):
        raise RuntimeError("secret tweet")

    app.testing = False
    monkeypatch.setattr(app.extensions["textlab_api"].answering.batcher, "submit", broken)
    answer = client.post("/predict", json={"text": "secret tweet"})
    document = problem_of(answer, 500)
    assert logged[0]["error"] == "RuntimeError"
    assert "secret" not in json.dumps([document, logged])


@pytest.mark.parametrize(
    "error", [EngineError("TensorFlow could not compute an answer (code 3)."), InvalidAnswerError()]
)
def test_error_of_the_model_is_logged_and_counted_without_the_text(app, client, monkeypatch, logged, error):
    def failing(*_):
        raise error

    service, failures = app.extensions["textlab_api"], []
    monkeypatch.setattr(service.answering.batcher, "submit", failing)
    monkeypatch.setattr(service.telemetry, "failure", failures.append)
    problem = problem_of(client.post("/predict", json={"text": "secret tweet"}), 500)
    (line,) = [line for line in logged if line["level"] == "error"]
    assert (line["error"], line["reason"]) == (type(error).__name__, str(error))
    assert line["request_id"] == problem["request_id"]
    assert "secret" not in json.dumps([problem, logged])
    assert failures == [error]
    counted = samples(service.metrics.exposition().decode())
    assert total(counted, "textlab_model_errors_total", error=type(error).__name__) == 1


def test_request_is_logged_with_its_id_and_without_its_text(client, logged):
    client.post("/predict?text=secret", json={"text": "secret tweet"}, headers={"X-Request-ID": "my-request-1"})
    client.post("/secret", json={"secret": "secret"})
    first = logged[0]
    assert first["request_id"] == "my-request-1"
    assert (first["route"], first["status"], first["texts"], first["version"]) == ("/predict", 200, 1, 2)
    assert first["milliseconds"] > 0
    assert "secret" not in json.dumps(logged)


@pytest.mark.parametrize("named", ["x", "a b c d e f g h", "x" * 65, 'injected"line'])
def test_malformed_request_id_is_replaced(shared_client, named):
    answer = shared_client.get("/health/live", headers={"X-Request-ID": named})
    assert answer.headers["X-Request-ID"] != named


def test_health_and_info_report_the_model_that_serves(client):
    assert client.get("/health/live").get_json() == {"status": "alive"}
    expected = {"status": "ready", "model": {"name": "sentiment", "version": 2}}
    assert client.get("/health/ready").get_json() == expected
    health = client.get("/health").get_json()
    assert health | expected == health
    assert health["texts_waiting"] == 0
    info = client.get("/models/info").get_json()
    assert (info["version"], info["versions"], info["label_names"]) == (2, [1, 2], ["negative", "positive"])
    assert info["card"] == {"run_id": "2"}


def test_first_version_is_an_alias_of_the_catalog_or_a_number(settings):
    for version, number in {"champion": 2, "previous": 1, "1": 1}.items():
        app = create(settings.model_copy(update={"version": version}), testing=True)
        assert app.extensions["textlab_api"].model.number == number
        app.extensions["textlab_api"].close()
    (settings.model.parent / "catalog.json").write_text('{"sentiment": {"champion": 1}}')
    app = create(settings, testing=True)
    assert app.extensions["textlab_api"].model.number == 1
    app.extensions["textlab_api"].close()
