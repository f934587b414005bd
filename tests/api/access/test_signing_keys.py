"""The keys of tokens, from key servers in every state. Checking a token never waits for them."""

import json
import time
from contextlib import closing, contextmanager

import pytest
from issuer import AUDIENCE, EC_KEY, ISSUER, key_server, public_keys, token

from api.access import key_sources, signing_keys
from api.access.tokens import Tokens
from api.problems import Problem
from api.settings import Settings


@pytest.fixture
def server():
    with key_server() as made:
        yield made


@contextmanager
def tokens_of(server):
    made = Tokens(Settings(jwks=server.address, jwt_issuer=ISSUER, jwt_audience=AUDIENCE))
    try:
        yield made
    finally:
        made.close()


def outcome(tokens, given, client="192.0.2.1"):
    """The name of the caller, None for an invalid token, or the status of the problem. It must not take long."""
    started, problem = time.monotonic(), None
    try:
        caller = tokens.caller(given, client)
    except Problem as raised:
        problem = raised
    assert time.monotonic() - started < 2, "the check has waited"
    if problem is None:
        return caller.name if caller else None
    assert int(problem.headers["Retry-After"]) >= 1
    return problem.status


def settled(tokens, given, expected, client="192.0.2.1"):
    """Return whether the outcome becomes `expected`."""
    until = time.monotonic() + 60
    while (found := outcome(tokens, given, client)) != expected:
        assert time.monotonic() < until, found
        time.sleep(0.02)
    return True


@pytest.fixture
def quick(monkeypatch):
    """Let unknown names ask for keys every 0.1 seconds, and downloads last 0.3 seconds."""
    monkeypatch.setattr(key_sources, "FROM_SERVER", signing_keys.Schedule(300, 0.1, on_demand=True))
    monkeypatch.setattr(key_sources, "DOWNLOAD_SECONDS", 0.3)
    monkeypatch.setattr(signing_keys, "FIRST_RETRY_SECONDS", 0.05)


def test_keys_are_fetched_once_for_many_tokens(server):
    with tokens_of(server) as tokens:
        settled(tokens, token(), "token of robot")
        assert [outcome(tokens, token()) for _ in range(20)] == ["token of robot"] * 20
        assert server.asked == 1


@pytest.mark.parametrize("manner", ["hangs", "dribbles", "redirects", "fails"])
def test_tokens_get_503_until_the_keys_arrive(server, quick, manner):
    server.manner = manner
    with tokens_of(server) as tokens:
        until = time.monotonic() + 60
        while server.asked < 3 and time.monotonic() < until:
            assert outcome(tokens, token()) == 503
        assert server.asked >= 3, "a bad answer must not end the attempts"
        server.manner = "answers"
        settled(tokens, token(), "token of robot")


@pytest.mark.parametrize("content", [b"x" * 300_000, b"{}", b"[" * 100_000, b'{"keys": [{"kty": "oct", "k": "x"}]}'])
def test_an_unusable_answer_keeps_the_previous_keys(server, quick, content):
    with tokens_of(server) as tokens:
        settled(tokens, token(), "token of robot")
        server.content, asked = content, server.asked
        assert outcome(tokens, token(kid="new")) == 503
        until = time.monotonic() + 60
        while server.asked < asked + 2 and time.monotonic() < until:
            assert outcome(tokens, token()) == "token of robot"
            assert outcome(tokens, token(kid="new")) == 503, "without an answer, nobody knows that the key is forged"


def test_a_new_key_is_picked_up_when_a_token_names_it(server, quick):
    with tokens_of(server) as tokens:
        settled(tokens, token(), "token of robot")
        server.content = json.dumps(public_keys(rsa_name="new")).encode()
        assert outcome(tokens, token(kid="new")) == 503
        settled(tokens, token(kid="new"), "token of robot")
        assert outcome(tokens, token(EC_KEY, "ES256", "ec")) == "token of robot"


def test_a_forged_key_id_is_refused_as_soon_as_the_server_was_asked(server, quick):
    with tokens_of(server) as tokens:
        settled(tokens, token(), "token of robot")
        assert outcome(tokens, token(kid="forged")) == 503
        settled(tokens, token(kid="forged"), None)
        asked = server.asked
        assert [outcome(tokens, token(kid="forged")) for _ in range(20)] == [None] * 20
        time.sleep(0.2)
        assert server.asked == asked, "a refused key id asks again only later"


def test_forged_key_ids_ask_the_server_rarely_and_are_limited_for_each_address(server):
    with tokens_of(server) as tokens:
        settled(tokens, token(), "token of robot")
        first = [outcome(tokens, token(kid=f"forged-{number}")) for number in range(50)]
        assert first == [503] * 5 + [429] * 45
        assert outcome(tokens, token(kid="other"), "192.0.2.2") == 503, "another address has its own limit"
        assert outcome(tokens, token()) == "token of robot", "a known key is never limited"
        assert server.asked <= 2


def test_unknown_key_ids_are_remembered_within_bounds(server, monkeypatch):
    monkeypatch.setattr(signing_keys, "UNKNOWN_NAMES", 10)
    with tokens_of(server) as tokens:
        settled(tokens, token(), "token of robot")
        for number in range(50):
            outcome(tokens, token(kid=f"forged-{number}"), f"192.0.2.{number}")
        assert outcome(tokens, token(kid="x" * 1_000)) is None, "a long key id is not remembered at all"
        assert len(tokens._keys._asked) == 10


def test_keys_that_were_not_confirmed_for_a_day_are_not_used(server, monkeypatch):
    with tokens_of(server) as tokens:
        settled(tokens, token(), "token of robot")
        monkeypatch.setattr(signing_keys, "KEPT_SECONDS", 0.0)
        assert outcome(tokens, token()) == 503


def test_a_file_that_cannot_be_read_keeps_the_previous_keys(tmp_path, quick, monkeypatch):
    monkeypatch.setattr(key_sources, "FROM_FILE", signing_keys.Schedule(0.05, 0.05, on_demand=False))
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(public_keys()))
    with closing(Tokens(Settings(jwks=str(file), jwt_issuer=ISSUER, jwt_audience=AUDIENCE))) as tokens:
        for damage in (lambda: file.write_text("nonsense"), file.unlink):
            damage()
            until = time.monotonic() + 60
            while not tokens._keys._failures and time.monotonic() < until:
                time.sleep(0.02)
            assert tokens._keys._failures, "the file was not read again"
            assert outcome(tokens, token()) == "token of robot"
            file.write_text(json.dumps(public_keys(rsa_name="new")))
            settled(tokens, token(kid="new"), "token of robot")
            file.write_text(json.dumps(public_keys()))
            settled(tokens, token(), "token of robot")


def test_sixty_junk_tokens_do_not_wait_for_a_key_server_that_hangs(settings, server):
    from api.application import create

    server.manner = "hangs"
    changes = {"jwks": server.address, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    app = create(settings.model_copy(update=changes), testing=True)
    client, started = app.test_client(), time.monotonic()
    for number in range(60):
        headers = {"Authorization": f"Bearer {token(kid=f'forged-{number}')}"}
        assert client.post("/predict", json={"text": "x"}, headers=headers).status_code == 503
        assert client.post("/predict", json={"text": "x"}).status_code == 200
    assert time.monotonic() - started < 20  # each had cost five seconds
    app.extensions["textlab_api_access"].close()
    app.extensions["textlab_api"].close()
