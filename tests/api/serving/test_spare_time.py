"""The time of the shadow: a small share of what the answers use, and a part of the time without any of them."""

import pytest

from api.serving.spare_time import BUSY_LIMIT, IDLE_SHARE, LEAST_SHARE, SpareTime

CALL_SECONDS = 0.002
SIMULATED_SECONDS = 120


def share_of_work(busy, core, free=1.0):
    """The share of a core that the work takes, in simulated time.

    Args:
        busy: the share of the time in which answers are in progress.
        core: the share of a core that they use.
        free: the share of a core that the work gets while it runs.
    """
    now = worked = 0.0
    spare = SpareTime(lambda: busy * now, lambda: core * now + worked, lambda: now)
    while now < SIMULATED_SECONDS:
        wait = spare.seconds_to_wait()
        if wait:
            now += wait
        else:
            spare.spend(CALL_SECONDS, CALL_SECONDS / free)
            worked += CALL_SECONDS
            now += CALL_SECONDS / free
    return worked / now


@pytest.mark.parametrize(("busy", "core"), [(1.0, 1.0), (1.0, 0.2), (1.0, 3.0), (0.6, 0.5)])
def test_busy_process_spares_a_small_share_of_what_its_answers_use(busy, core):
    assert share_of_work(busy, core) == pytest.approx(LEAST_SHARE * core, rel=0.1)


@pytest.mark.parametrize(("busy", "core"), [(0.0, 0.0), (0.2, 0.1), (0.4, 0.3)])
def test_idle_process_spares_a_part_of_its_idle_time(busy, core):
    expected = IDLE_SHARE * (BUSY_LIMIT - busy) + LEAST_SHARE * core
    assert share_of_work(busy, core) == pytest.approx(expected, rel=0.1)


def test_process_whose_cores_others_need_is_busy_all_the_same():
    assert share_of_work(busy=0.2, core=0.18, free=0.3) < 0.04 * 0.18


def test_long_call_is_followed_by_a_long_pause():
    now = worked = 0.0
    spare = SpareTime(lambda: now, lambda: now + worked, lambda: now)
    now = 0.1
    assert spare.seconds_to_wait() == 0
    spare.spend(1.0, 1.0)
    worked, now = 1.0, 1.1
    started = now
    while wait := spare.seconds_to_wait():
        now += wait
    assert now - started > 0.9 / LEAST_SHARE
