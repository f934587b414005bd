import gc
import json
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from promoted import promote, write_constant_model

from api.serving.service import Service
from api.serving.switching import MOST_SWAPS, SwapError
from api.serving.workers import BusyError, Workers
from api.settings import RUN, Settings
from textlab.bundle_format.documents import BundleError


@pytest.fixture
def two_workers(settings, monkeypatch):
    """Two workers of one service, in this process."""
    monkeypatch.setenv(RUN, "test")
    made = [Service(settings), Service(settings)]
    yield made
    for service in made:
        service.close()


def version_that_answers(service):
    return service.answering.batcher.submit(["x"])[0].number


def test_swap_switches_every_worker_before_it_returns(two_workers):
    first, second = two_workers
    assert first.workers == 2
    assert first.switching.swap("previous-champion").model.number == 1
    assert [version_that_answers(service) for service in two_workers] == [1, 1]
    second.switching.swap("2")
    assert [version_that_answers(service) for service in two_workers] == [2, 2]


def test_old_model_is_freed(two_workers):
    old = weakref.ref(two_workers[1].model)
    two_workers[0].switching.swap("1")
    version_that_answers(two_workers[1])
    for _ in range(1000):
        gc.collect()
        if old() is None:
            return
        threading.Event().wait(0.05)
    pytest.fail("the old model is still in memory")


def test_tampered_bundle_leaves_the_old_one_serving(two_workers, models):
    (models / "1" / "assets.extra" / "card.json").write_text("{}")
    with pytest.raises(SwapError, match=r"does not match its manifest .changed: assets\.extra/card\.json"):
        two_workers[0].switching.swap("1")
    assert [version_that_answers(service) for service in two_workers] == [2, 2]


def test_failure_in_one_worker_leaves_all_on_the_old_model(two_workers, monkeypatch):
    first, second = two_workers
    monkeypatch.setattr(second.current, "_prepare", lambda number: "no memory left")
    with pytest.raises(SwapError, match="no memory left"):
        first.switching.swap("1")
    assert [version_that_answers(service) for service in two_workers] == [2, 2]
    monkeypatch.undo()
    assert first.switching.swap("1").model.number == 1


def test_swap_ends_with_an_error_if_a_worker_does_not_report(two_workers, monkeypatch):
    first, second = two_workers
    first.current.settings = first.current.settings.model_copy(update={"load_seconds": 0.3})
    monkeypatch.setattr(second.current, "_prepare", lambda number: threading.Event().wait(1.0) and None)
    with pytest.raises(SwapError, match="Not every worker loaded the model within"):
        first.switching.swap("1")
    assert version_that_answers(first) == 2


def test_second_swap_at_the_same_time_is_refused(two_workers):
    first, second = two_workers
    first.current.settings = first.current.settings.model_copy(update={"load_seconds": 0.2})
    with second.current.workers.swapping(0), pytest.raises(BusyError):
        first.switching.swap("1")
    first.current.settings = second.current.settings
    assert first.switching.swap("1").model.number == 1


def test_queued_swap_says_what_served_just_before_it(two_workers):
    first, second = two_workers
    with ThreadPoolExecutor(1) as pool:
        with second.current.workers.swapping(0):
            queued = pool.submit(first.switching.swap, "2")
            time.sleep(0.1)
            second.current.workers.commit(1)  # the other swap ends
        swap = queued.result()
    assert (swap.before, swap.model.number) == (1, 2)


def test_swaps_that_wait_leave_threads_for_feedback_and_metrics(two_workers):
    first, second = two_workers
    with ThreadPoolExecutor(10) as pool:
        with second.current.workers.swapping(0):
            swaps = [pool.submit(first.switching.swap, "2") for _ in range(10)]
            refused, waiting = wait(swaps, 1)
            assert all(isinstance(each.exception(), BusyError) for each in refused)
            assert len(waiting) == MOST_SWAPS
        assert sum(each.exception() is None for each in swaps) == MOST_SWAPS


def test_version_that_is_a_link_cannot_be_loaded(admin, models):
    (models / "3").symlink_to(models / "1")
    assert admin.post("/models/load/3").status_code == 404
    assert admin.get("/models/info").get_json()["versions"] == [1, 2]


def test_loading_that_hangs_in_a_worker_ends_the_swap_and_not_the_next_one(two_workers, monkeypatch):
    first, second = two_workers
    goes_on = threading.Event()
    settings = second.current.settings
    second.current.settings = settings.model_copy(update={"load_seconds": 0.3})
    monkeypatch.setattr(second.current, "_loaded", lambda number: goes_on.wait(60))
    with pytest.raises(SwapError, match=r"Version 1 was not loaded within 0\.3 seconds"):
        first.switching.swap("1")
    monkeypatch.undo()
    second.current.settings = settings
    assert first.switching.swap("1").model.number == 1
    goes_on.set()


