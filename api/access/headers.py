"""The response headers that protect the pages of the service in a browser."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Flask

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
HTTPS_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def register(app: Flask, https: bool) -> None:
    """Add the headers to every answer of `app` that does not set them itself."""
    headers = SECURITY_HEADERS | (HTTPS_HEADERS if https else {})
    app.wsgi_app = _Protected(app.wsgi_app, headers)  # type: ignore[method-assign]


class _Protected:
    """A WSGI app with additional response headers."""

    def __init__(self, app: WsgiApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = [(name.lower(), (name, value)) for name, value in headers.items()]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            set_already = {name.lower() for name, _ in headers}
            added = [header for name, header in self._headers if name not in set_already]
            return start_response(status, [*headers, *added], *error)

        return self._app(environ, start)
