"""The laboratory switches a real service over HTTP, and says why if that fails."""

from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from answering import answering, listening
from promoted import ADMIN_KEY, write_admin_key
from served import free_port

from api.application import create
from textlab.promotion.service import check_service, switch


@pytest.fixture
def service(settings, tmp_path):
    """The address of a service of the model sentiment, which serves the champion, number 2."""
    app = create(settings.model_copy(update={"keys_file": write_admin_key(tmp_path)}), testing=True)
    with answering(app) as url:
        yield url
    app.extensions["textlab_api"].close()


def other_server(status, headers=(), body=b""):
    """A server that is no service of textlab."""

    class Other(BaseHTTPRequestHandler):
        def answer(self):
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815  the library's names

        def log_message(self, *_):
            pass

    return listening(HTTPServer(("127.0.0.1", 0), Other))


def test_service_is_switched_and_says_what_it_served_before(service):
    check_service(service, "sentiment")
    assert switch(f"{service}/", 1, ADMIN_KEY) == 2
    assert switch(service, 2, ADMIN_KEY) == 1


@pytest.mark.parametrize(
    ("number", "key", "message"),
    [
        (1, "wrong-key", r"refused with status 401: The credentials are not valid\. Send a valid key"),
        (9, ADMIN_KEY, r"refused with status 404: .* no such version\. Choose champion, .* or one of: 1, 2"),
    ],
)
def test_refusal_of_the_service_is_told_without_the_key(service, number, key, message):
    with pytest.raises(ValueError, match=message) as caught:
        switch(service, number, key)
    assert key not in str(caught.value)
    assert switch(service, 2, ADMIN_KEY) == 2  # it still serves what it did


def test_bundle_that_the_service_cannot_load_leaves_it_as_it_was(service, models):
    (models / "1" / "saved_model.pb").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"status 422: .*does not match its manifest.* previous version still serves"):
        switch(service, 1, ADMIN_KEY)
    assert switch(service, 2, ADMIN_KEY) == 2


def test_service_of_another_model_is_not_switched(service):
    with pytest.raises(ValueError, match=r"serves the model sentiment, not irony\. Give the address"):
        check_service(service, "irony")


def test_address_where_nobody_answers_is_named():
    with pytest.raises(ValueError, match=r"No service answers at http://127\.0\.0\.1:\d+ \(ConnectionError\)\. Check"):
        check_service(f"http://127.0.0.1:{free_port()}", "sentiment")
    with pytest.raises(ValueError, match=r"localhost:8000 is not the address of a service\. Write it like http://"):
        check_service("localhost:8000", "sentiment")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"model": "sentiment"}'])
def test_server_that_is_no_service_is_named(body):
    with other_server(200, body=body) as url, pytest.raises(ValueError, match="does not answer /health/ready like"):
        check_service(url, "sentiment")


def test_redirection_does_not_carry_the_key_away():
    with other_server(200, body=b'{"model": {"name": "x"}, "before": 1}') as thief:
        headers = [("Location", f"{thief}/models/load/1")]
        with other_server(307, headers) as url, pytest.raises(ValueError, match="status 307"):
            switch(url, 1, ADMIN_KEY)
