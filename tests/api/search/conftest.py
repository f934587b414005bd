"""Promoted retrievers, and the app that serves them."""

import json
import shutil

import pytest
from promoted_retriever import write_encoder, write_tiny_retriever

from api.application import create
from api.settings import Settings


@pytest.fixture(scope="session")
def encoder(tmp_path_factory):
    """A SavedModel that encodes texts."""
    return write_encoder(tmp_path_factory.mktemp("encoder") / "model")


@pytest.fixture(scope="session")
def retrievers(tmp_path_factory, encoder):
    """Three bundles: with vectors, with vectors and terms, and with terms alone."""
    folder = tmp_path_factory.mktemp("retrievers")
    write_tiny_retriever(folder / "1", encoder)
    write_tiny_retriever(folder / "2", encoder, terms=True)
    write_tiny_retriever(folder / "3", None)
    return folder


@pytest.fixture
def talents(tmp_path, retrievers):
    """models/talents with these versions. Version 1 is the champion."""
    folder = tmp_path / "models" / "talents"
    shutil.copytree(retrievers, folder)
    (folder.parent / "catalog.json").write_text(json.dumps({"talents": {"champion": 1, "previous": 2}}))
    return folder


@pytest.fixture
def settings(talents, tmp_path):
    return Settings(model=talents, state=tmp_path / "state", log_level="error", load_trial=False)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory, retrievers):
    """A client of one service that all tests of a file share if they do not change its state."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copytree(retrievers / "1", folder / "talents" / "1")
    made = create(Settings(model=folder / "talents", state=folder / "state", log_level="error"), testing=True)
    yield made.test_client()
    made.extensions["textlab_api"].close()


@pytest.fixture
def word_searcher(tmp_path, retrievers):
    """A client of a service whose model has no vectors."""
    shutil.copytree(retrievers / "3", tmp_path / "words" / "1")
    made = create(Settings(model=tmp_path / "words", state=tmp_path / "state", log_level="error"), testing=True)
    yield made.test_client()
    made.extensions["textlab_api"].close()
