"""The Flask app, put together."""

import os

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from api import access, admin, errors, feedback, health, logs, measurements, openapi, page, predict
from api.service import Service
from api.settings import Settings, SettingsError


def create(settings: Settings, testing: bool = False) -> Flask:
    """The app, with its model loaded and warmed up.

    Raises:
        SettingsError: debug is on outside tests, or there is no such model.
        BundleError: the model's bundle is refused.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow reads it when imported
    app = Flask("api", static_folder=None)
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
    access.register(app, settings)
    logs.register(app)
    errors.register(app)
    app.extensions["textlab_api"] = Service(settings)
    for part in (predict, feedback, health, admin, measurements, openapi, page):
        app.register_blueprint(part.blueprint)
    return app
