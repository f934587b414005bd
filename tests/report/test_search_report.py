"""The report on a grid of retrievers: the right answer, and sections of its own."""

import re
from contextlib import contextmanager
from dataclasses import replace

import pandas as pd
import pytest
from tiny_retriever import fitted_retriever

from tests.report.searched import SearchStore
from textlab import record, report
from textlab.concerns import ConcernKind
from textlab.evaluation.retrieval.floors import FLOORS
from textlab.export.bundle import write_bundle
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.recording import record_findings
from textlab.report.retrieval import sections
from textlab.report.retrieval.findings import RetrievalFindings

PRIMARY = "ndcg_10"


@contextmanager
def opened(folder, empty_store):
    """Make a store in `folder`, which textlab uses inside the context."""
    (folder / "mlflow.db").write_bytes(empty_store.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("textlab.paths.MLRUNS", folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield SearchStore(folder)


@pytest.fixture
def grid(empty_store, tmp_path):
    with opened(tmp_path, empty_store) as fresh:
        yield fresh


def findings_of(grid, runs):
    findings = report.gather(runs, PRIMARY)
    findings.data.__dict__["_loaded"] = (grid.dataset, "")  # the dataset is made by hand, so no name loads it
    return findings


@pytest.fixture(scope="module")
def searched(empty_store, tmp_path_factory):
    """Findings of an encoder with two seeds that is truly better than BM25, which fails on paraphrases."""
    with opened(tmp_path_factory.mktemp("search"), empty_store) as grid:
        pairs = {"similarity_spearman": 0.812, "similarity_mae": 0.1, "similarity_accuracy": 0.9}
        grid.add("sentence_encoder", 0.8, seed=0, latency=9.0, **pairs)
        grid.add("sentence_encoder", 0.78, seed=1, latency=9.0)
        runs = grid.add("bm25", {"skills": 0.9, "paraphrase": 0.0, "conditions": 0.4})
        yield findings_of(grid, runs)


def test_better_retriever_is_recommended_with_its_interval_and_a_paired_test_on_queries(searched):
    assert isinstance(searched, RetrievalFindings)
    assert searched.champion.name == "sentence encoder, seed 0"
    assert searched.refusal == ""
    assert re.match(
        r"We recommend sentence encoder, seed 0: nDCG@10 \d\d\.\d \(\d\d\.\d to \d\d\.\d\) on 120 test queries\.",
        searched.answer[0],
    )
    assert "With 120 test queries, a true difference of" in " ".join(searched.answer)
    assert searched.comparison.pair("sentence encoder, seed 0", "bm25")["p_holm"] < 0.05
    assert ConcernKind.SIMPLE_MODEL not in {concern.kind for concern in searched.concerns}
    assert "text" not in " ".join(searched.answer).replace("texts", "text").split()


def test_retrievers_that_tie_are_decided_by_speed_and_the_answer_says_so(grid):
    grid.add("sentence_encoder", 0.72, latency=20.0)
    findings = findings_of(grid, grid.add("bm25", 0.70, latency=1.0))
    assert findings.champion.name == "bm25"
    assert " ties with the best validation model, sentence encoder" in findings.answer[0]
    assert "20 times faster" in findings.answer[0]
    assert findings.simple == ""


def test_bm25_that_ties_with_a_champion_which_is_no_slower_is_a_concern(grid):
    grid.add("sentence_encoder", 0.72, latency=1.0)
    findings = findings_of(grid, grid.add("bm25", 0.70, latency=1.0))
    assert findings.champion.name == "sentence encoder"
    (concern,) = [each for each in findings.concerns if each.kind is ConcernKind.SIMPLE_MODEL]
    assert concern.is_serious
    assert concern.finding.startswith("bm25 only matches words, and it ties with sentence encoder on test (")
    assert concern.text in findings.answer


def test_retriever_that_finds_no_more_than_chance_is_not_recommended(grid):
    grid.add("sentence_encoder", 0.0)
    findings = findings_of(grid, grid.add("bm25", 0.0))
    assert findings.refusal.startswith("No model can be recommended: on test, the nDCG@10 of ")
    assert "rankings that ignore the query (" in findings.refusal
    assert findings.answer[0] == findings.refusal
    assert "We recommend" not in " ".join(findings.answer)
    assert "No recommendation" in sections.answer(findings).html


def test_floors_stand_in_the_leaderboard_and_never_in_the_comparison(searched):
    page = sections.board(searched).html
    for floor in FLOORS:
        assert floor in page
        assert floor not in searched.comparison.intervals.index
    for heading in ("MRR@10", "recall@100"):
        assert page.count(f">{heading}</th>") == 1
    assert "nDCG@10 on test, 95% interval" in page
    assert "accuracy" not in page
    assert "macro" not in page


def test_kinds_of_request_show_where_matching_words_fails(searched):
    page = sections.kinds(searched).html
    assert [f">{kind}<" in page for kind in ("all", "skills", "paraphrase", "conditions")] == [True] * 4
    assert searched.kinds["queries"].tolist()[:2] == [120, 120]
    rows = {
        row[0]: row for row in re.findall(r'<th scope="row">(\w+)</th>(.*?)</tr>', sections.beside_words(searched).html)
    }
    assert "+" in rows["paraphrase"][1]
    assert "−" in rows["skills"][1]
    assert "paraphrase" in sections.kinds_picture(searched).html


def test_queries_that_differ_show_both_lists_with_the_relevant_documents_marked(searched):
    page = sections.differing(searched).html
    assert "sentence encoder, seed 0 and bm25" in page
    assert page.count('<article class="query">') == 5
    assert page.count("<h4>sentence encoder, seed 0: nDCG@10 ") == page.count("<h4>bm25: nDCG@10 ") == 5
    assert "✓ relevant, grade 2" in page


def test_worst_queries_show_what_was_wanted_and_what_was_found_instead(searched):
    page = sections.worst(searched).html
    assert page.count('<article class="query">') == 8
    assert page.count("<h4>best answers (first one at rank ") == page.count("<h4>found instead: nDCG@10 ") == 8


def test_texts_of_documents_are_escaped_and_shortened(searched):
    for section in (sections.worst, sections.differing, sections.preparation, sections.leaks):
        page = section(searched).html
        assert "<script" not in page
        assert "<b>1" not in page
        assert "writes long sentences about it " * 6 not in page
    assert "&lt;script&gt;" in sections.worst(searched).html
    assert "…</small>" in sections.worst(searched).html


def test_share_of_answers_that_meet_the_conditions_is_counted_from_the_fields(searched):
    page = sections.conditions(searched).html
    assert "sentence encoder, seed 0" in page
    assert ">40<" in page
    assert "meet all without reading, %" in page


def test_pairs_are_shown_for_runs_that_were_measured_on_them(searched, grid):
    page = sections.similarity(searched).html
    assert "0.812" in page
    assert "bm25" not in page
    alone = findings_of(grid, grid.add("bm25", 0.9))
    assert "No run was measured on pairs of texts" in sections.similarity(alone).html


def test_every_section_of_a_single_run_has_a_text(grid):
    findings = findings_of(grid, grid.add("static_encoder", 0.9))
    assert " is the only run." in findings.answer[0]
    assert all(getattr(sections, name)(findings).html for name in sections.__all__)


def test_data_that_cannot_be_loaded_are_a_note_and_the_pages_still_name_documents_by_id(grid):
    findings = report.gather(grid.add("bm25", 0.9), PRIMARY)
    (note,) = [concern for concern in findings.concerns if concern.kind is ConcernKind.NOT_CHECKED]
    assert note.finding.startswith("The data were not checked for leaks. The dataset could not be loaded:")
    assert all(getattr(sections, name)(findings).html for name in sections.__all__)
    assert "<b>d" in sections.worst(findings).html


def test_findings_of_search_are_recorded_under_the_same_names_as_those_of_classification(searched):
    record_findings(searched)
    runs = {run.name: run for run in record.runs("search")}
    best = runs["sentence encoder, seed 0"]
    assert best.is_champion
    assert best.metrics["test_ndcg_10_low"] < best.metrics["test_ndcg_10"] < best.metrics["test_ndcg_10_high"]
    grid_run = str(best.parent)
    tables = {
        name: pd.read_csv(record.artifact(grid_run, f"tables/{name}.csv"))
        for name in ("floors", "answer", "intervals", "pairs", "costs")
    }
    assert tables["floors"]["name"].tolist() == list(FLOORS)
    assert tables["answer"]["text"][0] == searched.answer[0]
    assert "ndcg_10_low" in tables["intervals"]
    assert record.artifact(grid_run, "figures/kinds.png").is_file()
    board = report.leaderboard(record.runs("search"), PRIMARY)
    assert {"ndcg_10", "mrr_10", "map_100", "recall_10", "recall_100"} <= set(board)
    assert not {"accuracy", "macro_f1", "roc_auc"} & set(board)


CLASSIFICATION_WORDS = (
    "accuracy",
    "macro recall",
    "confusion",
    "calibration",
    "majority class",
    "McNemar",
    "class shares",
)


def test_nothing_of_classification_is_in_the_report_on_search(searched):
    page = " ".join(getattr(sections, name)(searched).html for name in sections.__all__ if name != "similarity")
    visible = re.sub(r'src="data:[^"]*"', "", page)
    assert [word for word in CLASSIFICATION_WORDS if word.lower() in visible.lower()] == []


def test_nothing_of_search_is_in_the_report_on_classification(store):
    from textlab.report.classification import sections as of_classification

    findings = report.gather(store.add("a", 0.9), "accuracy")
    assert isinstance(findings, ClassificationFindings)
    names = set(of_classification.__all__) - {"capabilities", "capability_picture", "failures", "costs"}
    page = re.sub(r'src="data:[^"]*"', "", " ".join(getattr(of_classification, name)(findings).html for name in names))
    assert [word for word in ("nDCG", "MRR", "query", "queries", "ranking") if word in page] == []


def test_names_are_swapped_only_if_the_documents_describe_people(searched):
    assert "do not describe people" in sections.fairness(searched).html


def test_names_and_places_are_swapped_in_requests_to_the_champion(searched, tmp_path, monkeypatch):
    model, dataset, index, _ = fitted_retriever("bm25", tmp_path)
    write_bundle(model, dataset, tmp_path / "bundle", {}, parts={"index": index.folder})
    monkeypatch.setattr(record, "bundle_folder", lambda run_id: tmp_path / "bundle")
    monkeypatch.setitem(searched.data.__dict__, "_loaded", (replace(searched.data.dataset, people=True), ""))
    page = sections.fairness(searched).html
    for kind in ("another name, alike", "gender", "origin", "gender and origin", "place"):
        assert kind in page
    assert re.findall(r">(\d+)<", page).count("80") == 5  # forty of the 120 test requests state conditions
    assert "no swap of gender or origin changes clearly more than the control" in page
