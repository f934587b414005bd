import json
import resource
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from problem import problem_of

from api.application import create
from api.observing.logs import logger
from api.serving.feedback_file import FeedbackFile
from textlab import data

EVENTS = ("prediction_confirmed", "prediction_rejected", "misclassification_alert")


def prediction_id(client, text="secret tweet"):
    return client.post("/predict", json={"text": text}).get_json()["predictions"][0]["prediction_id"]


@pytest.fixture
def limited(settings):
    """A function that makes a client of a service with other settings."""
    made = []

    def client(**changed):
        made.append(create(settings.model_copy(update=changed), testing=True))
        return made[-1].test_client()

    yield client
    for app in made:
        app.extensions["textlab_api"].close()


def test_feedback_by_id_confirms_or_rejects_and_is_an_event_without_the_text(client, logged):
    for label, status in {"positive": "confirmed", "negative": "rejected"}.items():
        answer = client.post("/feedback", json={"prediction_id": prediction_id(client), "label": label})
        assert answer.get_json() == {
            "status": status,
            "label": label,
            "predicted": "positive",
            "model": {"name": "sentiment", "version": 2},
            "request_id": answer.headers["X-Request-ID"],
        }
    confirmed, rejected = [line for line in logged if line["message"] in EVENTS]
    assert (confirmed["message"], rejected["message"]) == ("prediction_confirmed", "prediction_rejected")
    assert (rejected["model"], rejected["version"], rejected["text_length"]) == ("sentiment", 2, 12)
    assert confirmed["text_hash"] == rejected["text_hash"]
    assert "secret" not in json.dumps(logged)


def test_another_replica_takes_feedback_by_id_only_if_it_shares_the_state(client, limited, settings, tmp_path):
    identifier = prediction_id(client, "secret tweet")
    feedback = {"prediction_id": identifier, "label": "negative"}
    alone = limited(state=tmp_path / "other")
    assert "prediction_id" in problem_of(alone.post("/feedback", json=feedback), 404)["action"]
    by_text = {"text": "secret tweet", "label": "negative"}
    assert alone.post("/feedback", json=by_text).get_json()["status"] == "rejected"
    sharing = limited()
    for replica in (sharing, client):  # a repetition that reaches yet another replica is not kept twice
        assert replica.post("/feedback", json=feedback).get_json()["status"] == "rejected"
    assert len((settings.state / "feedback.jsonl").read_text().splitlines()) == 1


def test_feedback_by_text_is_compared_with_the_current_prediction(client):
    assert client.post("/feedback", json={"text": "x", "label": "negative"}).get_json()["status"] == "rejected"
    assert client.post("/feedback", json={"text": "x", "label": "positive"}).get_json()["status"] == "confirmed"


def test_text_beside_an_id_must_be_the_text_of_the_prediction(client, settings):
    document = {"prediction_id": prediction_id(client, "one tweet"), "label": "negative"}
    problem = problem_of(client.post("/feedback", json=document | {"text": "another tweet"}), 422)
    assert "made for another text" in problem["came"]
    assert not (settings.state / "feedback.jsonl").exists()
    assert client.post("/feedback", json=document | {"text": "one tweet"}).get_json()["status"] == "rejected"
    line = json.loads((settings.state / "feedback.jsonl").read_text())
    assert (line["text"], line["prediction_id"]) == ("one tweet", document["prediction_id"])
    problem_of(client.post("/feedback", json=document | {"label": "positive"}), 409)


def test_feedback_file_is_a_dataset_for_textlab(client, settings):
    for number in range(40):
        label = ("negative", "positive")[number % 2]
        identifier = prediction_id(client, f'tweet "{number}" of ж\u2028👩‍👧')
        client.post("/feedback", json={"prediction_id": identifier, "label": label})
    dataset = data.load(f"file:{settings.state / 'feedback.jsonl'}")
    texts = [text for split in (dataset.train, dataset.validation, dataset.test) for text in split["text"]]
    assert sorted(texts) == sorted(f'tweet "{number}" of ж\u2028👩‍👧' for number in range(40))
    assert dataset.label_names == ("negative", "positive")


def lines(settings):
    return [json.loads(line) for line in (settings.state / "feedback.jsonl").read_text().splitlines()]


