"""The check of the header Host, which keeps foreign web pages away from a service on this machine.

A page can make its own name resolve to 127.0.0.1 (DNS rebinding). The browser then lets it read the answers of a local
service, but still sends the page's name in Host.
"""

import functools
from ipaddress import ip_address

from flask import Flask, request

from api.problems import Problem
from api.settings import Settings

LOCALHOST = "localhost"
REMEMBERED_HOSTS = 1024


class Hosts:
    """The names and addresses that requests may name as their host.

    Args:
        listening: the address that the service listens on. On a loopback address, only loopback addresses may be named;
            on any other, every address may.
        names: further names or addresses.
    """

    def __init__(self, listening: str, names: list[str]) -> None:
        self._names = {LOCALHOST} | {name.lower().strip("[]") for name in names}
        self._on_loopback = _is_loopback(listening.strip("[]"))
        self.checked = self._on_loopback or bool(names)
        self.allows = functools.lru_cache(REMEMBERED_HOSTS)(self._allows)

    def _allows(self, host: str) -> bool:
        """Return whether a request may name this host, which may end in a port."""
        name = _without_port(host).lower().rstrip(".")
        if name in self._names:
            return True
        return _is_loopback(name) if self._on_loopback else _is_address(name)


def register(app: Flask, settings: Settings) -> None:
    """Refuse requests of `app` that name a foreign host. Call this after the request context is registered."""
    names = [name.strip() for name in settings.hosts.split(",") if name.strip()]
    hosts = Hosts(settings.host, names)
    if not hosts.checked:
        return

    @app.before_request
    def check() -> None:
        host = request.environ.get("HTTP_HOST")
        if host is not None and not hosts.allows(host):  # every browser sends the header
            raise Problem(
                421,
                "The service does not answer for the host that the request names.",
                "Use localhost or the service's address, or add the name to TEXTLAB_API_HOSTS.",
            )


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    return name.lower() == LOCALHOST or (_is_address(name) and ip_address(name).is_loopback)
