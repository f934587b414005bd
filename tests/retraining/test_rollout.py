"""Promotion of a challenger with a watched service; interruptions; and a bad model that must go back."""

import time
from types import SimpleNamespace

import pytest
from rolled_out import catalog, clients, served

from textlab.promotion.champion import promote
from textlab.retraining import rollout as rollout_module
from textlab.retraining.challenger import Challenger
from textlab.retraining.decision import Decision
from textlab.retraining.rollout import Plan, Rollout, roll_out

SECONDS = 1.0


@pytest.fixture
def rolled_out(new_run, bundles, models, tmp_path):
    """`rolled_out(bundle, swap)` rolls a model out; a second call continues. Returns the rollout and what was said."""
    decided = {}

    def run(bundle="good", swap=None):
        if not decided:
            challenger = Challenger(new_run(bundles[bundle]), bundle, "", "", "macro_recall", "macro_recall", ())
            decided["document"] = {"name": "sentiment", "id": "one", "verdict": "promote", "headline": ""} | {
                "champion": {"number": 1},
                "challenger": challenger.to_json(),
                # The load of this machine must not look like a slow model; test_watch.py has the rule for latency.
                "evidence": {"latency_ms": {"champion": 1.0, "challenger": 100.0}},
            }
        said = []
        rollout = roll_out(tmp_path / "one", Plan(Decision(decided["document"]), models, swap, SECONDS), said.append)
        return rollout, " ".join(said)

    return run


class Killed(BaseException):
    """Ends a call as a kill does: nothing after it is done."""


@pytest.fixture
def killed(monkeypatch):
    """`killed(name, is_after)` ends the rollout where it calls a function, before or after the function acts."""

    def at(name, is_after=False):
        act = getattr(rollout_module, name)

        def die(*arguments, **options):
            if is_after:
                act(*arguments, **options)
            raise Killed

        monkeypatch.setattr(rollout_module, name, die)
        return lambda: monkeypatch.setattr(rollout_module, name, act)

    return at


def test_model_is_promoted_without_a_service(rolled_out, models):
    rollout, said = rolled_out()
    assert (rollout.phase, catalog(models)) == ("unwatched", (2, ["1", "2"]))
    assert "A running service keeps its version." in said


def test_good_model_is_promoted_switched_watched_and_kept_and_a_second_call_changes_nothing(
    rolled_out, models, service
):
    with clients(service):
        rollout, said = rolled_out("good", service)
        assert (rollout.phase, catalog(models), served(service)) == ("kept", (2, ["1", "2"]), 2), said
        assert "Errors, rejections and latency have not risen in" in said
        again, said = rolled_out("good", service)
    assert (again.phase, said, catalog(models)) == ("kept", "", (2, ["1", "2"]))


def test_bad_model_is_rolled_back_in_the_service_and_the_catalog(rolled_out, models, service):
    with clients(service, "please fail"):
        rollout, said = rolled_out("bad", service)
    assert rollout.phase == "rolled back", said
    assert (catalog(models)[0], served(service)) == (1, 1)
    assert any("The share of errors has risen" in reason for reason in rollout.get("reasons"))
    assert "Rolled back: number 1 is the champion of sentiment again." in said
    assert rolled_out("bad", service)[0].phase == "rolled back"
    assert catalog(models)[0] == 1


def test_model_is_kept_with_a_warning_if_no_request_came(rolled_out, service):
    rollout, said = rolled_out("good", service)
    assert rollout.phase == "kept"
    assert "The service had no request while it was watched" in said


@pytest.mark.parametrize(
    ("name", "is_after"),
    [
        pytest.param("promote", False, marks=pytest.mark.slow),
        ("promote", True),
        pytest.param("switch", False, marks=pytest.mark.slow),
        pytest.param("switch", True, marks=pytest.mark.slow),
        pytest.param("_watch", False, marks=pytest.mark.slow),
    ],
)
def test_interrupted_rollout_is_completed_and_promotes_once(rolled_out, models, service, killed, name, is_after):
    revive = killed(name, is_after)
    with pytest.raises(Killed):
        rolled_out("good", service)
    revive()
    rollout, _ = rolled_out("good", service)
    assert (rollout.phase, catalog(models), served(service)) == ("kept", (2, ["1", "2"]), 2)