def test_another_label_for_a_judged_prediction_is_refused(client, settings):
    document = {"prediction_id": prediction_id(client), "label": "negative"}
    assert client.post("/feedback", json=document).status_code == 200
    problem_of(client.post("/feedback", json=document | {"label": "positive"}), 409)
    assert [line["label"] for line in lines(settings)] == ["negative"]


@pytest.mark.parametrize("by_text", [True, False])
def test_repeated_feedback_gets_the_same_answer_and_one_line(client, settings, by_text):
    document = {"text": "secret tweet"} if by_text else {"prediction_id": prediction_id(client)}
    answers = [client.post("/feedback", json=document | {"label": "negative"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    first, *others = [answer.get_json() | {"request_id": ""} for answer in answers]
    assert others == [first, first]
    assert len(lines(settings)) == 1


def test_the_same_feedback_at_the_same_time_is_kept_once(client, settings, app):
    document = {"prediction_id": prediction_id(client), "label": "negative"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: app.test_client().post("/feedback", json=document), range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(lines(settings)) == 1


def test_the_same_text_of_another_caller_is_another_line(client, settings):
    document = {"text": "x", "label": "negative"}
    for address in ("192.0.2.1", "192.0.2.2"):
        client.post("/feedback", json=document, environ_base={"REMOTE_ADDR": address})
    assert len(lines(settings)) == 2


def test_feedback_that_was_kept_is_not_answered_with_an_error(client, settings, app, monkeypatch):
    def fail(*_):
        raise OSError

    monkeypatch.setattr(app.extensions["textlab_api"].classification.feedback, "emit", fail)
    assert client.post("/feedback", json={"text": "x", "label": "negative"}).status_code == 200
    assert len(lines(settings)) == 1


def test_feedback_that_the_store_cannot_keep_leaves_no_line(client, settings, app, monkeypatch):
    database = app.extensions["textlab_api"]._database
    attempt = database._attempt

    def commit_fails(call, begin):
        def called(connection):
            connection.set_authorizer(lambda action, first, *_: int(action == 22 and first == "COMMIT"))
            return call(connection)

        return attempt(called, begin)

    monkeypatch.setattr(database, "_attempt", commit_fails)
    assert client.post("/feedback", json={"text": "x", "label": "negative"}).status_code == 503
    assert (settings.state / "feedback.jsonl").read_bytes() == b""
    monkeypatch.undo()
    assert client.post("/feedback", json={"text": "x", "label": "negative"}).status_code == 200
    assert len(lines(settings)) == 1


def test_half_a_line_of_a_failed_machine_is_set_aside(client, settings):
    path = settings.state / "feedback.jsonl"
    for tail in (b'{"text": "half a li', b"\x00" * 100_000):
        client.post("/feedback", json={"text": f"before {tail[:1]!r}", "label": "positive"})
        before = path.read_bytes()
        with path.open("ab") as file:
            file.write(tail)
        client.post("/feedback", json={"text": f"after {tail[:1]!r}", "label": "positive"})
        assert path.read_bytes().startswith(before)
        assert tail in (settings.state / "feedback.jsonl.damaged").read_bytes()
    assert len(lines(settings)) == 4


def test_a_last_line_without_its_end_stays_in_the_file(client, settings):
    client.post("/feedback", json={"text": "one", "label": "positive"})
    path = settings.state / "feedback.jsonl"
    path.write_bytes(path.read_bytes().rstrip())
    client.post("/feedback", json={"text": "two", "label": "positive"})
    assert [line["text"] for line in lines(settings)] == ["one", "two"]


def test_a_long_file_without_a_line_break_is_read_once(tmp_path):
    path = tmp_path / "feedback.jsonl"
    path.write_bytes(b"x" * 20_000_000)
    started = time.process_time()
    with FeedbackFile(path, 100_000_000).appended(b"{}"):
        pass
    assert time.process_time() - started < 2
    assert path.read_bytes() == b"{}\n"


def test_full_file_of_feedback_is_said_and_predictions_go_on(limited, settings):
    client = limited(feedback_megabytes=0.001)
    answers = [client.post("/feedback", json={"text": f"{number}" * 50, "label": "positive"}) for number in range(9)]
    full = [answer for answer in answers if answer.status_code != 200]
    assert problem_of(full[0], 507)["action"].startswith("Ask the operator of the service to move feedback.jsonl away")
    assert (settings.state / "feedback.jsonl").stat().st_size <= 1_000
    assert client.post("/predict", json={"text": "x"}).status_code == 200
    (settings.state / "feedback.jsonl").rename(settings.state / "old.jsonl")
    assert client.post("/feedback", json={"text": "9" * 50, "label": "positive"}).status_code == 200


def test_one_caller_cannot_fill_the_file_of_feedback(limited):
    client = limited(feedback_caller_megabytes=0.001)
    for number in range(9):
        last = client.post("/feedback", json={"text": f"{number}" * 50, "label": "positive"})
    problem_of(last, 429)
    assert 0 < int(last.headers["Retry-After"]) <= 86_401
    other = {"REMOTE_ADDR": "192.0.2.9"}
    assert client.post("/feedback", json={"text": "x", "label": "positive"}, environ_base=other).status_code == 200


def test_a_line_that_the_disk_cannot_hold_leaves_no_trace(client, settings):
    document = {"text": "x", "label": "positive"}
    client.post("/feedback", json=document)
    path = settings.state / "feedback.jsonl"
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, limits[1]))
    try:
        problem_of(client.post("/feedback", json=document | {"text": "y"}), 503)
        assert client.post("/predict", json={"text": "x"}).status_code == 200
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == before
    document["text"] = "y"
    assert client.post("/feedback", json=document).status_code == 200


def test_feedback_that_could_not_be_written_can_be_repeated(client, settings):
    document = {"prediction_id": prediction_id(client), "label": "positive"}
    (settings.state / "feedback.jsonl").mkdir()
    problem_of(client.post("/feedback", json=document), 503)
    (settings.state / "feedback.jsonl").rmdir()
    assert client.post("/feedback", json=document).status_code == 200


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({"prediction_id": "unknown", "label": "positive"}, 404),
        ({"prediction_id": 7, "label": "positive"}, 404),
        ({"prediction_id": "\ud800", "label": "positive"}, 404),
        ({"prediction_id": "x", "text": "x", "label": "positive"}, 404),
        ({"prediction_id": "x", "text": "", "label": "positive"}, 422),
        ({"prediction_id": "x", "text": "x", "label": "positive", "more": 1}, 422),
        ({"prediction_id": "x", "text": "x"}, 422),
        ({"label": "positive"}, 422),
        ({"prediction_id": "x"}, 422),
        ({"text": "x", "label": "wonderful"}, 422),
        ({"text": "x", "label": ["positive"]}, 422),
        ({"text": "", "label": "positive"}, 422),
        ({}, 422),
    ],
)
def test_invalid_feedback_is_refused(shared_client, document, status):
    problem_of(shared_client.post("/feedback", json=document), status)


