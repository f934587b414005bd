"""A look holds plain values, and says by its exit code whether anything has moved."""

import json

import numpy as np
import pytest
from monitoring.example_look import example_look

from textlab.monitoring.look import Verdict, plain


@pytest.fixture(scope="module")
def look():
    return example_look()


def test_a_look_becomes_json_and_back_without_loss_of_what_the_page_shows(look):
    document = json.loads(look.to_json())
    assert document["verdict"] == "drift"
    assert (
        document["estimate"]["accuracy"]["low"]
        < look.estimate.accuracy.value
        < document["estimate"]["accuracy"]["high"]
    )
    assert document["findings"][0]["sentence"] == look.findings[0].sentence
    assert len(document["timeline"]["counts"]) == len(document["timeline"]["edges"]) - 1
    assert document["real_scores"][0]["callers"] == 25


def test_what_the_estimate_cannot_see_is_in_every_look(look):
    assert "cannot see a change of the right labels" in json.loads(look.to_json())["estimate"]["blind_spot"]


def test_json_holds_no_number_for_each_prediction(look):
    assert "right" not in json.loads(look.to_json())["estimate"]
    assert len(look.to_json()) < 40_000


@pytest.mark.parametrize(("verdict", "code"), [(Verdict.QUIET, 0), (Verdict.TOO_FEW, 0), (Verdict.DRIFT, 3)])
def test_only_drift_has_an_exit_code(verdict, code):
    assert example_look(verdict=verdict).exit_code == code


def test_numbers_that_json_does_not_know_become_null():
    assert plain({"a": np.float32("nan"), "b": [np.int64(2), float("inf")], 3: np.array([0.5])}) == {
        "a": None,
        "b": [2, None],
        "3": [0.5],
    }
