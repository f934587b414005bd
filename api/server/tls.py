"""TLS whose handshakes do not delay other connections."""

import ssl
from typing import Any

import gevent.ssl


class TLSContext(gevent.ssl.SSLContext):
    """Python's TLS for servers, without the handshake, which `Worker.handle` performs."""

    def wrap_socket(self, sock: Any, **keywords: Any) -> Any:
        """Wrap a socket without performing the handshake."""
        return super().wrap_socket(sock, **keywords | {"do_handshake_on_connect": False})


def tls_context(certificate: str, key: str) -> TLSContext:
    """The TLS context of a server with this certificate (PEM files)."""
    context = TLSContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context
