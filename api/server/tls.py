"""TLS whose handshakes do not delay other connections."""

import ssl
from typing import Any

import gevent.ssl


def tls_context(certificate: str, key: str) -> gevent.ssl.SSLContext:
    """The TLS context of a server with this certificate (PEM files)."""
    context = gevent.ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def wrapped(context: gevent.ssl.SSLContext, client: Any) -> Any:
    """The connection over TLS. The caller performs the handshake, in the greenlet of this connection alone."""
    return context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
