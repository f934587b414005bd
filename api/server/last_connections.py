"""The last connections before the service ends: those that were made are answered, later ones are refused.

A worker accepts the connections that wait and then closes the listening socket. The kernel would reset a connection
that is made between the two. A filter on the socket, which drops the first packet of every new connection, closes that
gap on Linux. The client sends the packet again, and is then refused, because nobody listens.
"""

import array
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

ATTACH_FILTER = 26  # SO_ATTACH_FILTER in asm-generic/socket.h; Python does not name it
DROP_ALL = struct.pack("=HBBI", 0x06, 0, 0, 0)  # one instruction (struct sock_filter): return 0 bytes of each packet


def drop_new_connections_at_the_end(arbiter: Any) -> None:
    """Let gunicorn's main process drop new connections before it tells the workers to stop."""
    stop: Callable[..., None] = arbiter.stop

    def stop_listening(graceful: bool = True) -> None:
        for listener in arbiter.LISTENERS:
            drop_new_connections(listener.sock)
        stop(graceful)

    arbiter.stop = stop_listening


def drop_new_connections(listener: socket.socket) -> None:
    """Drop the first packet of every new connection to a listening socket, which its copies in other processes share.

    Connections that wait to be accepted stay. On other systems than Linux, this does nothing.
    """
    if not sys.platform.startswith("linux"):
        return
    program = array.array("B", DROP_ALL)
    address, _ = program.buffer_info()
    with suppress(OSError):  # without the filter, the gap is short
        listener.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, struct.pack("HP", 1, address))
