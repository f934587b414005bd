"""The work of the batch command, without a terminal."""

import io
import json
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import pandas as pd
import pytest
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from textlab import record
from textlab.runner import campaign as campaign_module
from textlab.runner import reporting
from textlab.runner.campaign import execute, prepare
from textlab.runner.display.tables import leaderboard_table
from textlab.runner.display.terminal import Terminal
from textlab.runner.executing import execution
from textlab.runner.options import Options


class Log:
    """A display that stores everything that it should show."""

    def __init__(self):
        self.outcomes, self.reports = [], 0

    @contextmanager
    def executing(self, campaign, jobs):
        yield self

    def reporting(self):
        self.reports += 1
        return nullcontext()

    def start_code_cell(self, cell, number, count, bar=None):
        pass

    def end_cell(self, outcome):
        self.outcomes.append(outcome)


@pytest.fixture
def grid(notebooks, store, tmp_path, monkeypatch, warm_kernels):
    """Write a grid file of these runs; returns its path."""
    notebooks("80_compare", "1", parameters='experiment: str = "g"  # the grid')  # no grid here gets as far as a report
    monkeypatch.setattr(execution, "WarmKernels", lambda *_: nullcontext(warm_kernels))
    for module in (campaign_module, reporting):
        monkeypatch.setattr(module, "REPORTS", tmp_path / "reports")

    def write(*runs, name="g"):
        path = tmp_path / "grid.yaml"
        path.write_text(json.dumps({"name": name, "dataset": "air_paradis", "runs": runs}))  # JSON is YAML
        return path

    return write


def finished(path, **options):
    options, log = Options(**options), Log()
    return execute(prepare(path, options), options, log), log


def test_outcomes_are_displayed_and_a_grid_without_a_model_has_a_leaderboard_but_no_report(notebooks, grid, tmp_path):
    notebooks("10_works", "1")
    result, log = finished(grid({"notebook": "10_works"}))
    assert [outcome.status for outcome in log.outcomes] == ["done"]
    assert list(result.outcomes) == log.outcomes
    assert (result.failures, result.is_success) == ([], False)
    assert result.report.error == "No run has logged a model, so there is no report."
    assert log.reports == 0
    assert len(pd.read_csv(tmp_path / "reports/g/leaderboard.csv")) == 1


def test_preparation_writes_nothing(notebooks, grid, tmp_path):
    notebooks("10_works", "1")
    before = sorted(tmp_path.rglob("*"))
    campaign = prepare(grid({"notebook": "10_works"}), Options())
    assert [campaign.states[cell.key].reason for cell in campaign.plan.cells] == ["new"]
    assert sorted(set(tmp_path.rglob("*")) - set(before)) == [tmp_path / "grid.yaml"]
    assert record.runs_so_far("g") == []


def test_failed_cell_is_executed_again_only_on_request(notebooks, grid):
    notebooks("10_fails", "raise ValueError('no')")
    path = grid({"notebook": "10_fails"})
    statuses = [finished(path, **options)[0].outcomes[0].status for options in ({}, {}, {"retry_failed": True})]
    assert statuses == ["failed", "failed before", "failed"]


def test_cell_that_another_grid_has_done_is_done_and_stands_in_this_grids_leaderboard(notebooks, grid, tmp_path):
    log = "    mlflow.log_metric('answer', 42)\n    mlflow.log_text('hi', 'note')"
    notebooks("10_works", f"import mlflow\nwith mlflow.start_run():\n{log}")
    first = finished(grid({"notebook": "10_works"}))[0].outcomes[0]
    path = grid({"notebook": "10_works", "parameters": {"kind": "a"}}, name="other")  # a is the default
    campaign = prepare(path, Options())
    (state,) = (campaign.states[cell.key] for cell in campaign.plan.cells)
    assert (state.status, state.reason) == ("done before", "done in grid g")
    result, _ = finished(path)
    (outcome,) = result.outcomes
    assert (outcome.status, outcome.done_in) == ("done before", "g")
    run = record.get_run(outcome.run_id)
    assert (record.grid_of(run), run.reused, run.is_open) == ("other", first.run_id, False)
    assert run.parameters == {"dataset": "air_paradis", "seed": 0, "kind": "a"}
    assert run.metrics == record.get_run(first.run_id).metrics == {"answer": 42}
    assert record.artifact(run.id, "note").read_text() == "hi"
    assert pd.read_csv(tmp_path / "reports/other/leaderboard.csv")["run_id"].tolist() == [run.id]
    console = Console(file=io.StringIO(), width=100)
    Terminal(console).print_result(campaign, result)
    assert "1 of 1 cells done, 1 of them before (1 in grid g)" in console.file.getvalue()
    report = replace(result.report, answer="We recommend a [b].", concerns=("copies in the data", "one seed"))
    Terminal(console).print_result(campaign, replace(result, report=report))
    printed = console.file.getvalue()
    assert "Answer           We recommend a [b].\nConcerns         copies in the data; one seed\n" in printed
    again = finished(path)[0].outcomes[0]
    assert (again.run_id, again.done_in) == (run.id, ""), "it is reused once"
    forced = prepare(path, Options(force=True))
    assert [forced.states[cell.key].is_due for cell in forced.plan.cells] == [True]


