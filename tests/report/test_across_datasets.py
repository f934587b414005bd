"""The scores of models on several datasets stand in one table beside published ones."""

import math
from dataclasses import replace

import pytest

from textlab.data.discovery import benchmark_of
from textlab.record import Run, Status
from textlab.report.across_datasets import scores_across_datasets, write_across_datasets

IRONY, STANCE = "tweet_eval/irony", "tweet_eval/stance"


def run(number, dataset, model="lstm", status=Status.DONE, **metrics):
    measured = {f"test_{name}": value for name, value in metrics.items()}
    return Run(f"r{number}", notebook=f"20_{model}", status=status, model=model, dataset=dataset, metrics=measured)


@pytest.fixture
def runs():
    return {
        IRONY: [run(0, IRONY, f1_irony=0.6, macro_f1=0.5), run(1, IRONY, f1_irony=0.7, macro_f1=0.5)],
        STANCE: [run(2, STANCE, f1_against=0.4, f1_favor=0.6, macro_f1=0.1)],
    }


def row_of(scores, model, dataset):
    return scores[(scores["model"] == model) & (scores["dataset"] == dataset)].iloc[0]


def test_score_is_the_benchmarks_own_and_the_mean_over_seeds(runs):
    scores = scores_across_datasets(runs, {}, benchmark_of([IRONY, STANCE]))
    irony, stance = row_of(scores, "lstm", IRONY), row_of(scores, "lstm", STANCE)
    assert (irony["measure"], irony["score"], irony["seeds"]) == ("f1_irony", pytest.approx(0.65), 2)
    assert irony["deviation"] == pytest.approx(math.sqrt(0.005))
    assert (stance["measure"], stance["score"]) == ("f1_against+f1_favor", pytest.approx(0.5))
    assert row_of(scores, "BERTweet", IRONY)["score"] == pytest.approx(0.821)
    assert scores["published"].sum() == 2 * 8


def test_score_is_the_primary_metric_where_there_is_no_benchmark(runs):
    scores = scores_across_datasets(runs, dict.fromkeys(runs, "macro_f1"), None)
    assert not scores["published"].any()
    assert scores["score"].tolist() == pytest.approx([0.5, 0.1])


def test_mean_over_datasets_is_missing_where_a_score_is(runs, tmp_path):
    runs[STANCE] = [run(2, STANCE)]
    scores = scores_across_datasets(runs, dict.fromkeys(runs, "macro_f1"), None)
    write_across_datasets(tmp_path / "index.html", "tasks", scores, dict.fromkeys(runs, ("", "")), None)
    page = (tmp_path / "index.html").read_text()
    assert page.count(">50.0<") == 1  # irony's own score, and no mean of it alone
    assert "1 scores are missing" not in page
    assert "1 score is missing" in page


def test_different_measures_have_no_mean(runs, tmp_path):
    for name, primary in (("one", dict.fromkeys(runs, "macro_f1")), ("two", {IRONY: "f1_irony", STANCE: "macro_f1"})):
        scores = scores_across_datasets(runs, primary, None)
        write_across_datasets(tmp_path / name, "tasks", scores, dict.fromkeys(runs, ("", "")), None)
    assert ">mean<" in (tmp_path / "one").read_text()
    assert ">mean<" not in (tmp_path / "two").read_text()


@pytest.mark.parametrize("datasets", [[IRONY, STANCE], ["demo", "airline"]])
def test_page_without_a_finished_run_shows_no_own_model(datasets, tmp_path):
    benchmark = benchmark_of(datasets)
    scores = scores_across_datasets({name: [] for name in datasets}, dict.fromkeys(datasets, "macro_f1"), benchmark)
    answers = dict.fromkeys(datasets, ("No run has finished.", "a.html"))
    write_across_datasets(tmp_path / "index.html", "tasks", scores, answers, benchmark)
    assert "0 models on 2 datasets." in (tmp_path / "index.html").read_text()


def test_failed_runs_are_left_out(runs):
    runs[IRONY].append(run(3, IRONY, "bert", Status.FAILED))
    assert "bert" not in set(scores_across_datasets(runs, {}, benchmark_of(list(runs)))["model"])


def test_run_on_a_dataset_of_its_own_is_left_out(runs):
    runs[IRONY].append(replace(run(3, "airline", "bert", f1_irony=0.9), parameters={"dataset": "airline"}))
    assert "bert" not in set(scores_across_datasets(runs, {}, benchmark_of(list(runs)))["model"])


def test_only_datasets_of_one_benchmark_have_its_scores():
    assert benchmark_of([IRONY]).name == "TweetEval"
    assert benchmark_of([IRONY, "airline"]) is None
    assert benchmark_of(["file:x.csv"]) is None


def test_published_scores_have_the_published_means():
    benchmark = benchmark_of([IRONY])
    means = {model: sum(of_model.values()) / 7 for model, of_model in benchmark.published.items()}
    assert means["BERTweet"] == pytest.approx(67.9, abs=0.06)
    assert means["RoBERTa, from tweets only"] == pytest.approx(61.4, abs=0.06)
    assert all(set(of_model) == set(benchmark.measures) for of_model in benchmark.published.values())


def test_page_shows_scores_with_their_deviation_and_a_link_to_each_answer(runs, tmp_path):
    benchmark = benchmark_of(list(runs))
    scores, answers = scores_across_datasets(runs, {}, benchmark), {IRONY: ("Trust <b>.", "a.html"), STANCE: ("", "b")}
    write_across_datasets(tmp_path / "index.html", "tasks", scores, answers, benchmark)
    page = (tmp_path / "index.html").read_text()
    assert "65.0<small>± 7.1, 2 seeds</small>" in page
    assert "Trust &lt;b&gt;." in page
    assert '<a href="a.html">' in page
    assert "<script" not in page
    assert ">TE<" not in page  # the mean is one of all seven tasks
