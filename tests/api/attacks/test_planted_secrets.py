"""Secrets in every field of requests, against a real service. Nothing but the files for texts may hold them."""

import json
import threading
import time
from contextlib import suppress

import pytest
from access_attacks import ATTACKS, MALFORMED, PLANTED, WELL_FORMED, ask, send_raw
from ingestion import Ingestion, telling
from issuer import AUDIENCE, ISSUER, key_server
from promoted import ADMIN, ADMIN_KEY, LABELS, promote, write_admin_key
from served import serving

FILES_WITH_TEXTS = ("predictions.sqlite", "feedback.jsonl")
ATTACK_SECONDS = 3


def failing_model(folder):
    """A SavedModel that fails on texts that begin with "broken". TensorFlow's error then quotes the text."""
    import tensorflow as tf

    module = tf.Module()
    module.answer = tf.Variable([0.2, 0.8])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        numbers = tf.where(tf.strings.regex_full_match(text, "broken.*"), text, "0")
        return {"probabilities": tf.strings.to_number(numbers)[:, None] + module.answer}

    tf.saved_model.save(module, str(folder), signatures=serve)
    extra = folder / "assets.extra"
    extra.mkdir()
    (extra / "labels.json").write_text(json.dumps(LABELS))
    (extra / "card.json").write_text(json.dumps({"run_id": f"{PLANTED} card"}))
    return folder


class Attacked:
    """The answers, log, telemetry and files of a service after an attack."""

    def __init__(self, folder, keys):
        self.answers, self.raw_answers, self.slowest = [], [], 0.0
        self._folder, self._ingestion = folder, Ingestion()
        self._model = promote(failing_model(folder / "model"), folder / "sentiment" / "1").parent
        keys.manner = "hangs"
        access = {
            "jwks": keys.address,
            "jwt_issuer": ISSUER,
            "jwt_audience": AUDIENCE,
            "keys_file": write_admin_key(folder),
        }
        environment = telling(self._ingestion.address)
        with serving(self._model, folder / "service", environment, log_level="debug", **access) as server:
            self._plant(server)
            self._break_the_store(server)
            self._attack(server)
            self.metrics = server.call("GET", "/metrics", headers=ADMIN)[2].decode()
            self.info = server.call("GET", "/models/info")[2]
        self.log = server.log.read_text()
        self.state = server.log.parent / "state"
        self.envelopes = list(self._ingestion.envelopes)
        self._ingestion.close()

    def _plant(self, server):
        for request in WELL_FORMED:
            self.answers.append((request, ask(server, *request)))
        self.answers.append((("admin",), ask(server, "POST", f"/models/load/{PLANTED}", None, ADMIN)))
        self.raw_answers = [send_raw(server, content) for content in MALFORMED]

    def _break_the_store(self, server):
        database = server.log.parent / "state" / "predictions.sqlite"
        database.rename(database.with_name("predictions.sqlite.away"))
        database.mkdir()
        document = {"prediction_id": "0" * 36, "text": f"{PLANTED} text", "label": "positive"}
        try:
            self.answers.append((("feedback",), ask(server, "POST", "/feedback", document)))
        finally:
            with suppress(OSError):
                database.rmdir()
                database.with_name("predictions.sqlite.away").rename(database)

    def _attack(self, server):
        """Run all attacks at once, and ask for a prediction again and again."""
        stop, self.outcomes = threading.Event(), []
        threads = [threading.Thread(target=attack, args=(server, stop)) for attack in ATTACKS]
        for thread in threads:
            thread.start()
        until = time.monotonic() + ATTACK_SECONDS
        while time.monotonic() < until:
            started = time.monotonic()
            found = ask(server, "POST", "/predict", {"text": "a normal request"})
            self.slowest = max(self.slowest, time.monotonic() - started)
            self.outcomes.append(found[0] if found else None)
            time.sleep(0.02)
        stop.set()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads), "an attack does not end"


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    with key_server() as keys:
        yield Attacked(tmp_path_factory.mktemp("secrets"), keys)


def test_the_log_is_json_without_a_secret(attacked):
    lines = attacked.log.splitlines()
    assert [line for line in lines if PLANTED in line.lower() or ADMIN_KEY in line or "Traceback" in line] == []
    others = [line for line in lines if not line.startswith("{")]
    assert len(others) < 5, "only TensorFlow's library writes a line or two of its own when it starts"
    documents = [json.loads(line) for line in lines if line not in others]
    assert 500 in {document.get("status") for document in documents}, "the model or the store has failed"
    named = {document["message"] for document in documents if "127.0.0.1" in json.dumps(document)}
    assert all(message.startswith(("audit", "Listening at")) for message in named), "a client's address is logged"


def test_telemetry_holds_no_secret(attacked):
    kinds = {envelope["data"]["baseType"] for envelope in attacked.envelopes}
    assert kinds >= {"RequestData", "MetricData", "EventData"}
    text = json.dumps(attacked.envelopes).lower()
    assert PLANTED not in text
    assert ADMIN_KEY not in text


def test_only_the_files_for_texts_hold_texts(attacked):
    holding = [
        path.relative_to(attacked.state)
        for path in attacked.state.rglob("*")
        if path.is_file() and PLANTED.encode() in path.read_bytes().lower()
    ]
    assert all(path.name.startswith(FILES_WITH_TEXTS) for path in holding), holding
    assert all((attacked.state / path).stat().st_mode & 0o077 == 0 for path in holding)
    assert b"key" not in (attacked.state / "feedback.jsonl").read_bytes()


def test_metrics_hold_no_secret(attacked):
    assert "textlab_requests_total" in attacked.metrics
    assert PLANTED not in attacked.metrics.lower()


def test_answers_quote_no_secret(attacked):
    quoting = [
        (request, found)
        for request, found in attacked.answers
        # Names of fields and the type of a body are repeated to the client who sent them, cut and checked.
        if found
        and PLANTED in str(found[1]).lower()
        and "has the fields" not in str(found[1])
        and "has the type" not in str(found[1])
    ]
    assert quoting == []
    assert not any(PLANTED in found.decode(errors="replace").lower() for found in attacked.raw_answers)
    assert attacked.info["card"] == {"run_id": f"{PLANTED} card"}, "the card alone is public"


def test_normal_requests_are_answered_during_the_attacks(attacked):
    assert len(attacked.outcomes) >= 3
    assert None not in attacked.outcomes
    assert attacked.slowest < 10
