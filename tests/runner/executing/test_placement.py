"""Cores, GPUs and memory are reserved for notebooks and released."""

import psutil
import pytest

from textlab.runner.executing import placement
from textlab.runner.executing.placement import Placement, default_jobs, visible_gpus


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setattr(placement, "available_cores", lambda: 8)
    memory = psutil.virtual_memory()._replace(available=64 * placement.GIGABYTE)
    monkeypatch.setattr(placement.psutil, "virtual_memory", lambda: memory)


def test_cores_are_divided_among_jobs():
    place = Placement(3, []).reserve(0)
    assert place.threads == 2
    assert place.environment["OMP_NUM_THREADS"] == "2"
    assert "CUDA_VISIBLE_DEVICES" not in place.environment


def test_at_most_jobs_notebooks_run_at_once():
    places = Placement(2, [])
    first, second = places.reserve(0), places.reserve(0)
    assert second is not None
    assert places.reserve(0) is None
    places.release(first)
    assert places.reserve(0) is not None


def test_whole_gpu_is_reserved_for_one_notebook_and_hidden_from_the_others():
    places = Placement(4, ["0", "1"])
    reserved = [places.reserve(1), places.reserve(1)]
    assert [place.environment["CUDA_VISIBLE_DEVICES"] for place in reserved] == ["0", "1"]
    assert places.reserve(1) is None
    assert places.reserve(0).environment["CUDA_VISIBLE_DEVICES"] == "-1"
    places.release(reserved[0])
    assert places.reserve(1).gpus == ("0",)


def test_halves_share_a_gpu():
    places = Placement(8, ["GPU-a"])
    assert [places.reserve(0.5).gpus, places.reserve(0.5).gpus] == [("GPU-a",), ("GPU-a",)]
    assert places.reserve(0.5) is None


def test_request_for_more_gpus_than_exist_receives_all_of_them():
    assert Placement(1, ["0", "1"]).reserve(4).gpus == ("0", "1")


def test_notebook_runs_on_the_cpu_if_the_machine_has_no_gpu():
    assert Placement(1, []).reserve(1).gpus is None


def test_second_notebook_waits_for_memory_but_the_first_never_does(monkeypatch):
    low = psutil.virtual_memory()._replace(available=placement.GIGABYTE)
    monkeypatch.setattr(placement.psutil, "virtual_memory", lambda: low)
    places = Placement(2, [])
    assert places.reserve(0) is not None
    assert places.reserve(0) is None
    assert default_jobs() == 1


def test_expected_memory_decides_how_many_notebooks_run_at_once():
    places = Placement(8, [])
    assert places.reserve(0, 40 * placement.GIGABYTE) is not None
    assert places.reserve(0, 30 * placement.GIGABYTE) is None
    second = places.reserve(0, 20 * placement.GIGABYTE)
    assert places.reserve(0, 10 * placement.GIGABYTE) is None
    places.release(second)
    assert places.reserve(0, 10 * placement.GIGABYTE) is not None


def test_visible_gpus_are_those_that_the_environment_names(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a,3")
    assert visible_gpus() == ["GPU-a", "3"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert visible_gpus() == []
