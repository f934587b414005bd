"""New connections to a listening socket that is about to close."""

import socket
import sys

import pytest

from api.server.last_connections import drop_new_connections


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the filter exists on Linux only")
def test_a_connection_that_waits_is_accepted_and_a_new_one_is_not_made():
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as early:
        copy = listener.dup()  # as in another process
        drop_new_connections(listener)
        with pytest.raises(TimeoutError):
            socket.create_connection(listener.getsockname(), timeout=0.2)
        early.sendall(b"request")
        accepted, _ = copy.accept()
        assert accepted.recv(16) == b"request"
        copy.settimeout(0)
        with pytest.raises(BlockingIOError):
            copy.accept()
        accepted.close()
        copy.close()
