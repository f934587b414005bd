"""The check for clients that leave before their answer. The service computes nothing more for them."""

import select

from flask import Request

LEFT = getattr(select, "POLLRDHUP", 0)  # Linux only; elsewhere, the deadline ends the work


def client_has_left(request: Request) -> bool:
    """Return whether the client of `request` has closed its side of the connection.

    gunicorn names the connection in the request's environment. Without it, a client never seems to have left.
    """
    connection = request.environ.get("gunicorn.socket")
    if connection is None or not LEFT:
        return False
    try:
        poller = select.poll()
        poller.register(connection.fileno(), LEFT)
        return bool(poller.poll(0))
    except (OSError, ValueError):
        return True  # the connection is closed
