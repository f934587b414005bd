"""Cores, GPUs and memory are handed out and taken back."""

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
    place = Placement(3, []).take(0)
    assert place.threads == 2
    assert place.environment["OMP_NUM_THREADS"] == "2"
    assert "CUDA_VISIBLE_DEVICES" not in place.environment


def test_no_more_than_the_jobs_run_at_once():
    places = Placement(2, [])
    first, second = places.take(0), places.take(0)
    assert second is not None
    assert places.take(0) is None
    places.give_back(first)
    assert places.take(0) is not None


def test_whole_gpu_is_given_to_one_and_hidden_from_who_did_not_ask():
    places = Placement(4, ["0", "1"])
    given = [places.take(1), places.take(1)]
    assert [place.environment["CUDA_VISIBLE_DEVICES"] for place in given] == ["0", "1"]
    assert places.take(1) is None
    assert places.take(0).environment["CUDA_VISIBLE_DEVICES"] == "-1"
    places.give_back(given[0])
    assert places.take(1).gpus == ("0",)


def test_halves_share_a_gpu():
    places = Placement(8, ["GPU-a"])
    assert [places.take(0.5).gpus, places.take(0.5).gpus] == [("GPU-a",), ("GPU-a",)]
    assert places.take(0.5) is None


def test_more_gpus_than_there_are_means_all_of_them():
    assert Placement(1, ["0", "1"]).take(4).gpus == ("0", "1")


def test_without_a_gpu_the_cpu_serves():
    assert Placement(1, []).take(1).gpus is None


def test_next_one_waits_for_memory_but_the_first_never_does(monkeypatch):
    low = psutil.virtual_memory()._replace(available=placement.GIGABYTE)
    monkeypatch.setattr(placement.psutil, "virtual_memory", lambda: low)
    places = Placement(2, [])
    assert places.take(0) is not None
    assert places.take(0) is None
    assert default_jobs() == 1


def test_what_notebooks_took_before_decides_how_many_fit_beside_each_other():
    places = Placement(8, [])
    assert places.take(0, 40 * placement.GIGABYTE) is not None
    assert places.take(0, 30 * placement.GIGABYTE) is None
    second = places.take(0, 20 * placement.GIGABYTE)
    assert places.take(0, 10 * placement.GIGABYTE) is None
    places.give_back(second)
    assert places.take(0, 10 * placement.GIGABYTE) is not None


def test_named_gpus_are_the_visible_ones(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a,3")
    assert visible_gpus() == ["GPU-a", "3"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert visible_gpus() == []
