"""The report on models of several labels: the right answer, and sections of its own."""

import re
from contextlib import contextmanager

import nbformat
import numpy as np
import pandas as pd
import pytest

from tests.report.labelled import LabelStore
from textlab import record, report
from textlab.concerns import ConcernKind
from textlab.evaluation.multilabel.doubts import label_concerns
from textlab.evaluation.multilabel.floors import EVERY, FLOORS, NONE, floor_predictions
from textlab.evaluation.multilabel.metrics import multilabel_metrics
from textlab.paths import NOTEBOOKS
from textlab.report.multilabel import sections
from textlab.report.multilabel.findings import MultilabelFindings
from textlab.report.recording import record_findings

ALWAYS = [name for name in sections.__all__ if name != "input_gains"]  # which needs runs with several inputs


def html_of(findings):
    """Return a function that makes a section's HTML from its name."""
    return lambda name: getattr(sections, name)(findings).html


@contextmanager
def opened(folder, empty_store):
    (folder / "mlflow.db").write_bytes(empty_store.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("textlab.paths.MLRUNS", folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield LabelStore(folder)


def findings_of(grid, runs):
    findings = report.gather(runs, "macro_f1")
    findings.data.__dict__["_loaded"] = (grid.dataset, "")  # the dataset is made by hand, so no name loads it
    return findings


@pytest.fixture(scope="module")
def compared(empty_store, tmp_path_factory):
    """Findings of a model with two seeds that is truly better than another."""
    with opened(tmp_path_factory.mktemp("labels"), empty_store) as grid:
        grid.add("bert", 0.8, seed=0, latency=9.0)
        grid.add("bert", 1.2, seed=1, latency=9.0)
        runs = grid.add("logistic_regression", 2.0)
        yield findings_of(grid, runs)


def test_better_model_is_recommended_with_its_interval(compared):
    assert isinstance(compared, MultilabelFindings)
    assert compared.champion.name == "bert, seed 0"
    assert compared.refusal == ""
    assert re.match(
        r"We recommend bert, seed 0: macro F1 \d\d\.\d \(\d\d\.\d to \d\d\.\d\) on 160 test texts\.", compared.answer[0]
    )


def test_model_that_is_no_better_than_every_label_is_refused(empty_store, tmp_path):
    with opened(tmp_path, empty_store) as grid:
        findings = findings_of(grid, grid.add("lstm", 30.0))
        assert findings.refusal.startswith("No model can be recommended: on test, the macro F1 of lstm is ")
        assert "answers that ignore the text (every label) reach 66.7" in findings.refusal
        assert all(map(html_of(findings), ALWAYS))


def test_floors_ignore_the_text(compared):
    test = compared.champion_entry.test
    floors = floor_predictions(test, {"negative": 0.5, "positive": 0.25, "neutral": 0.0})
    assert tuple(floors) == FLOORS
    assert multilabel_metrics(floors[NONE])["macro_recall"] == 0
    assert multilabel_metrics(floors[EVERY])["macro_recall"] == 1
    drawn = floors["label shares"]
    assert drawn[[f"predicted_{name}" for name in compared.label_names]].mean().to_list() == [0.5, 0.25, 0.0]
    assert drawn.groupby("true_negative")["predicted_negative"].mean().to_list() == [0.5, 0.5]
    again = floor_predictions(test.sample(frac=1, random_state=0), {"negative": 0.5, "positive": 0.25})["label shares"]
    assert (
        again.set_index("id")["predicted_positive"]
        .sort_index()
        .equals(drawn.set_index("id")["predicted_positive"].sort_index())
    )


def test_labels_with_few_examples_or_none_are_concerns(compared):
    frame = compared.champion_entry.test
    rare = frame.assign(true_neutral=np.arange(len(frame)) < 4, true_positive=False)
    found = label_concerns(rare, rare)
    assert [(concern.kind, concern.is_serious) for concern in found] == [
        (ConcernKind.MISSING_CLASS, True),
        (ConcernKind.MISSING_CLASS, True),
        (ConcernKind.FEW_TEXTS, False),
        (ConcernKind.FEW_TEXTS, False),
    ]
    assert found[0].text == (
        "None of the validation texts has positive, so scores on validation leave out what is missing. Put texts with "
        "every label into validation."
    )
    assert found[2].finding.startswith("Few validation texts have some of the labels: 4 have neutral. They share the")
    assert label_concerns(frame, frame) == []


def test_sections_show_labels_thresholds_and_what_is_missed(compared):
    page = sections.labels(compared).html
    assert all(name in page for name in ("negative", "positive", "neutral", "threshold"))
    assert f"{compared.thresholds['neutral']:.2f}" in page
    assert "never a label" in sections.board(compared).html
    assert "160 texts, 1.5 labels each, 12% without a label" in sections.question(compared).html
    assert "labelled " in sections.mistakes(compared).html
    assert "distinct label sets" in sections.preparation(compared).html
    assert "no label, every label, and labels drawn" in sections.checklist(compared).html
    assert all(map(html_of(compared), ALWAYS))


def test_notebook_shows_every_section():
    cells = nbformat.read(NOTEBOOKS / "82_compare_multilabel.ipynb", as_version=4).cells
    shown = {name for cell in cells for name in re.findall(r"sections\.(\w+)\(findings\)", cell.source)}
    assert shown == set(sections.__all__)


def test_words_of_classification_are_not_in_the_report(compared):
    page = " ".join(getattr(sections, name)(compared).html for name in sections.__all__)
    visible = re.sub(r'src="data:[^"]*"', "", page)
    assert [word for word in ("confusion", "majority class", "class shares", "softmax") if word in visible] == []


def test_findings_are_recorded_under_the_same_names_as_those_of_other_tasks(compared):
    record_findings(compared)
    best = {run.name: run for run in record.runs("multilabel")}["bert, seed 0"]
    assert best.is_champion
    assert best.metrics["test_macro_f1_low"] < best.metrics["test_macro_f1"] < best.metrics["test_macro_f1_high"]
    grid_run = str(best.parent)
    floors = pd.read_csv(record.artifact(grid_run, "tables/floors.csv"))
    assert floors["name"].tolist() == list(FLOORS)
    assert record.artifact(grid_run, "figures/label_decisions.png").is_file()
    board = report.leaderboard(record.runs("multilabel"), "macro_f1")
    assert {"macro_f1", "micro_f1", "subset_accuracy", "hamming_score"} <= set(board)
    assert not {"accuracy", "roc_auc"} & set(board)
    assert "micro F1" in sections.board(compared).html
