import base64
import hashlib
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from issuer import AUDIENCE, EC_KEY, ISSUER, RSA_KEY, bearer, public_keys, token
from problem import problem_of
from promoted import two_versions

from api.application import create
from api.settings import Settings, SettingsError

STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@contextmanager
def guarding(settings, folder):
    """A client of a service that requires a key or a token."""
    keys = {
        name: {"sha256": hashlib.sha256(f"{name}-key".encode()).hexdigest(), "roles": roles}
        for name, roles in {"reader": ["predict"], "critic": ["feedback"], "boss": ["admin"]}.items()
    }
    (folder / "keys.json").write_text(json.dumps(keys))
    (folder / "jwks.json").write_text(json.dumps(public_keys()))
    changes = {
        "open": False,
        "keys_file": folder / "keys.json",
        "jwks": str(folder / "jwks.json"),
        "jwt_issuer": ISSUER,
        "jwt_audience": AUDIENCE,
    }
    made = create(settings.model_copy(update=changes), testing=True)
    yield made.test_client()
    made.extensions["textlab_api"].close()


@pytest.fixture
def guarded(settings, tmp_path):
    with guarding(settings, tmp_path) as client:
        yield client


@pytest.fixture(scope="module")
def always_guarded(constant_models, tmp_path_factory):
    """One service for all tests of refused credentials. Together they stay below its limit of failures."""
    folder = tmp_path_factory.mktemp("guarded")
    settings = Settings(
        model=two_versions(constant_models, folder / "models/sentiment"), state=folder / "state", log_level="error"
    )
    with guarding(settings, folder) as client:
        yield client


def status(client, path, headers, document=None):
    return client.post(path, json=document, headers=headers).status_code


def test_each_role_opens_only_its_own_endpoint(guarded):
    doors = {"reader": "/predict", "critic": "/feedback", "boss": "/models/load/1"}
    documents = {"/predict": {"text": "x"}, "/feedback": {"text": "x", "label": "positive"}, "/models/load/1": None}
    for name, door in doors.items():
        found = {
            path: status(guarded, path, {"X-API-Key": f"{name}-key"}, document) for path, document in documents.items()
        }
        assert found == {path: 200 if path == door else 403 for path in documents}


def test_without_credentials_only_public_endpoints_answer(guarded):
    answer = guarded.post("/predict", json={"text": "x"})
    problem_of(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    problem_of(guarded.post("/feedback", json={"text": "x", "label": "positive"}), 401)
    problem_of(guarded.post("/models/load/1"), 401)
    problem_of(guarded.get("/metrics"), 401)
    assert guarded.get("/health/ready").status_code == 200


def test_open_service_still_guards_its_admin_calls(client):
    assert client.post("/predict", json={"text": "x"}).status_code == 200
    problem_of(client.post("/models/load/1"), 401)
    problem_of(client.get("/metrics"), 401)
    assert client.get("/health/ready").get_json()["model"]["version"] == 2


def test_setting_opens_the_metrics_and_nothing_else(settings, logged):
    app = create(settings.model_copy(update={"open": False, "open_metrics": True}), testing=True)
    client = app.test_client()
    logged.clear()
    assert client.get("/metrics").status_code == 200
    assert client.get("/openapi.json").get_json()["paths"]["/metrics"]["get"]["security"][0] == {}
    assert not [line for line in logged if line["message"] == "audit"], "a scrape is no admin call"
    problem_of(client.get("/metrics", headers={"X-API-Key": "guessed"}), 401)
    problem_of(client.post("/predict", json={"text": "x"}), 401)
    problem_of(client.post("/models/load/1"), 401)
    app.extensions["textlab_api"].close()


@pytest.mark.parametrize("arguments", [(RSA_KEY, "RS256", "rsa"), (EC_KEY, "ES256", "ec")])
def test_token_of_either_algorithm_is_accepted(guarded, arguments):
    assert status(guarded, "/predict", bearer(*arguments), {"text": "x"}) == 200
    assert status(guarded, "/models/load/1", bearer(*arguments)) == 200


def test_roles_may_be_words_of_a_scope_and_unknown_roles_are_ignored(guarded):
    assert status(guarded, "/predict", bearer(roles="predict other"), {"text": "x"}) == 200
    assert status(guarded, "/predict", bearer(roles=["owner"]), {"text": "x"}) == 403
    assert status(guarded, "/predict", bearer(roles=None), {"text": "x"}) == 403
    assert status(guarded, "/predict", bearer(roles={"predict": 1}), {"text": "x"}) == 403


FORGED = {
    "expired": lambda: token(exp=int(time.time()) - 60),
    "not yet valid": lambda: token(nbf=int(time.time()) + 600),
    "without an end": lambda: token(exp=None),
    "for another audience": lambda: token(aud="api://other"),
    "for no audience": lambda: token(aud=None),
    "of another issuer": lambda: token(iss="https://evil.example"),
    "of nobody": lambda: token(sub=None),
    "of another key": lambda: token(STRANGER),
    "with an unknown key id": lambda: token(kid="other"),
    "without a key id": lambda: token(kid=None),
    "with the key of the other algorithm": lambda: token(kid="ec"),
    "alg none": lambda: token(None, "none"),
    "signed with the public key as a secret": lambda: token(public_keys()["keys"][0]["n"], "HS256"),
    "another signature": lambda: token()[:-6] + "AAAAAA",
    "with a header that is nested too deeply": lambda: base64.urlsafe_b64encode(b"[" * 5_000).decode() + ".e30.AA",
    "no token": lambda: "nonsense",
    "empty": lambda: "",
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_token_is_refused(always_guarded, name):
    problem_of(
        always_guarded.post("/predict", json={"text": "x"}, headers={"Authorization": f"Bearer {FORGED[name]()}"}), 401
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": "boss-kez"},
        {"X-API-Key": ""},
        {"Authorization": "Basic Ym9zczprZXk="},
        {"Authorization": "boss-key"},
    ],
)
def test_wrong_credentials_are_refused(always_guarded, headers):
    problem_of(always_guarded.post("/models/load/1", headers=headers), 401)


def test_wrong_credentials_are_refused_even_on_an_open_service(client):
    problem_of(client.post("/predict", json={"text": "x"}, headers={"X-API-Key": "guess"}), 401)


def test_repeated_wrong_credentials_are_rate_limited(guarded):
    found = [status(guarded, "/predict", {"X-API-Key": f"guess-{number}"}) for number in range(40)]
    assert found[0] == 401
    assert found[-1] == 429


def test_changed_jwks_file_is_read_again(guarded, tmp_path):
    document = {"keys": public_keys()["keys"][1:]}
    assert status(guarded, "/predict", bearer(), {"text": "x"}) == 200
    (tmp_path / "jwks.json").write_text(json.dumps(document))
    os.utime(tmp_path / "jwks.json", (1, 1))
    until = time.monotonic() + 60
    while status(guarded, "/predict", bearer(), {"text": "x"}) == 200 and time.monotonic() < until:
        time.sleep(0.05)
    assert status(guarded, "/predict", bearer(), {"text": "x"}) == 401
    (tmp_path / "jwks.json").write_text("nonsense")
    assert status(guarded, "/predict", bearer(EC_KEY, "ES256", "ec"), {"text": "x"}) == 200


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"jwks": "missing.json"}, "requires both TEXTLAB_API_JWT_ISSUER and TEXTLAB_API_JWT_AUDIENCE"),
        ({"jwks": "missing.json", "jwt_issuer": "i", "jwt_audience": "a"}, "which is not a JWKS file"),
        ({"jwks": "http://keys.example/k", "jwt_issuer": "i", "jwt_audience": "a"}, "neither an https URL nor a file"),
        ({"keys_file": "missing.json"}, "TEXTLAB_API_KEYS_FILE names missing.json"),
    ],
)
def test_invalid_access_settings_are_refused(settings, changes, message):
    from api.access.guard import Access

    with pytest.raises(SettingsError, match=message):
        Access(type(settings).model_validate(settings.model_dump() | changes))


