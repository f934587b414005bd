"""The Flask app, assembled from the packages of the service."""

import os

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from api import context, problems
from api.access import audit, guard, headers, hosts
from api.endpoints import admin, explain, failures, feedback, health, metrics, openapi, page, predict, search
from api.lean_flask import LeanFlask
from api.observing import errors, logs, requests
from api.serving.service import EXTENSION, Service
from api.settings import RUN, Settings, SettingsError

ENDPOINTS = (predict, explain, search, feedback, health, admin, metrics, openapi, page)


def log_this_process() -> None:
    """Send uncaught errors and the records of other libraries to the log. Call this once in a process."""
    errors.log_uncaught()
    logs.configure_others()


def create(settings: Settings, testing: bool = False, application: type[Flask] = LeanFlask) -> Flask:
    """Create the app, with its model loaded and warmed up.

    Args:
        settings: the settings of the service.
        testing: whether a test creates it.
        application: the class of the app. Plain `Flask` gives the same answers more slowly.

    Raises:
        SettingsError: debug mode is on outside tests, settings are invalid, or the model does not exist.
        BundleError: the model's bundle fails a check.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow reads it when it is loaded
    app = application("api", static_folder=None)
    if app.debug and not testing:
        raise SettingsError(
            "Debug mode is on (FLASK_DEBUG or --debug), which lets a visitor run code. Start the service without it."
        )
    app.testing = testing
    logs.configure(settings.log_level)
    access = guard.Access(settings, settings.workers if RUN in os.environ else 1)
    service = Service(settings)
    app.extensions[EXTENSION] = service
    app.config["MAX_CONTENT_LENGTH"] = service.max_body_bytes
    _register(app, settings, access, service)
    return app


def _register(app: Flask, settings: Settings, access: guard.Access, service: Service) -> None:
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    headers.register(app, https=settings.tls_certificate is not None)
    context.register(app)
    hosts.register(app, settings)
    requests.register(app, service.metrics, service.telemetry)
    guard.register(app, access)
    audit.register(app)
    problems.register(app, service.telemetry.failure)
    failures.register(app, settings, service.count_model_error, service.model.one)
    for endpoint in ENDPOINTS:
        app.register_blueprint(endpoint.blueprint)
