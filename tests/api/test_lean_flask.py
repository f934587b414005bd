import pytest
from flask import Flask

from api.application import create
from api.lean_flask import LeanFlask

TEXT = {"text": "a lovely crew"}
REQUESTS = {
    "one text": ("POST", "/predict", {"json": TEXT}),
    "two texts": ("POST", "/predict", {"json": {"texts": ["a", "b"]}}),
    "no JSON": ("POST", "/predict", {"data": "{", "content_type": "application/json"}),
    "an invalid body": ("POST", "/predict", {"json": {"text": 5}}),
    "another method": ("GET", "/predict", {}),
    "OPTIONS": ("OPTIONS", "/predict", {}),
    "HEAD": ("HEAD", "/health/live", {}),
    "a page": ("GET", "/", {}),
    "no such path": ("GET", "/nothing", {}),
    "a slash too many": ("GET", "/health/", {}),
    "double slashes": ("GET", "//health//live", {}),
    "a path that is not ASCII": ("GET", "/models/ä%20€", {}),
    "a query": ("GET", "/health?a=ä&b", {}),
    "admins only": ("POST", "/models/load/1", {}),
    "a foreign host": ("GET", "/health/live", {"headers": {"Host": "elsewhere.example"}}),
    "a host with a port": ("GET", "/health/live", {"headers": {"Host": "127.0.0.1:8000"}}),
    "a host that is none": ("GET", "/health/live", {"headers": {"Host": "a..b c"}}),
}


@pytest.fixture(scope="module")
def clients(tmp_path_factory, constant_models):
    from promoted import two_versions

    from api.settings import Settings

    folder = tmp_path_factory.mktemp("lean")
    models = two_versions(constant_models, folder / "models" / "sentiment")
    apps = [
        create(Settings(model=models, state=folder / kind.__name__, log_level="error"), testing=True, application=kind)
        for kind in (LeanFlask, Flask)
    ]
    yield [app.test_client() for app in apps]
    for app in apps:
        app.extensions["textlab_api"].close()


def answer(client, name):
    """The status, the headers and the body of an answer, without what differs from request to request."""
    method, path, options = REQUESTS[name]
    options = options | {"headers": {"X-Request-ID": "same-for-both"} | options.get("headers", {})}
    found = client.open(path, method=method, **options)
    body = found.json if found.is_json and found.data else found.data
    for prediction in body.get("predictions", []) if isinstance(body, dict) else []:
        assert prediction.pop("prediction_id")
    if isinstance(body, dict):
        body.pop("uptime_seconds", None)
    headers = {key: value for key, value in found.headers.items() if key != "Content-Length" or not found.is_json}
    return found.status_code, headers, body


@pytest.mark.parametrize("name", REQUESTS)
def test_the_lean_app_gives_the_same_answer_as_plain_flask(clients, name):
    lean, plain = clients
    assert answer(lean, name) == answer(plain, name)


def test_no_function_is_registered_that_the_lean_app_would_not_call(clients):
    app = clients[0].application
    assert set(app.before_request_funcs) | set(app.after_request_funcs) == {None}
    assert not any([app.teardown_request_funcs, app.teardown_appcontext_funcs, app.url_value_preprocessors])
