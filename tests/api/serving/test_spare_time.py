"""The time of the shadow: what answers leave of half a core, and 3 % of a core in a busy process."""

import pytest

from api.serving.spare_time import IDLE_SHARE, LEAST_SHARE, SpareTime

CALL_SECONDS = 0.002


def share_of_work(busy):
    """The share of a core that the work takes beside answers that take `busy`, in simulated time."""
    now = process = worked = 0.0
    spare = SpareTime(lambda: process, lambda: now)
    while now < 60:
        wait = spare.seconds_to_wait()
        if wait:
            now += wait
            process += busy * wait
        else:
            spare.spend(CALL_SECONDS)
            worked += CALL_SECONDS
            now += CALL_SECONDS
            process += CALL_SECONDS * (1 + busy)
    return worked / now


@pytest.mark.parametrize(
    ("busy", "share"),
    [(0.0, IDLE_SHARE), (0.2, IDLE_SHARE - 0.2), (0.48, LEAST_SHARE), (1.0, LEAST_SHARE), (3.0, LEAST_SHARE)],
)
def test_a_busy_process_spares_little_time(busy, share):
    assert share_of_work(busy) == pytest.approx(share, rel=0.1)


def test_one_long_call_is_paid_for_by_a_long_pause():
    now = process = 0.0
    spare = SpareTime(lambda: process, lambda: now)
    now, process = 0.01, 0.01
    assert spare.seconds_to_wait() == 0
    spare.spend(1.0)
    now, process = 1.01, 2.01
    waited = 0.0
    while wait := spare.seconds_to_wait():
        now += wait
        process += wait
        waited += wait
    assert waited > 0.9 / LEAST_SHARE
