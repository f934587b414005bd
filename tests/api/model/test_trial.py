"""Versions are loaded in a process of their own first. Its limits hold whatever a model does."""

import time

import psutil
import pytest
from promoted import promote
from slow_models import write_hanging_start

from api.model.trial import TrialError, try_version
from api.serving.service import Service
from api.serving.switching import SwapError
from api.settings import Settings


def settings_with(folder, **limits):
    return Settings(model=folder, state=folder.parent / "state", log_level="error", **limits)


def trials():
    """The trials that still run."""
    return [child for child in psutil.Process().children() if "api.model.trial" in child.cmdline()]


def test_good_version_passes(models):
    try_version(2, settings_with(models))


def test_version_that_hangs_is_refused_in_time_and_never_reaches_a_worker(models, tmp_path):
    promote(write_hanging_start(tmp_path / "hanging"), models / "3")
    service = Service(settings_with(models, load_seconds=4))
    started = time.perf_counter()
    with pytest.raises(SwapError, match=r"Version 3 was not loaded within 4 seconds"):
        service.switching.swap("3")
    assert time.perf_counter() - started < 8
    assert service.current.workers.pending() is None
    assert service.classification.predictions.predict(["x"]).model.number == 2
    service.close()
    assert trials() == []


def test_version_that_needs_too_much_memory_is_refused(models):
    with pytest.raises(TrialError, match="Version 2 needs more than 64 MB to load"):
        try_version(2, settings_with(models, load_megabytes=64))
    assert trials() == []


def test_damaged_version_is_refused_with_the_reason(models):
    (models / "1" / "assets.extra" / "card.json").write_text("{}")
    with pytest.raises(TrialError, match="does not match its manifest"):
        try_version(1, settings_with(models))


def test_end_of_the_process_is_a_reason_of_its_own(models, monkeypatch):
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(TrialError, match="Version 2 crashed the process that loaded it"):
        try_version(2, settings_with(models))