@pytest.mark.parametrize(
    ("name", "is_after"),
    [
        ("switch", True),
        pytest.param("roll_back", False, marks=pytest.mark.slow),
        pytest.param("roll_back", True, marks=pytest.mark.slow),
    ],
)
def test_interrupted_rollback_is_completed(rolled_out, models, service, killed, name, is_after, monkeypatch):
    monkeypatch.setattr(rollout_module, "_watch", lambda *_: ["Errors have risen."])
    if name == "switch":  # the second switch is the one back
        real, calls = rollout_module.switch, []

        def switch(*arguments):
            calls.append(arguments)
            answer = real(*arguments)
            if len(calls) == 2:
                raise Killed
            return answer

        monkeypatch.setattr(rollout_module, "switch", switch)
    else:
        revive = killed(name, is_after)
    with pytest.raises(Killed):
        rolled_out("good", service)
    if name != "switch":
        revive()
    rollout, _ = rolled_out("good", service)
    assert (rollout.phase, catalog(models)[0], served(service)) == ("rolled back", 1, 1)


def test_model_is_rolled_back_if_the_service_refuses_it(rolled_out, models, service, monkeypatch):
    real = rollout_module.switch

    def switch(url, number, key):
        if number == 2:
            raise ValueError("The service refused with status 409: it cannot run the model.")
        return real(url, number, key)

    monkeypatch.setattr(rollout_module, "switch", switch)
    rollout, _ = rolled_out("good", service)
    assert (rollout.phase, catalog(models)[0], served(service)) == ("rolled back", 1, 1)
    assert "it cannot run the model" in rollout.get("reasons")[0]


def test_model_is_rolled_back_if_the_service_falls_silent(rolled_out, models, service, monkeypatch):
    real = rollout_module._counts

    def counted(rollout):
        if rollout.phase == "switching":
            raise ValueError("No service answers.")
        return real(rollout)

    monkeypatch.setattr(rollout_module, "_counts", counted)
    rollout, _ = rolled_out("good", service)
    assert (rollout.phase, rollout.get("reasons"), catalog(models)[0]) == ("rolled back", ["No service answers."], 1)


def test_a_service_that_is_silent_at_the_end_of_the_watch_gets_time_to_answer(rolled_out, models, service, monkeypatch):
    real, silent, pauses = rollout_module._counts, iter([False, True, True]), []

    def counted(rollout):
        if rollout.phase == "switching" and next(silent, False):
            raise ValueError("No service answers.")
        return real(rollout)

    monkeypatch.setattr(rollout_module, "_counts", counted)
    monkeypatch.setattr(rollout_module, "LOOKS", 2)  # the second look is the last one
    clock = SimpleNamespace(time=time.time, sleep=lambda seconds: (pauses.append(seconds), time.sleep(seconds)))
    monkeypatch.setattr(rollout_module, "time", clock)
    rollout, _ = rolled_out("good", service)
    assert (rollout.phase, catalog(models), served(service)) == ("kept", (2, ["1", "2"]), 2)
    assert pauses[-2:] == [SECONDS / 2, SECONDS / 2]


def test_nothing_is_promoted_if_another_model_has_become_the_champion(rolled_out, models, new_run, bundles, tmp_path):
    promote(new_run(bundles["old"]), "sentiment", models)
    with pytest.raises(ValueError, match="The champion of 'sentiment' is number 2 now"):
        rolled_out()
    assert catalog(models) == (2, ["1", "2"])
    assert Rollout(tmp_path / "one").phase == "observed"


def test_nothing_is_promoted_if_the_service_does_not_answer(rolled_out, models, monkeypatch):
    monkeypatch.setenv("TEXTLAB_SERVICE_KEY", "secret-key")
    with pytest.raises(ValueError, match="No service answers at"):
        rolled_out("good", "http://127.0.0.1:1")
    assert catalog(models) == (1, ["1"])


def test_watch_ends_if_another_model_is_promoted_meanwhile(rolled_out, models, service, new_run, bundles, monkeypatch):
    real = rollout_module.switch

    def switch(*arguments):
        answer = real(*arguments)
        promote(new_run(bundles["old"]), "sentiment", models)
        return answer

    monkeypatch.setattr(rollout_module, "switch", switch)
    rollout, said = rolled_out("good", service)
    assert (rollout.phase, catalog(models)[0]) == ("kept", 3)
    assert "Another model of sentiment has been promoted, so the watch ends." in said


def test_no_key_is_kept_in_a_file(rolled_out, service, tmp_path):
    rolled_out("good", service)
    assert "boss-key" not in (tmp_path / "one" / "rollout.json").read_text()
    assert time.time() - Rollout(tmp_path / "one").get("switched") < 300