def test_three_rejections_within_the_window_raise_one_alert(client, logged):
    for number in range(12):
        caller = {"REMOTE_ADDR": f"192.0.2.{number % 4}"}
        client.post("/feedback", json={"text": f"tweet {number}", "label": "negative"}, environ_base=caller)
        alerts = [line["level"] for line in logged if line["message"] == "misclassification_alert"]
        assert alerts == (["warning"] if number >= 2 else [])


def test_alert_window_survives_a_restart(client, settings, logged):
    for text in ("one", "two"):
        client.post("/feedback", json={"text": text, "label": "negative"})
    client.application.extensions["textlab_api"].close()
    restarted = create(settings, testing=True)
    logger.setLevel("INFO")
    restarted.test_client().post("/feedback", json={"text": "x", "label": "negative"})
    restarted.extensions["textlab_api"].close()
    assert [line["message"] for line in logged].count("misclassification_alert") == 1


def test_nothing_is_remembered_with_remember_minutes_zero(settings):
    app = create(settings.model_copy(update={"remember_minutes": 0}), testing=True)
    client = app.test_client()
    answer = client.post("/feedback", json={"prediction_id": prediction_id(client), "label": "positive"})
    assert answer.status_code == 404
    app.extensions["textlab_api"].close()
    assert b"secret" not in b"".join(path.read_bytes() for path in settings.state.glob("predictions*"))


def test_files_with_texts_are_readable_only_by_the_service_s_user(client, settings):
    client.post("/feedback", json={"prediction_id": prediction_id(client), "label": "negative"})
    kept = [*settings.state.glob("*.sqlite"), *settings.state.glob("*.jsonl"), *settings.state.glob("*.key")]
    assert len(kept) == 3
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
