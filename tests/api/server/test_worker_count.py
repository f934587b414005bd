import math
import os
import subprocess
import sys

import psutil
import pytest
from promoted import promote

import api.machine
from api.machine import Machine, free_bytes_of, quota_of, this_machine
from api.server.worker_count import MOST, worker_count
from api.settings import Settings

PLENTY = 64e9


@pytest.mark.parametrize(
    ("cores", "busy", "number"),
    [(2, 0.0, 2), (2, 0.4, 2), (2, 0.7, 1), (2, 2.0, 1), (1, 0.0, 1), (0.5, 0.0, 1), (4, 1.2, 3), (64, 1.0, MOST)],
)
def test_workers_follow_the_free_cores(tmp_path, cores, busy, number):
    assert worker_count(Settings(model=tmp_path), Machine(cores, busy, PLENTY)).number == number


def test_little_memory_bounds_the_workers_and_is_given_as_the_reason(tmp_path):
    chosen = worker_count(Settings(model=tmp_path), Machine(8, 0.0, 550e6))
    assert (chosen.number, chosen.reason) == (2, "550 MB of memory are free.")


def test_a_large_model_needs_more_memory_per_worker(tmp_path, constant_models):
    version = promote(constant_models / "one", tmp_path / "sentiment" / "1")
    with (version / "large").open("wb") as file:
        file.truncate(2_000_000_000)
    assert worker_count(Settings(model=tmp_path / "sentiment"), Machine(8, 0.0, 9e9)).number == 2
    assert worker_count(Settings(model=tmp_path / "elsewhere"), Machine(8, 0.0, 9e9)).number == 8


def test_a_number_that_is_set_is_kept(tmp_path):
    chosen = worker_count(Settings(model=tmp_path, workers=5), Machine(1, 1.0, 0.0))
    assert (chosen.number, chosen.reason) == (5, "TEXTLAB_API_WORKERS sets the number.")


def test_this_machine_has_no_more_cores_than_its_affinity_allows():
    machine = this_machine()
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else psutil.cpu_count()
    assert 0 < machine.cores <= allowed
    assert 0 <= machine.busy <= allowed
    assert 0 < machine.free_bytes <= psutil.virtual_memory().total


def test_limits_of_a_container_of_version_2_are_read(tmp_path):
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    (tmp_path / "memory.max").write_text("2000000000\n")
    (tmp_path / "memory.current").write_text("500000000\n")
    assert (quota_of(tmp_path), free_bytes_of(tmp_path)) == (1.5, 1.5e9)


def test_limits_of_a_container_of_version_1_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(api.machine, "CGROUPS", tmp_path)
    (tmp_path / "cpu").mkdir()
    (tmp_path / "memory").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("200000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("1000\n")
    (tmp_path / "memory" / "memory.usage_in_bytes").write_text("400\n")
    assert (quota_of(tmp_path), free_bytes_of(tmp_path)) == (2, 600)


@pytest.mark.parametrize("words", ["max 100000", "-1 100000", ""])
def test_a_group_without_limits_allows_everything(tmp_path, monkeypatch, words):
    monkeypatch.setattr(api.machine, "CGROUPS", tmp_path / "none")
    (tmp_path / "cpu.max").write_text(words)
    (tmp_path / "memory.max").write_text("max")
    (tmp_path / "memory.current").write_text("5")
    assert (quota_of(tmp_path), free_bytes_of(tmp_path)) == (math.inf, math.inf)


def test_the_workers_learn_the_chosen_number(tmp_path):
    program = (
        "import logging, os, types\n"
        "from api import gunicorn_settings as chosen\n"
        "logging.basicConfig(level='INFO')\n"
        "server = types.SimpleNamespace(log=logging.getLogger())\n"
        "chosen.on_starting(server)\n"
        "print(chosen.workers, os.environ['TEXTLAB_API_WORKERS'])\n"
        "chosen.on_exit(server)\n"
    )
    environment = os.environ | {"TEXTLAB_API_STATE": str(tmp_path), "TEXTLAB_API_WORKERS": ""}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    number, told = done.stdout.split()
    assert number == told
    assert f"Number of workers: {number}. " in done.stderr