def test_key_from_the_command_gives_access(settings, tmp_path):
    made = subprocess.run(
        [sys.executable, "-m", "api", "key", "me", "admin"], capture_output=True, text=True, check=True
    )
    key = made.stderr.splitlines()[0].split(": ")[1]
    assert key not in made.stdout
    (tmp_path / "keys.json").write_text(made.stdout)
    app = create(settings.model_copy(update={"keys_file": tmp_path / "keys.json"}), testing=True)
    assert status(app.test_client(), "/models/load/1", {"X-API-Key": key}) == 200
    app.extensions["textlab_api"].close()


def test_each_caller_has_its_own_rate_limit(settings):
    app = create(settings.model_copy(update={"rate_limit": 5}), testing=True)
    client = app.test_client()
    found = [client.post("/predict", json={"text": "x"}) for _ in range(7)]
    assert [answer.status_code for answer in found] == [200] * 5 + [429] * 2
    assert (
        problem_of(found[-1], 429)["detail"] == "Rate limit exceeded (5 requests per minute). Retry after 12 seconds."
    )
    assert found[-1].headers["Retry-After"] == "12"
    other = client.post("/predict", json={"text": "x"}, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 200
    app.extensions["textlab_api"].close()


def test_admin_calls_are_audited_and_no_secret_is_logged(guarded, logged):
    guarded.post("/models/load/1", headers={"X-API-Key": "boss-key"})
    guarded.post("/models/load/2", headers={"X-API-Key": "reader-key"})
    guarded.post("/predict", json={"text": "x"}, headers=bearer())
    audit = [line for line in logged if line["message"] == "audit"]
    assert [(line["status"], line["arguments"]) for line in audit] == [(200, {"version": "1"}), (403, {"version": "2"})]
    assert [(line["caller"], line["credentials"]) for line in audit] == [("key boss", "valid"), ("key reader", "valid")]
    assert "boss-key" not in json.dumps(logged)
    assert "eyJ" not in json.dumps(logged)


def test_the_audit_tells_refused_credentials_from_none(client, logged):
    client.post("/models/load/1")
    client.post("/models/load/1", headers={"X-API-Key": "guessed"})
    audit = [line for line in logged if line["message"] == "audit"]
    assert [(line["caller"], line["credentials"]) for line in audit] == [(None, "none"), (None, "refused")]


def test_every_answer_has_the_security_headers(client):
    for answer in (client.get("/health"), client.get("/nothing"), client.post("/predict", json={"text": "x"})):
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_address_behind_a_trusted_proxy_is_the_client_s(settings):
    app = create(settings.model_copy(update={"rate_limit": 1, "proxies": 1}), testing=True)
    client = app.test_client()
    found = [
        client.post("/predict", json={"text": "x"}, headers={"X-Forwarded-For": address}).status_code
        for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1")
    ]
    assert found == [200, 200, 429]
    app.extensions["textlab_api"].close()
