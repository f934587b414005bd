"""The report shows the likeliest wrong labels and scores out of fold if a run made folds, and nothing otherwise."""

import pandas as pd
import pytest
from tiny_data import tiny_dataset

from textlab import record, report
from textlab.data.corrections import copy_corrections, read_corrections
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.record.writing import log_metrics
from textlab.report.classification import sections


def log_out_of_fold(store, run_id):
    """Add predictions to a run in which the first example has a wrong label that looks like a formula's."""
    examples = tiny_dataset(per_split=80).train
    confidence = examples["label"].to_numpy()[:, None] == [0, 1]
    probabilities = confidence * 0.8 + 0.1
    probabilities[0] = [0.02, 0.98]
    examples.loc[0, "text"] = "=<b>the crew was lovely</b>"
    frame = predictions_frame(examples, probabilities, ("negative", "positive"))
    path = store.folder / "predictions_out_of_fold.parquet"
    frame.to_parquet(path, index=False)
    record.log_files(run_id, [path])
    log_metrics(run_id, {"out_of_fold_accuracy": 79 / 80})


@pytest.fixture(scope="module")
def findings(shared_store):
    shared_store.add("a", 0.9)
    runs = shared_store.add("b", 0.7)
    log_out_of_fold(shared_store, next(run.id for run in runs if run.name.startswith("b")))
    return report.gather(record.runs("grid"), "accuracy")


def test_the_likeliest_wrong_label_is_shown_with_the_suggested_one_and_escaped(findings):
    html = sections.label_issues(findings).html
    assert "of 80 training labels are wrong" in html
    first = html[html.index("<tbody") :] if "<tbody" in html else html
    assert first.index("train-0") < first.index("negative") < first.index("positive")
    assert "=&lt;b&gt;the crew was lovely" in html
    assert "<b>the crew" not in html


def test_the_score_out_of_fold_says_what_its_interval_covers(findings):
    html = sections.cross_validated(findings).html
    assert "98.8" in html
    assert "does not cover other training sets" in " ".join(html.split())


def test_a_grid_without_folds_has_neither_section(store):
    store.add("a", 0.9)
    found = report.gather(store.add("b", 0.7), "accuracy")
    assert sections.label_issues(found).html == sections.cross_validated(found).html == ""
    assert found.write_files(store.folder) == []


def test_the_list_is_a_file_of_corrections_without_formulas(findings, tmp_path):
    (path,) = findings.write_files(tmp_path)
    row = pd.read_csv(path, dtype=str, keep_default_na=False).iloc[0]
    assert row["id"] == "train-0"
    assert row["text"].startswith("'=")
    assert row["corrected_label"] == ""
    assert read_corrections(path).empty


def test_a_list_that_a_person_has_begun_to_correct_is_not_replaced(findings, tmp_path):
    (new,) = findings.write_files(tmp_path)
    mine = tmp_path / "mine.csv"
    assert copy_corrections(new, mine)
    assert copy_corrections(new, mine)
    begun = mine.read_text(encoding="utf-8").replace(",,", ",positive,", 1)
    mine.write_text(begun, encoding="utf-8")
    assert not copy_corrections(new, mine)
    assert mine.read_text(encoding="utf-8") == begun
