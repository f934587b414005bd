"""Addresses of clients, and the networks that the limits count as one caller."""

import functools
import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask import Request

UNKNOWN = "unknown"
CALLER_PREFIX = 64  # a customer gets at least a /64 of IPv6 addresses and may use each of them
# Some proxies add the client's port to X-Forwarded-For, and IPv6 addresses may name an interface.
WITH_PORT = re.compile(r"\[(?P<six>[^\]]*)\](?::\d+)?|(?P<four>[0-9.]+):\d+")


def address(request: Request) -> str:
    """The client's address, or "unknown" if the server or a proxy names none."""
    found = _parsed(request.remote_addr or "")
    return str(found) if found else UNKNOWN


def network(request: Request) -> str:
    """The client's IPv4 address or its IPv6 network: what counts as one caller if a request has no credentials."""
    return network_of(request.remote_addr or "")


@functools.lru_cache(4096)
def network_of(given: str) -> str:
    """The IPv4 address or the IPv6 network of an address in text form."""
    found = _parsed(given)
    if isinstance(found, IPv6Address):
        return str(ip_network((int(found), CALLER_PREFIX), strict=False))
    return str(found) if found else UNKNOWN


def _parsed(given: str) -> IPv4Address | IPv6Address | None:
    with_port = WITH_PORT.fullmatch(given)
    bare = (with_port["six"] or with_port["four"]) if with_port else given
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
