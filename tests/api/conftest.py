"""Promoted models that are quick to create, and the app that serves them."""

import json
import logging
import os

import pytest
from promoted import ADMIN_KEY, promote, real_bundle, two_versions, write_admin_key, write_constant_model
from slow_models import write_slow_model

from api.application import create
from api.observing.logs import JsonFormatter, logger
from api.settings import Settings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """A tiny logistic regression, exported by textlab."""
    return real_bundle(tmp_path_factory.mktemp("exported") / "bundle")


@pytest.fixture(scope="session")
def constant_models(tmp_path_factory):
    """SavedModels with constant answers: one predicts negative, two predicts positive."""
    folder = tmp_path_factory.mktemp("constant")
    write_constant_model(folder / "one", [0.9, 0.1])
    write_constant_model(folder / "two", [0.2, 0.8])
    return folder


@pytest.fixture
def models(tmp_path, constant_models):
    """models/sentiment with the versions 1 and 2. Version 2 is the champion."""
    return two_versions(constant_models, tmp_path / "models" / "sentiment")


@pytest.fixture
def settings(models, tmp_path):
    return Settings(model=models, state=tmp_path / "state", log_level="error", load_seconds=60, load_trial=False)


@pytest.fixture(scope="module")
def shared_client(tmp_path_factory, constant_models):
    """A client of one service that all tests of a file share if they do not change its state."""
    folder = tmp_path_factory.mktemp("shared")
    models = two_versions(constant_models, folder / "models" / "sentiment")
    made = create(Settings(model=models, state=folder / "state", log_level="error"), testing=True)
    yield made.test_client()
    made.extensions["textlab_api"].close()


@pytest.fixture(scope="session")
def picture_bundle(tmp_path_factory):
    """A bundle that reads text and image, exported by textlab."""
    from tiny_picture_model import write_picture_bundle

    folder = tmp_path_factory.mktemp("pictures") / "bundle"
    write_picture_bundle(folder)
    return folder


@pytest.fixture
def shop(tmp_path, picture_bundle):
    """Settings of a service whose model reads text and image."""
    models = tmp_path / "models" / "shop"
    promote(picture_bundle, models / "1")
    limits = {"max_characters": 100, "load_seconds": 60}  # models are measured with texts and pictures up to the limit
    return Settings(model=models, state=tmp_path / "state", log_level="error", load_trial=False, **limits)


@pytest.fixture(scope="module")
def shared_shop(tmp_path_factory, picture_bundle):
    """A client of a service of text and image that all tests of a file share if they do not change its state."""
    folder = tmp_path_factory.mktemp("shop")
    promote(picture_bundle, folder / "models" / "shop" / "1")
    settings = Settings(model=folder / "models" / "shop", state=folder / "state", log_level="error")
    made = create(settings, testing=True)
    yield made.test_client()
    made.extensions["textlab_api"].close()


@pytest.fixture
def opened_shop(shop, tmp_path):
    """A function that starts a service of text and image with more settings, and returns an admin's client of it."""
    apps = []

    def start(**changes):
        given = {"keys_file": write_admin_key(tmp_path), "feedback_limit": 0} | changes
        apps.append(create(shop.model_copy(update=given), testing=True))
        client = apps[-1].test_client()
        client.environ_base["HTTP_X_API_KEY"] = ADMIN_KEY
        return client

    yield start
    for app in apps:
        app.extensions["textlab_api"].close()


@pytest.fixture
def admin(settings, tmp_path):
    """A client that sends the API key of an admin."""
    changes = {"keys_file": write_admin_key(tmp_path), "feedback_limit": 0}
    made = create(settings.model_copy(update=changes), testing=True)
    client = made.test_client()
    client.environ_base["HTTP_X_API_KEY"] = ADMIN_KEY
    yield client
    made.extensions["textlab_api"].close()


@pytest.fixture(scope="session")
def odd_model(tmp_path_factory):
    """A SavedModel that fails, hangs or answers nonsense where a text asks for it."""
    return write_slow_model(tmp_path_factory.mktemp("odd") / "model", 1)


@pytest.fixture
def odd(models, odd_model):
    """Version 3 is the odd one."""
    return promote(odd_model, models / "3")


@pytest.fixture
def started(settings, tmp_path):
    """A function that starts a service with more settings, and returns an admin's client of it."""
    apps = []

    def start(**changes):
        given = {"keys_file": write_admin_key(tmp_path), "feedback_limit": 0} | changes
        app = create(settings.model_copy(update=given), testing=True)
        apps.append(app)
        client = app.test_client()
        client.environ_base["HTTP_X_API_KEY"] = ADMIN_KEY
        return client

    yield start
    for app in apps:
        app.extensions["textlab_api"].close()


@pytest.fixture
def app(settings):
    made = create(settings, testing=True)
    yield made
    made.extensions["textlab_api"].close()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def logged():
    """The log lines of the service from now on, parsed. Request it after the app, which sets the log level."""
    lines = []

    class Keeping(logging.Handler):
        def emit(self, record):
            lines.append(json.loads(JsonFormatter().format(record)))

    handler = Keeping()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lines
    logger.removeHandler(handler)
