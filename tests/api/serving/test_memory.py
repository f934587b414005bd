import gc

import pytest

from api.serving.memory import freeze_startup_objects
from api.serving.service import Service


@pytest.fixture(autouse=True)
def thawed():
    """Unfreeze all objects before and after a test."""
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_frozen_objects_are_left_out_of_later_collections():
    kept = [[number] for number in range(1_000)]
    freeze_startup_objects()
    assert gc.get_freeze_count() > len(kept)
    assert not any(each is kept for each in gc.get_objects())


@pytest.mark.parametrize("freeze", [True, False])
def test_the_setting_decides_whether_a_service_freezes_its_objects(settings, freeze):
    Service(settings.model_copy(update={"freeze_gc": freeze})).close()
    assert (gc.get_freeze_count() > 0) == freeze
