"""Failed starts of workers: when they end the service, and when they are tried again."""

import os
from types import SimpleNamespace

import pytest

from api.server.starts import LONGEST_PAUSE, Starts, keep_spawning


def arbiter_that_raises(error):
    lines = []

    def spawn_worker():
        raise error

    log = SimpleNamespace(error=lambda message, *values: lines.append(message % values))
    return SimpleNamespace(spawn_worker=spawn_worker, log=log, lines=lines)


def test_pauses_grow_until_a_worker_is_ready():
    starts = Starts()
    assert [starts.fail() for _ in range(8)] == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE, LONGEST_PAUSE]
    assert not starts.ever_ready
    starts.succeed()
    assert starts.ever_ready
    assert starts.fail() == 1


def test_state_is_shared_with_a_forked_process():
    starts = Starts()
    child = os.fork()
    if child == 0:
        starts.succeed()
        os._exit(0)
    os.waitpid(child, 0)
    assert starts.ever_ready


def test_main_process_survives_that_a_worker_cannot_be_created():
    starts = Starts()
    arbiter = arbiter_that_raises(OSError(28, "No space left on device"))
    keep_spawning(arbiter, starts)
    with pytest.raises(OSError, match="No space"):
        arbiter.spawn_worker()  # nobody has ever served
    starts.succeed()
    arbiter.spawn_worker()
    assert arbiter.lines == ["A worker could not be created (OSError). Another attempt follows."]