def test_gauges_tell_how_far_a_grid_is_and_the_scores_of_its_models(notebooks, grid, tmp_path):
    log = "import mlflow\nwith mlflow.start_run():\n    mlflow.log_metrics({'test_macro_recall': 0.75, 'answer': 42})"
    notebooks("10_works", log)
    notebooks("20_fails", "raise ValueError('no')")
    finished(grid({"notebook": "10_works"}, {"notebook": "20_fails"}))
    text = (tmp_path / "reports/metrics/g.prom").read_text(encoding="utf-8")
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
    counts = {each.labels["status"]: each.value for each in samples if each.name == "textlab_grid_cells"}
    assert {status: count for status, count in counts.items() if count} == {"done": 1, "failed": 1}
    assert counts["due"] == 0, "an old number would stay where the gauges are kept"
    (score,) = [each for each in samples if each.name == "textlab_grid_score"]
    described = {"grid": "g", "notebook": "10_works", "dataset": "air_paradis", "split": "test"}
    assert described.items() <= score.labels.items()
    assert (score.labels["metric"], score.value) == ("macro_recall", 0.75)
    assert len([each for each in samples if each.name == "textlab_grid_cell_seconds"]) == 2


def test_a_misspelt_tracker_is_refused_before_anything_starts(notebooks, grid, monkeypatch):
    notebooks("10_works", "1")
    monkeypatch.setenv("TEXTLAB_WANDB", "onlin")
    with pytest.raises(ValueError, match="TEXTLAB_WANDB is 'onlin'"):
        prepare(grid({"notebook": "10_works"}), Options())


@pytest.mark.slow
def test_runs_of_a_grid_are_copied_also_those_that_were_done_before(notebooks, grid, store, monkeypatch, tmp_path):
    pytest.importorskip("wandb", reason="needs wandb: pip install 'textlab[wandb]'")
    notebooks("10_works", "import mlflow\nwith mlflow.start_run():\n    mlflow.log_metric('answer', 42)")
    notebooks("20_fails", "raise ValueError('no')")
    path = grid({"notebook": "10_works"}, {"notebook": "20_fails"})
    finished(path)
    monkeypatch.setenv("TEXTLAB_ROOT", str(tmp_path))
    monkeypatch.setenv("TEXTLAB_WANDB", "offline")
    finished(path)
    assert len(list((store / "wandb/wandb").glob("offline-run-*/*.wandb"))) == 1


def test_setting_on_the_command_line_defines_another_cell(notebooks, grid):
    notebooks("10_works", "1")
    path = grid({"notebook": "10_works"})
    campaigns = [prepare(path, Options(settings=settings)) for settings in ((), ("seed=3",))]
    assert [campaign.plan.cells[0].parameters["seed"] for campaign in campaigns] == [0, 3]


def test_leaderboard_keeps_the_trials_of_a_search_that_is_not_selected(notebooks, grid, tmp_path):
    notebooks("20_searched", "1", parameters="rate: float = 0.5  # to search")
    notebooks("30_other", "1")
    search = {"trials": 1, "parameters": {"rate": {"low": 0.0, "high": 1.0}}}
    path = grid({"notebook": "20_searched", "search": search}, {"notebook": "30_other"})
    for only in ("20*", "30*"):
        result, _ = finished(path, only=only)
        assert [outcome.status for outcome in result.outcomes] == ["done"]
    table = pd.read_csv(tmp_path / "reports/g/leaderboard.csv")
    assert sorted(table["notebook"]) == ["20_searched", "30_other"]
    console = Console(file=io.StringIO(), width=100)
    console.print(leaderboard_table(result.report.leaderboard, "macro_recall"))
    assert "nan" not in console.file.getvalue(), "a notebook without a seed has none"
    console.print(leaderboard_table(result.report.leaderboard, "cost_saved"))
    assert "cost saved" in console.file.getvalue(), "a report that failed has computed no costs, and is told itself"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"jobs": 0}, r"--jobs is 0\. State at least 1"),
        ({"timeout": -1.0}, r"--timeout is -1\. State a positive number"),
        ({"executor": "slurm"}, r"Unknown executor 'slurm'\. Available: local, ray"),
        ({"address": "head:1"}, r"--address head:1 names a Ray cluster\. Add --executor ray"),
    ],
)
def test_invalid_option_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Options(**options).check()
