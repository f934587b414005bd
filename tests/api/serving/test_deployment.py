"""The choice of the version that answers a caller."""

import os

import pytest

from api.serving.deployment import Deployment, SharedDeployment

CALLERS = [f"address 10.0.{number // 250}.{number % 250}" for number in range(2000)]


@pytest.fixture
def deployment():
    made = SharedDeployment()
    made.set_champion(1)
    return made


def callers_of_the_canary(deployment):
    return {caller for caller in CALLERS if deployment.route(caller) == "canary"}


def test_without_a_canary_the_champion_answers_everyone(deployment):
    assert callers_of_the_canary(deployment) == set()
    assert deployment.get() == Deployment(1, 0, 0, 0, 0, 0)


def test_a_caller_keeps_its_version_and_a_higher_share_only_adds_callers(deployment):
    before = set()
    for percent in (1, 10, 11, 50, 99, 100):
        deployment.deploy("canary", 2, percent)
        now = callers_of_the_canary(deployment)
        assert now == callers_of_the_canary(deployment)
        assert before <= now
        assert len(now) / len(CALLERS) == pytest.approx(percent / 100, abs=0.04)
        before = now
    assert before == set(CALLERS)


def test_the_next_canary_has_other_callers(deployment):
    deployment.deploy("canary", 2, 10)
    first = callers_of_the_canary(deployment)
    deployment.deploy("canary", 3, 10)
    assert len(first & callers_of_the_canary(deployment)) < len(first) / 2


def test_callers_cannot_be_computed_without_the_key_of_the_run():
    runs = [SharedDeployment(), SharedDeployment()]
    for run in runs:
        run.deploy("canary", 2, 10)
    first, second = map(callers_of_the_canary, runs)
    assert first != second


def test_a_version_has_one_role(deployment):
    deployment.deploy("shadow", 2)
    deployment.deploy("canary", 2, 10)
    assert deployment.get() == Deployment(1, 2, 10, 0, 0, 0)
    deployment.deploy("shadow", 2)
    assert deployment.get() == Deployment(1, 0, 0, 2, 0, 0)
    deployment.deploy("canary", 3, 5)
    deployment.set_champion(3)
    assert deployment.get() == Deployment(3, 0, 0, 2, 0, 0)
    deployment.set_champion(2)
    assert deployment.get() == Deployment(2, 0, 0, 0, 0, 0)


def test_a_failure_ends_only_the_version_that_failed(deployment):
    deployment.deploy("canary", 2, 10)
    assert not deployment.switch_off("canary", 3)
    assert not deployment.switch_off("shadow", 2)
    assert deployment.get().canary == 2
    assert deployment.switch_off("canary", 2)
    assert deployment.get() == Deployment(1, 0, 0, 0, 2, 0)
    assert callers_of_the_canary(deployment) == set()
    assert not deployment.switch_off("canary", 2), "it was switched off before"
    deployment.deploy("canary", 2, 20)  # it gets another chance
    assert deployment.get() == Deployment(1, 2, 20, 0, 0, 0)
    deployment.switch_off("canary", 2)
    deployment.end("canary")
    assert deployment.get() == Deployment(1, 0, 0, 0, 0, 0)


def test_largest_numbers_fit(deployment):
    deployment.deploy("canary", 999_999_999, 100)
    deployment.deploy("shadow", 999_999_998)
    assert deployment.get() == Deployment(1, 999_999_999, 100, 999_999_998, 0, 0)


def test_forked_processes_share_the_deployment_and_choose_the_same_callers(deployment):
    deployment.deploy("canary", 2, 50)
    expected = bytes(deployment.route(caller) == "canary" for caller in CALLERS)
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, bytes(deployment.route(caller) == "canary" for caller in CALLERS))
        deployment.switch_off("canary", 2)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as found:
        assert found.read() == expected
    os.wait()
    assert deployment.get().canary == 0
