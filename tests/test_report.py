"""Ranks and comparisons of runs in a real SQLite store."""

import pandas as pd
import pytest
from mlflow import MlflowClient
from tiny_data import tiny_dataset

from textlab import report, tracking
from textlab.evaluation.predictions import predictions_frame


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Adds runs as the runner and `log_experiment` would: `store(cell, score, digest)`; gives all runs so far."""
    monkeypatch.setattr(tracking, "MLRUNS", tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    experiment_id = tracking.prepare_store("grid")
    dataset = tiny_dataset()

    def add(cell, score=None, digest="d1", status="done", seed=0):
        parameters = {"features": cell, "seed": seed, "dataset": digest}
        run_id = tracking.open_run(experiment_id, cell, "10_x", f"{cell}-{seed}-{digest}", parameters)
        client = MlflowClient(tracking.tracking_uri())
        if score is not None:
            for name, value in {"model": "x", "dataset": digest, "dataset_digest": digest}.items():
                client.set_tag(run_id, f"textlab.{name}", value)
            client.log_metric(run_id, "validation_accuracy", score)
            client.log_metric(run_id, "test_accuracy", score)
            probabilities = [[score, 1 - score]] * len(dataset.test)
            frame = predictions_frame(dataset.test, probabilities, dataset.label_names)
            frame.to_parquet(tmp_path / "predictions_test.parquet", index=False)
            client.log_artifact(run_id, str(tmp_path / "predictions_test.parquet"))
        tracking.close_run(run_id, status, None if status == "done" else "ValueError: no", [])
        return tracking.newest_runs("grid")

    return add


def test_best_on_validation_is_first_and_failures_are_last_without_a_rank(store):
    store("a", 0.7)
    store("b", status="failed")
    runs = store("c", 0.9)
    table = report.leaderboard(runs, "accuracy")
    assert table["rank"].tolist()[:2] == [1, 2]
    assert pd.isna(table["rank"][2])
    assert table["validation_accuracy"].tolist()[:2] == [0.9, 0.7]
    assert table["status"].tolist() == ["done", "done", "failed"]
    assert table["error"][2] == "ValueError: no"


def test_notebook_that_logged_no_model_is_not_ranked(store):
    store("a")
    table = report.leaderboard(store("b", 0.6), "accuracy")
    assert table["status"].tolist() == ["done", "nothing logged"]
    assert table["rank"].isna().tolist() == [False, True]


def test_each_dataset_has_its_own_ranks_and_only_one_is_compared(store):
    store("a", 0.6)
    store("b", 0.7)
    runs = store("a", 0.99, digest="other")
    table = report.leaderboard(runs, "accuracy")
    assert table[["dataset", "rank"]].to_numpy().tolist() == [["d1", 1], ["d1", 2], ["other", 1]]
    assert list(report.best_predictions(runs, "accuracy", 6)) == ["x (b)", "x (a)"]


def test_best_seed_stands_for_a_model_and_the_count_is_kept(store):
    store("a", 0.6, seed=0)
    store("a", 0.8, seed=1)
    runs = store("b", 0.7)
    best = report.best_predictions(runs, "accuracy", 6)
    assert list(best) == ["x (a)", "x (b)"]
    assert best["x (a)"]["p_negative"].iloc[0] == pytest.approx(0.8)
    assert list(report.best_predictions(runs, "accuracy", 1)) == ["x (a)"]


def test_run_is_named_by_what_tells_it_from_its_siblings(store):
    (alone,) = store("a", 0.6)
    assert report.model_names([alone]) == {alone.info.run_id: "x"}
    runs = [*store("a", 0.6, seed=1), *store("b", status="failed")]
    names = report.model_names(runs)
    assert {names[run.info.run_id] for run in runs} == {"x (a)", "x (b)"}


def test_mean_and_spread_over_seeds_are_told_by_model(store):
    store("a", 0.6, seed=0)
    store("a", 0.8, seed=1)
    store("c", 0.99, digest="other")
    table = report.over_seeds(store("b", 0.65), "accuracy")
    assert table.index.tolist() == ["x (a)", "x (b)"]
    assert table["seeds"].tolist() == [2, 1]
    assert table["validation"].tolist() == pytest.approx([0.7, 0.65])
    assert table.loc["x (a)", "spread"] == pytest.approx(0.1 * 2**0.5)
    assert pd.isna(table.loc["x (b)", "spread"])


def test_mistakes_of_all_models_are_those_that_each_makes(store):
    store("a", 0.9)
    runs = store("b", 0.2)
    best = report.best_predictions(runs, "accuracy", 6)
    assert report.common_mistakes(best, 10).empty
    alone = {"x (a)": best["x (a)"]}
    assert set(report.common_mistakes(alone, 100)["label"]) == {"positive"}


def test_nothing_to_compare_is_said(store):
    with pytest.raises(ValueError, match="There are no runs to compare"):
        report.leaderboard([], "accuracy")
    with pytest.raises(ValueError, match="No run is done, so there is nothing to compare"):
        report.best_predictions(store("a", status="failed"), "accuracy", 3)


def test_table_is_written_whole(store, tmp_path):
    table = report.leaderboard(store("a", 0.6), "accuracy")
    report.write_table(table, tmp_path / "reports" / "leaderboard.csv")
    assert pd.read_csv(tmp_path / "reports" / "leaderboard.csv")["rank"].tolist() == [1]
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["leaderboard.csv"]