def test_worker_that_cannot_load_a_missed_version_says_so(two_workers, monkeypatch, logged):
    first, second = two_workers

    def damaged(number):
        raise BundleError("Version 1 is damaged.")

    monkeypatch.setattr(second.current, "_loaded", damaged)
    first.current.workers.commit(1)  # a swap that neither worker has seen
    until = time.monotonic() + 60
    while first.current.get().number != 1 or not second.current.is_behind:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert second.reasons(2) == ["This worker could not load the version that the others serve."]
    assert first.reasons(2) == []
    errors = [line["reason"] for line in logged if line["level"] == "error"]
    assert errors == ["Version 1 is damaged."]
    assert version_that_answers(second) == 2


def test_swap_waits_for_a_worker_that_starts(settings, two_workers):
    starting = Workers(settings.state)
    with ThreadPoolExecutor(1) as pool:
        with starting.starting():
            swap = pool.submit(two_workers[0].switching.swap, "1")
            time.sleep(0.3)
            assert version_that_answers(two_workers[0]) == 2
            starting.leave()
        assert swap.result().model.number == 1


def test_worker_that_starts_after_a_swap_serves_the_same_version(settings, two_workers):
    two_workers[0].switching.swap("1")
    third = Service(settings)
    assert version_that_answers(third) == 1
    third.close()
    assert two_workers[0].workers == 2


def test_dead_worker_is_not_waited_for(settings, two_workers):
    third = Service(settings)
    third.close()
    assert two_workers[0].switching.swap("1").model.number == 1


def test_another_run_of_the_service_starts_with_the_champion(settings, two_workers, monkeypatch):
    two_workers[0].switching.swap("1")
    monkeypatch.setenv(RUN, "another")
    other = Service(settings)
    assert version_that_answers(other) == 2
    other.close()


@pytest.mark.parametrize(
    "trick", ["..", "%2e%2e", "..%2f1", "/etc", "1%00", "01", "0", "-1", "1.0", "1/../2", "٣", "latest"]
)
def test_path_tricks_are_refused(admin, trick):
    answer = admin.post(f"/models/load/{trick}")
    assert answer.status_code in (404, 405, 308)
    assert admin.get("/health/ready").get_json()["model"]["version"] == 2


def test_load_over_http_reports_versions_and_workers(admin, models, tmp_path):
    loaded = admin.post("/models/load/previous-champion").get_json()
    assert (loaded["model"], loaded["before"], loaded["workers"]) == ({"name": "sentiment", "version": 1}, 2, 1)
    promote(write_constant_model(tmp_path / "three", [0.5, 0.5]), models / "3", labels=["one"])
    answer = admin.post("/models/load/3")
    assert answer.status_code == 422
    assert "labels.json" in answer.get_json(force=True)["came"]
    assert admin.post("/predict", json={"text": "x"}).get_json()["model"]["version"] == 1


def test_damaged_catalog_is_an_error_only_for_an_alias(admin, models):
    (models.parent / "catalog.json").write_text('{"sentiment": {"champ')
    answer = admin.post("/models/load/champion")
    assert answer.status_code == 404
    assert "catalog.json" in answer.get_json(force=True)["came"]
    assert admin.post("/models/load/1").status_code == 200


def test_version_promoted_while_the_service_runs_can_be_loaded_by_its_alias(admin, models, tmp_path):
    """The order of a promotion: rename the bundle, rename the catalog, call the service."""
    (models / "3.partial").mkdir()
    assert admin.get("/models/info").get_json()["versions"] == [1, 2]
    promote(write_constant_model(tmp_path / "three", [0.6, 0.4]), tmp_path / "promoted")
    (tmp_path / "promoted").rename(models / "3")
    (tmp_path / "catalog.part").write_text(json.dumps({"sentiment": {"champion": 3, "previous": 2}}))
    (tmp_path / "catalog.part").rename(models.parent / "catalog.json")
    assert admin.post("/models/load/champion").get_json()["model"]["version"] == 3
    assert admin.post("/predict", json={"text": "x"}).get_json()["predictions"][0]["label"] == "negative"
    assert admin.post("/models/load/previous-champion").get_json()["model"]["version"] == 2


def test_bundle_without_a_manifest_is_refused_as_unfinished(admin, models, tmp_path):
    promote(write_constant_model(tmp_path / "three", [0.6, 0.4]), models / "3")
    (models / "3" / "assets.extra" / "manifest.json").unlink()
    answer = admin.post("/models/load/3")
    assert answer.status_code == 422
    assert "not a finished bundle" in answer.get_json(force=True)["came"]


def test_model_folder_without_versions_is_refused(tmp_path):
    with pytest.raises(ValueError, match="one of: none"):
        Service(Settings(model=tmp_path, state=tmp_path / "state"))
