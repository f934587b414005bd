"""The link that `make ui` prints, on a real MLflow server and in a real browser."""

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import mlflow
import pytest
import requests
from mlflow import MlflowClient
from mlflow_server import Server
from typer.testing import CliRunner

from textlab import record
from textlab.record import pages
from textlab.record.__main__ import app

CHROMIUM = shutil.which("chromium")
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
COLUMNS = ("validation_macro_recall", "test_macro_recall", "test_macro_recall_low", "test_macro_recall_high")


def add_run(grid, cell, score):
    run_id = record.open_run(grid, cell, "10_x", cell, {})
    record.log_metrics(run_id, dict.fromkeys((*COLUMNS, "test_brier"), score))
    record.close_run(run_id, "done")


def add_grid():
    """Three runs of the grid "grid", whose primary metric is macro recall; returns the id of its MLflow experiment."""
    with record.grid_run("grid", primary_metric="macro_recall"):
        experiment_id = record.prepare_store("grid")
        for cell, score in (("middle", 0.8), ("best", 0.9), ("worst", 0.7)):
            add_run(experiment_id, cell, score)
    return experiment_id


@pytest.fixture
def grid(store):
    """The grid in a store of its own."""
    return add_grid()


@pytest.fixture(scope="module")
def running(empty_store, tmp_path_factory):
    """A server with the grid, whose start takes seconds; also the id of the grid's MLflow experiment."""
    folder = tmp_path_factory.mktemp("mlruns")
    shutil.copy(empty_store, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("textlab.paths.MLRUNS", folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        experiment_id = add_grid()
    started = Server(folder)
    started.start()
    yield started, experiment_id
    started.stop()


@pytest.fixture
def server(running, monkeypatch):
    """The server, which the environment names."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", running[0].address)
    return running[0]


def page_in_browser(address, profile):
    """The page's HTML once its table has rows."""
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", *QUIET, f"--user-data-dir={profile}"]
    command += ["--window-size=2400,900", "--virtual-time-budget=20000", "--dump-dom", address]
    until = time.monotonic() + 200
    while time.monotonic() < until:
        html = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
        if "col-id=" in html and ">best<" in html:
            return html
    raise TimeoutError(html)


def columns_of(html):
    """The metrics in the table's header, from left to right."""
    header = r'role="columnheader"[^>]*col-id="metrics\.`(\w+)`"[^>]*left: (\d+)px'
    return [name for name, _ in sorted(re.findall(header, html), key=lambda found: int(found[1]))]


def rows_of(html):
    """The names of the table's runs, from top to bottom."""
    places = {row: int(index) for index, row in re.findall(r'row-index="(\d+)" row-id="(\w+)"', html)}
    names = dict(re.findall(r'/runs/(\w{32})"><span[^>]*>([^<]+)<', html))
    return [names[row] for row in sorted(names, key=places.get)]


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_link_opens_the_runs_side_by_side_best_on_validation_first_with_their_scores(server, tmp_path):
    html = page_in_browser(pages.comparison_page("grid"), tmp_path / "profile")
    assert columns_of(html)[: len(COLUMNS)] == list(COLUMNS)
    assert rows_of(html) == ["best", "middle", "worst", "grid grid"]
    assert html.count(">0.9<") == len(COLUMNS)
    assert "test_brier" not in html


@pytest.mark.slow
def test_server_returns_the_view_that_the_link_names(server, running):
    grid = running[1]
    link = pages.comparison_page("grid")
    view = "workflowType=machine_learning&viewStateShareKey=comparison"
    assert link == f"{server.address}/#/experiments/{grid}/runs?{view}"
    answer = requests.get(
        f"{server.address}/ajax-api/2.0/mlflow/experiments/get", {"experiment_id": grid}, timeout=60
    ).json()
    (state,) = [
        tag["value"] for tag in answer["experiment"]["tags"] if tag["key"] == "mlflow.sharedViewState.comparison"
    ]
    assert json.loads(state) == pages.view_state("macro_recall")


def test_installed_mlflow_contains_every_name_in_the_link_and_the_view():
    scripts = Path(mlflow.__file__).parent / "server" / "js" / "build" / "static" / "js"
    source = "".join(path.read_text(encoding="utf-8") for path in scripts.glob("*.js"))
    link = ("workflowType", "machine_learning", "viewStateShareKey", "mlflow.sharedViewState.")
    for word in (*link, *pages.view_state("accuracy"), "runDateAndNestInfo", "Run Name"):
        assert word in source, word


def test_columns_are_the_primary_metric_its_interval_and_the_costs_without_repetition():
    state = pages.view_state("accuracy")
    assert state["selectedColumns"] == [
        f"metrics.`{name}`"
        for name in (
            *("validation_accuracy", "test_accuracy", "test_accuracy_low", "test_accuracy_high"),
            *("test_macro_f1", "latency_ms", "fit_seconds", "bundle_mb"),
        )
    ]
    assert (state["orderByKey"], state["orderByAsc"]) == ("metrics.`validation_accuracy`", False)


def test_view_fits_into_a_tag_and_replaces_the_previous_view(grid):
    pages.comparison_page("grid")
    pages.comparison_page("grid")
    tags = MlflowClient(record.tracking_uri()).get_experiment(grid).tags
    (view,) = [value for key, value in tags.items() if key.startswith("mlflow.sharedViewState.")]
    assert len(view) < 5000


def test_newest_grid_is_the_one_whose_cells_ran_last_and_runs_by_hand_do_not_count(grid):
    for name in ("other", "grid"):
        with record.grid_run(name):
            add_run(record.prepare_store(name), f"again in {name}", 0.5)
    add_run(record.prepare_store("by-hand"), "by hand", 0.5)
    assert pages.newest_grid() == "grid"


def test_store_without_a_grid_has_no_newest_one(store):
    assert pages.newest_grid() is None


def test_command_prints_the_link_of_a_server_and_starts_nothing(server, monkeypatch):
    monkeypatch.setattr("os.execv", lambda *_: pytest.fail("The command started a server."))
    answer = CliRunner().invoke(app, ["ui"])
    assert answer.exit_code == 0
    assert answer.stdout == f"The runs of the grid grid, compared: {pages.comparison_page('grid')}\n"
    refused = CliRunner().invoke(app, ["ui", "grit"])
    assert refused.exit_code == 2
    assert "MLflow has no experiment 'grit'. Run the grid first" in refused.stderr
