"""The Flask app, put together."""

import os
from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

from api import problems
from api.access import guard
from api.endpoints import admin, feedback, health, openapi, page, predict
from api.observing import logs, measurements
from api.serving.service import Service
from api.settings import Settings, SettingsError


class _NoSessions(SessionInterface):
    """A session that refuses whoever would write into it."""

    _null = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return self._null


class _Application(Flask):
    """Flask without what each request would pay for and none uses: coroutines and sessions."""

    session_interface = _NoSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: none here is a coroutine."""
        return func


def create(settings: Settings, testing: bool = False) -> Flask:
    """The app, with its model loaded and warmed up.

    Raises:
        SettingsError: debug is on outside tests, or there is no such model.
        BundleError: the model's bundle is refused.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow reads it when loaded
    app = _Application("api", static_folder=None)
    if app.debug and not testing:
        raise SettingsError(
            "Debug is on (FLASK_DEBUG or --debug), which lets a visitor run code. The service expects it off. "
            "Start without it."
        )
    app.testing = testing
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    logs.configure(settings.log_level)
    measurements.register(app)  # Flask calls these from the last to the first: the time is known before it is counted
    guard.register(app, settings)
    logs.register(app)
    problems.register(app)
    app.extensions["textlab_api"] = Service(settings)
    for part in (predict, feedback, health, admin, measurements, openapi, page):
        app.register_blueprint(part.blueprint)
    return app
