"""The benchmark of defaults repeats no finished fit, and its search goes on after an interruption as it would have."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

from suite import search as searching
from suite.fits import STOPPED, Fit, Outcome, Results
from suite.search import Search, Task, tasks
from suite.spaces import SPACES
from suite.tables import against_best, beside_baseline

from textlab.data.sources import air_paradis
from textlab.models import families
from textlab.paths import EXPERIMENTS

LABELS = air_paradis.load().test["label"].to_numpy()
TASK = Task("tweets", "air_paradis", "macro_recall", "logistic_regression")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Fit]:
    """The fits that were made, in place of training: a larger C scores better."""
    fits: list[Fit] = []

    def run(fit: Fit, limit: float) -> tuple[Outcome, np.ndarray]:
        fits.append(fit)
        score = min(0.9, 0.5 + fit.parameters.get("C", 20) / 200)
        right = np.arange(2000) < 2000 * score
        return Outcome(fit, score, score, 1.0, {}), np.where(right, LABELS, 1 - LABELS)

    monkeypatch.setattr(searching, "run", run)
    monkeypatch.setattr(searching, "_digest", lambda dataset: "digest")
    monkeypatch.setattr(searching, "_code", lambda family: "code")
    return fits


def search(results: Results, trials: int, minutes: float = 1) -> Search:
    return Search(results, trials, seed=0, limit=60, deadline=time.monotonic() + 60 * minutes)


def test_suite_has_twelve_grids_of_different_datasets_and_names() -> None:
    found = tasks(EXPERIMENTS / "suite", ["logistic_regression"], [])
    assert len({task.dataset for task in found}) == len({task.name for task in found}) == 12


def test_spaces_hold_hyperparameters_of_families_and_values_that_they_take() -> None:
    known = families()
    for name, space in SPACES.items():
        for parameter, distribution in space.items():
            values = getattr(distribution, "choices", None) or (distribution.low, distribution.high)
            for value in values:
                known[name](**{parameter: value})


def test_unknown_dataset_is_an_error_that_lists_the_suite() -> None:
    with pytest.raises(ValueError, match=r"The suite has no ironie\. Choose from air_paradis, airline, "):
        tasks(EXPERIMENTS / "suite", [], ["ironie"])


def test_finished_fits_are_not_repeated_and_more_trials_go_on_from_them(made: list[Fit], tmp_path: Path) -> None:
    whole = search(Results(tmp_path / "whole"), 12).explore(TASK)
    first = len(made)
    search(Results(tmp_path / "parts"), 5).explore(TASK)
    parts = search(Results(tmp_path / "parts"), 12).explore(TASK)
    assert first == 13
    assert len(made) == 2 * first
    assert [trial.fit for trial in parts.trials] == [trial.fit for trial in whole.trials]
    assert parts.best == max(parts.trials, key=lambda trial: trial.validation)


def test_half_a_line_from_an_interruption_is_ignored(made: list[Fit], tmp_path: Path) -> None:
    search(Results(tmp_path), 2).explore(TASK)
    with (tmp_path / "fits.jsonl").open("a") as handle:
        handle.write('{"fit": {"data')
    search(Results(tmp_path), 3).explore(TASK)
    assert len(made) == 4
    assert len(Results(tmp_path).outcomes) == 4


def test_fits_of_earlier_code_count_only_on_request_and_are_named(
    made: list[Fit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search(Results(tmp_path), 0).explore(TASK)
    monkeypatch.setattr(searching, "_code", lambda family: "newer")
    earlier = search(Results(tmp_path, any_code=True), 0).explore(TASK)
    assert len(made) == 1
    text = against_best(Results(tmp_path), [earlier], 0)[1]
    assert text == "By earlier code: 1 fits of logistic_regression on tweets."
    search(Results(tmp_path), 0).explore(TASK)
    assert len(made) == 2


def test_without_time_nothing_is_fitted_and_the_table_says_what_is_missing(made: list[Fit], tmp_path: Path) -> None:
    results = Results(tmp_path)
    table, text = against_best(results, [search(results, 20, minutes=0).explore(TASK)], 20)
    assert made == []
    assert table.row_count == 0
    assert text == "Not measured: 21 fits of logistic_regression on tweets."


def test_fit_that_was_stopped_is_repeated_only_with_more_time(
    made: list[Fit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(fit: Fit, limit: float) -> tuple[Outcome, None]:
        made.append(fit)
        return Outcome(fit, float("nan"), float("nan"), limit, {}, STOPPED), None

    monkeypatch.setattr(searching, "run", stopped)
    for limit, fits in ((60, 1), (60, 1), (90, 2)):
        Search(Results(tmp_path), 0, seed=0, limit=limit, deadline=time.monotonic() + 60).explore(TASK)
        assert len(made) == fits


def test_failed_fit_is_named_and_never_the_best(
    made: list[Fit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = searching.run

    def run(fit: Fit, limit: float) -> tuple[Outcome, np.ndarray | None]:
        if fit.parameters.get("minimum_count") == 1:
            return Outcome(fit, float("nan"), float("nan"), 0.0, {}, "out of memory"), None
        return right(fit, limit)

    monkeypatch.setattr(searching, "run", run)
    results = Results(tmp_path)
    found = search(results, 12).explore(TASK)
    assert found.best is not None
    assert found.best.fit.parameters["minimum_count"] > 1
    assert "Failed: logistic_regression on tweets with {" in against_best(results, [found], 12)[1]


def test_defaults_are_judged_by_the_difference_on_test(made: list[Fit], tmp_path: Path) -> None:
    results = Results(tmp_path)
    found = search(results, 12).explore(TASK)
    table, text = against_best(results, [found], 12)
    assert list(table.columns[9].cells) == ["**more**"]
    assert "within 1 point of the best trial on 0 of 1 datasets, within 2 on 0" in text
    other = search(results, 0).explore(Task("tweets", "air_paradis", "macro_recall", "lstm"))
    pairs = beside_baseline(results, [found, other], "lstm", "logistic_regression")
    assert pairs is not None
    assert list(pairs.columns[5].cells) == ["noise"]
    assert beside_baseline(results, [found], "bert", "logistic_regression") is None
