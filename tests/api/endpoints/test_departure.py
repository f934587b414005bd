import socket
import sys

import pytest
from flask import Request

from api.endpoints.departure import client_has_left


def request_over(connection):
    return Request({"gunicorn.socket": connection})


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells that the other side has closed a connection")
def test_client_that_closes_its_connection_has_left_even_if_it_sent_more():
    client, server = socket.socketpair()
    assert not client_has_left(request_over(server))
    client.sendall(b"the next request")
    assert not client_has_left(request_over(server))
    client.close()
    assert client_has_left(request_over(server))
    server.close()
    assert client_has_left(request_over(server))


def test_client_without_a_known_connection_never_seems_to_have_left():
    assert not client_has_left(Request({}))
