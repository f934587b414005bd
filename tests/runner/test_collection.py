"""The garbage collector pauses while the command starts, unless the user switches that off."""

import gc

import pytest

from textlab.runner.collection import SWITCH, collection_paused


@pytest.fixture(autouse=True)
def unfreeze():
    gc.unfreeze()  # a service that ran earlier in this process froze its objects
    yield
    gc.unfreeze()


def test_collector_pauses_and_then_ignores_what_exists():
    with collection_paused():
        assert not gc.isenabled()
        assert gc.get_freeze_count() == 0
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_collector_resumes_after_an_error():
    with pytest.raises(ValueError, match="mistake"), collection_paused():
        raise ValueError("mistake")
    assert gc.isenabled()


def test_pause_can_be_switched_off(monkeypatch):
    monkeypatch.setenv(SWITCH, "1")
    with collection_paused():
        assert gc.isenabled()
    assert gc.get_freeze_count() == 0
