"""Ranks and names of runs, from a real SQLite store."""

import pandas as pd
import pytest

from textlab import report
from textlab.report.leaderboard import unique_names


def test_best_run_on_validation_is_first_and_failures_have_no_rank(store):
    store.add("a", 0.7, frames=False)
    store.add("b", status="failed")
    runs = store.add("c", 0.9, frames=False)
    table = report.leaderboard(runs, "accuracy")
    assert table["rank"].tolist()[:2] == [1, 2]
    assert pd.isna(table["rank"][2])
    assert table["validation_accuracy"].tolist()[:2] == [0.9, 0.7]
    assert table["status"].tolist() == ["done", "done", "failed"]
    assert table["error"][2] == "ValueError: no"


def test_run_without_a_model_has_no_rank(store):
    store.add("a")
    table = report.leaderboard(store.add("b", 0.6, frames=False), "accuracy")
    assert table["status"].tolist() == ["done", "nothing logged"]
    assert table["rank"].isna().tolist() == [False, True]


def test_each_dataset_has_its_own_ranks(store):
    store.add("a", 0.6, frames=False)
    store.add("b", 0.7, frames=False)
    runs = store.add("a", 0.99, digest="other", frames=False)
    table = report.leaderboard(runs, "accuracy")
    assert table[["dataset", "rank"]].to_numpy().tolist() == [["d1", 1], ["d1", 2], ["other", 1]]


def test_run_is_named_by_the_parameters_that_differ(store):
    (alone,) = store.add("a", 0.6, frames=False)
    assert report.model_names([alone]) == {alone.id: "x"}
    runs = [*store.add("a", 0.6, seed=1, frames=False), *store.add("b", status="failed")]
    assert {report.model_names(runs)[run.id] for run in runs} == {"x (a)", "x (b)"}
    again = store.add("a", 0.6, seed=1, frames=False, digest="other")
    names = unique_names(again)
    assert len(set(names.values())) == len(names)
    assert "x (a), seed 0" in names.values()


def test_number_is_named_with_its_parameter(store):
    store.add(50, status="failed")
    runs = store.add(100, status="failed")
    assert set(report.model_names(runs).values()) == {"x (features 50)", "x (features 100)"}


def test_word_among_numbers_is_named_with_its_parameter(store):
    store.add("auto", 0.6, frames=False)
    runs = store.add(100, 0.7, frames=False)
    assert set(report.model_names(runs).values()) == {"x (features auto)", "x (features 100)"}
    assert report.leaderboard(runs, "accuracy")["name"].tolist() == ["x (features 100)", "x (features auto)"]


def test_leaderboard_without_runs_is_an_error():
    with pytest.raises(ValueError, match="There are no runs to compare"):
        report.leaderboard([], "accuracy")


def test_table_is_written_without_leftovers(store, tmp_path):
    table = report.leaderboard(store.add("a", 0.6, frames=False), "accuracy")
    report.write_table(table, tmp_path / "reports" / "leaderboard.csv")
    assert pd.read_csv(tmp_path / "reports" / "leaderboard.csv")["rank"].tolist() == [1]
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["leaderboard.csv"]
