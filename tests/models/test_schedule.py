"""The schedule of a training: learning rate, evaluations and the last step."""

from dataclasses import replace

import pytest

from textlab.models.schedule import MOST_EVALUATIONS, Schedule

PLAN = Schedule(steps_per_epoch=25, epochs=4, warmup=0.1)


def evaluations(schedule):
    steps = [0]
    while steps[-1] < schedule.end:
        steps.append(schedule.next_evaluation(steps[-1]))
    return steps[1:]


def test_learning_rate_rises_to_its_peak_and_falls_to_nothing():
    rates = [PLAN.rate(step) for step in range(100)]
    assert rates[10] == 1 == max(rates)
    assert rates[:11] == sorted(rates[:11])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(1 / 90)
    assert 0 < rates[0] < 0.1


def test_learning_rate_without_warm_up_begins_at_its_peak():
    assert replace(PLAN, warmup=0.0).rate(0) == 1


def test_before_an_early_end_the_learning_rate_falls_to_nothing_within_a_fifth_of_the_steps():
    early = replace(PLAN, cooled_from=50)
    assert early.end == 60
    assert [early.rate(step) for step in range(50)] == [PLAN.rate(step) for step in range(50)]
    falling = [early.rate(step) / PLAN.rate(50) for step in range(50, 60)]
    assert falling == pytest.approx([1 - n / 10 for n in range(10)])


def test_early_end_is_never_later_than_the_plan():
    assert replace(PLAN, cooled_from=98).end == 100


def test_evaluations_are_half_an_epoch_apart_and_the_last_step_has_one():
    assert evaluations(PLAN) == [13, 25, 38, 50, 63, 75, 88, 100]
    assert evaluations(replace(PLAN, cooled_from=50)) == [13, 25, 38, 50, 60]


@pytest.mark.parametrize("steps_per_epoch", [1, 2, 7, 1000])
@pytest.mark.parametrize("epochs", [1, 6, 7, 12, 13, 40, 1000])
def test_long_trainings_have_few_evaluations_evenly_spaced(steps_per_epoch, epochs):
    schedule = Schedule(steps_per_epoch, epochs, warmup=0.1)
    steps = evaluations(schedule)
    assert len(steps) <= MOST_EVALUATIONS
    assert steps[-1] == steps_per_epoch * epochs
    gaps = [after - before for before, after in zip([0, *steps[:-2]], steps[:-1], strict=False)]
    assert not gaps or max(gaps) - min(gaps) <= 1
