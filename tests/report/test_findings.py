"""The findings about a grid, and the runs that are left out."""

import numpy as np
import pandas as pd
import pytest

from textlab import record, report
from textlab.concerns import ConcernKind
from textlab.evaluation.behaviour import capability_table
from textlab.export.measured_answers import MeasuredAnswers
from textlab.models.calibration import Calibration
from textlab.record.notebook_run import log_calibration
from textlab.record.pages import run_page
from textlab.report.classification import sections
from textlab.report.leaderboard import with_floors
from textlab.report.recording import record_findings


def test_faster_model_wins_a_tie_and_all_seeds_have_the_same_latency(store):
    store.add("a", 0.90, seed=0, latency=9.0)
    store.add("a", 0.85, seed=1, latency=0.001)  # measured at a quiet moment
    store.add("a", 0.85, seed=2, latency=9.0)
    findings = report.gather(store.add("b", 0.875, latency=1.0), "accuracy")
    assert findings.champion.leader == "x (a), seed 0"
    assert findings.champion.name == "x (b)"
    recommendation, few_texts, runner_up, _, notes = findings.answer
    assert few_texts.startswith("The test split has few texts: 20 of negative and 20 of positive; the interval")
    assert " Training depends on the random seed, and x (b) ran with one seed. The data were not checked" in notes
    assert recommendation.startswith("We recommend x (b): accuracy 87.5 (")
    assert " x (b) ties with the best validation model, x (a), seed 0 (" in recommendation
    assert recommendation.endswith(
        "), and is 9 times faster. Read the concern below before you rely on this recommendation."
    )
    assert runner_up.startswith(
        "The runner-up, x (a), seed 0, is 9 times slower and scores 2.5 points higher on test ("
    )
    assert list(findings.representatives) == ["x (a), seed 0", "x (b)"]
    assert findings.costs.loc["x (a), seed 0", "latency_ms"] == 9


def test_single_run_has_every_section_without_a_comparison(store):
    findings = report.gather(store.add("a", 0.9), "accuracy")
    assert " x is the only run." in findings.answer[0]
    assert "No other model was compared." in findings.answer
    for section in (sections.board, sections.differences, sections.seeds, sections.agreement, sections.mistakes):
        assert section(findings).html


def test_run_that_cannot_be_compared_is_left_out_with_a_reason(store):
    store.add("a", 0.9)
    store.add("b", 0.8)
    store.add("other", 0.99, digest="d2")
    store.add("texts", 0.99, texts=str.upper)
    store.add("lost", 0.99, frames=False)
    runs = store.add("nan", 0.99, frames="nan")
    findings = report.gather(runs, "accuracy")
    assert list(findings.entries) == ["x (a)", "x (b)"]
    reasons = " ".join(findings.left_out)
    assert "x (other) was trained on other data, d2. Runs on different test sets are never compared." in reasons
    assert "x (texts) was tested on other examples. Runs on different test sets are never compared." in reasons
    assert "x (lost) is left out. MLflow run " in reasons
    assert "has no predictions_validation.parquet" in reasons
    assert "x (nan) is left out. 'x (nan)': 1 of 40 rows hold a probability that is NaN" in reasons
    page = sections.board(findings).html
    assert all(sentence.replace("'", "&#39;") in page for sentence in findings.left_out)


def test_grid_without_a_comparable_run_is_an_error(store):
    with pytest.raises(ValueError, match="No run is done, so there is nothing to compare"):
        report.gather(store.add("a", status="failed"), "accuracy")
    with pytest.raises(ValueError, match=r"No run can be compared\. x \(b\) is left out"):
        report.gather(store.add("b", 0.9, frames=False), "accuracy")


def test_primary_metric_without_an_interval_is_substituted_and_the_page_says_so(store):
    findings = report.gather(store.add("a", 0.9), "roc_auc")
    assert findings.metric == "macro_recall"
    assert (
        "The primary metric, ROC AUC, depends on more than the predicted classes, so it has no interval."
        in sections.answer(findings).html
    )


def test_model_that_is_right_half_of_the_time_is_not_recommended(store):
    findings = report.gather(store.add("a", 0.5), "accuracy")
    assert findings.refusal.startswith("No model can be recommended: on test, the accuracy of x is 50.0, and answers ")
    assert findings.answer[0] == findings.refusal
    assert findings.concerns[0].kind is ConcernKind.NOT_ABOVE_FLOOR
    assert "We recommend" not in " ".join(findings.answer)
    page = sections.answer(findings).html
    assert "No recommendation" in page
    assert "champion, not recommended" in page
    assert "not recommended" in sections.board(findings).html
    assert "How well does x separate negative and positive?" in sections.question(findings).html


def test_floors_stand_in_the_leaderboard_and_never_in_the_comparison(tested):
    page = sections.board(tested).html
    assert page.index("majority class") > page.index("x (b)")
    assert "always negative" in page
    for floor in ("majority class", "class shares"):
        assert floor in page
        assert floor not in tested.comparison.intervals.index
        assert floor not in tested.drawn
        assert floor not in tested.representatives


NOTE = "This model trained too little: validation accuracy still rose. Raise epochs (2)."


def test_reader_is_warned_that_a_lower_model_trained_too_little(store):
    store.add("a", 0.9)
    findings = report.gather(store.add("b", 0.8, family="bert", notes=[NOTE]), "accuracy")
    (concern,) = [each for each in findings.concerns if each.kind is ConcernKind.TRAINED_TOO_LITTLE]
    assert concern.is_serious
    assert concern.text in findings.answer
    assert (
        concern.text == f"bert (b) may score too low. {NOTE} Do not conclude yet that it is worse than another model."
    )
    assert sections.board(findings).html.count("training ended too early") == 1
    table = findings.leaderboard.set_index("name")["training_notes"]
    assert table.to_dict() == {"x (a)": "", "bert (b)": NOTE}


def test_champion_that_trained_too_little_is_no_reason_to_doubt_the_choice(store):
    store.add("a", 0.8, family="bert")
    findings = report.gather(store.add("b", 0.9, notes=[NOTE]), "accuracy")
    (concern,) = [each for each in findings.concerns if each.kind is ConcernKind.TRAINED_TOO_LITTLE]
    assert not concern.is_serious
    assert concern.finding in findings.answer[-1]


def test_short_training_that_a_longer_one_of_its_family_beats_is_marked_in_the_leaderboard_alone(store):
    store.add("a", 0.9)
    findings = report.gather(store.add("b", 0.8, notes=[NOTE]), "accuracy")
    assert ConcernKind.TRAINED_TOO_LITTLE not in {each.kind for each in findings.concerns}
    assert "training ended too early" in sections.board(findings).html


def test_reader_learns_how_many_test_texts_a_model_cut(store):
    store.add("a", 0.9)
    runs = store.add("b", 0.8, family="bert")
    run_id = next(run.id for run in runs if run.model == "bert")
    store.client.log_metric(run_id, "truncated_share", 0.25)
    findings = report.gather(record.runs("grid"), "accuracy")
    (concern,) = [each for each in findings.concerns if each.kind is ConcernKind.TRUNCATED]
    assert concern.is_serious
    count = len(findings.entries["bert (b)"].test)
    assert concern.finding == f"bert (b) did not read the end of {count // 4} of {count} test texts (25.0%)."


def test_reader_sees_the_errors_without_and_with_the_calibration_that_a_model_serves(store):
    store.add("a", 0.9)
    runs = store.add("b", 0.7, family="bert")
    run_id = next(run.id for run in runs if run.model == "bert")
    served = Calibration("temperature", (0.5,), examples=40)
    log_calibration(run_id, served.document())
    findings = report.gather(record.runs("grid"), "accuracy")
    assert findings.calibrations == {"x (a)": Calibration(), "bert (b)": served}
    table = findings.calibration
    assert table.loc["x (a)", "ece_before"] == table.loc["x (a)", "ece_after"]
    before, after = table.loc["bert (b)", ["ece_before", "ece_after"]]
    assert before > after + 0.05  # without the temperature of 2, the model is surer than it is right
    section = sections.calibration(findings).html
    assert "] →\n[" in section, "an interval in each line, so that the table fits the page"
    section = " ".join(section.split())
    assert "temperature 2.00" in section
    assert f"{before:.3f} → {after:.3f}" in section
    record_findings(findings)
    metrics = record.get_run(run_id).metrics
    assert (metrics["temperature"], metrics["ece_uncalibrated"]) == (2.0, pytest.approx(before))


@pytest.fixture(scope="module")
def tested(shared_store):
    """Findings of two models and a failure. On behavioural tests, both models predict positive for every text."""
    shared_store.add("a", 0.9, seed=0)
    shared_store.add("a", 0.8, seed=1)
    shared_store.add("c", status="failed")
    findings = report.gather(shared_store.add("b", 0.7, latency=5.0), "accuracy")
    behaviour = findings.behaviour
    texts = len({*behaviour.cases["original"], *behaviour.cases["text"]})
    answers = MeasuredAnswers(np.tile(np.float32([0.2, 0.8]), (texts, 1)), 500.0)
    behaviour.__dict__["_outcomes"] = dict.fromkeys(findings.drawn, answers)
    return findings


def test_failure_rates_follow_from_the_predictions(tested):
    page = sections.capabilities(tested).html
    rates = capability_table(tested.behaviour.results).set_index(["phenomenon", "model"])["failure_rate"]
    assert rates["negation", "x (b)"] == pytest.approx(0.5, abs=0.1)  # half of the sentences are negative
    assert page.count(f">{100 * rates['negation', 'x (b)']:.0f}%</a>") >= 2
    assert page.count(">0%</a>") >= 2 * 5  # no change affects a constant prediction
    assert "predicted positive" in sections.failures(tested).html
    assert tested.costs["memory_mb"].tolist() == [500.0, 500.0]


def test_every_number_links_to_its_run(tested):
    for section in (sections.board, sections.differences, sections.seeds, sections.costs, sections.capabilities):
        page = section(tested).html
        for name in tested.drawn:
            assert f'href="{run_page(tested.entries[name].run)}"' in page, section


def test_findings_are_recorded_in_the_runs_and_the_grid(tested, shared_store):
    record_findings(tested)
    record_findings(tested)  # a second report on the same runs
    runs = {run.name: run for run in record.runs("grid")}
    assert set(runs) == {"x (a), seed 0", "x (a), seed 1", "x (b)", "c 0"}
    parents = {run.parent for run in runs.values()}
    assert len(parents) == 1
    grid = shared_store.client.get_run(parents.pop())
    assert (grid.info.run_name, grid.info.status) == ("grid grid", "FINISHED")
    concerns = {tag: value for tag, value in grid.data.tags.items() if tag.startswith("textlab.concern.")}
    assert concerns["textlab.concern.few_texts"] == "serious"
    assert concerns["textlab.concern.one_seed"] == concerns["textlab.concern.not_checked"] == "noted"
    record.annotate(record.get_run(grid.info.run_id), concerns={"one_seed": False})
    tags = shared_store.client.get_run(grid.info.run_id).data.tags
    assert [tag for tag in tags if tag.startswith("textlab.concern.")] == ["textlab.concern.one_seed"]
    assert grid.data.tags["mlflow.note.content"].startswith(tested.answer[0])
    assert grid.data.metrics["champion_test_accuracy"] == pytest.approx(0.9)
    first = runs["x (a), seed 0"]
    assert first.is_champion
    assert first.metrics["test_accuracy_low"] < 0.9 < first.metrics["test_accuracy_high"]
    assert first.metrics["fails_negation_minimum_functionality"] == pytest.approx(0.5, abs=0.1)
    assert first.metrics["memory_mb"] == 500
    figures = {entry.path for entry in shared_store.client.list_artifacts(grid.info.run_id, "figures")}
    assert figures == {"figures/intervals.png", "figures/pareto.png", "figures/capabilities.png"}
    table = report.leaderboard(record.runs("grid"), "accuracy")
    assert table["group"].tolist()[:3] == [1, 1, 2]
    assert table["group"].dtype == "Int64"
    assert table["accuracy_low"].notna().sum() == 3
    answer, *concerns = pd.read_csv(record.artifact(grid.info.run_id, "tables/answer.csv")).itertuples(index=False)
    assert tuple(answer) == ("answer", tested.answer[0])
    assert [concern.text for concern in concerns] == tested.answer[1 : 1 + len(concerns)] != []
    whole = with_floors(table, record.artifact(grid.info.run_id, "tables/floors.csv"))
    assert whole["name"].tolist()[-2:] == ["majority class", "class shares"]
    assert whole["status"].tolist()[-2:] == ["floor", "floor"]
    majority = whole.iloc[-2]
    assert (majority["accuracy"], majority["validation_accuracy"], majority["dataset"]) == (0.5, 0.5, "d1")
    assert majority["accuracy_low"] < 0.5 < majority["accuracy_high"]
    assert whole["rank"].tolist()[:-2] == table["rank"].tolist()
    assert whole["rank"].isna().tolist()[-2:] == [True, True]
    assert "1.0" not in whole["group"].to_csv()


def test_checklist_shows_statistics_data_and_parameters(tested):
    page = sections.checklist(tested).html
    for words in ("BCa bootstrap, 95%", "d1", "features: a, b", "Holm", "40 validation texts, 40 test texts"):
        assert words in page, words


def test_new_runs_are_nested_under_the_grid(store):
    with record.grid_run("grid", dataset="d1") as run_id:
        assert store.client.get_run(run_id).info.status == "RUNNING"
        (run,) = store.add("a", status="failed")
    assert run.parent == run_id
    grid = store.client.get_run(run_id)
    assert (grid.info.status, grid.data.tags["textlab.dataset"]) == ("FINISHED", "d1")
    with pytest.raises(KeyboardInterrupt), record.grid_run("grid") as again:
        raise KeyboardInterrupt
    assert again == run_id
    assert store.client.get_run(run_id).info.status == "KILLED"


def test_run_on_a_server_links_to_the_server(monkeypatch, store):
    (run,) = store.add("a", status="failed")
    path = f"/#/experiments/{run.experiment_id}/runs/{run.id}"
    assert run_page(run) == "http://127.0.0.1:5000" + path
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://mlflow.example.org/")
    assert run_page(run) == "https://mlflow.example.org" + path


def test_slices_show_their_kind_and_name(tested):
    page = sections.slices(tested).html
    assert "length: 11-20 words" in page
    assert "tag: plain" in page


def test_behavioural_tests_are_left_out_in_a_sentence_where_texts_are_german(store):
    findings = report.gather(store.add("a", 0.9, texts="Der Zug ist nicht da, und es ist {}".format), "accuracy")
    sentence = "The behavioural tests were left out: their sentences are English, and the texts are mostly in German"
    assert sentence in sections.capabilities(findings).html
    assert sentence in sections.capability_picture(findings).html
    behaviour = findings.behaviour
    texts = len(behaviour._questions)
    assert 0 < texts <= 500
    answers = MeasuredAnswers(np.tile(np.float32([0.2, 0.8]), (texts, 1)), 500.0)
    behaviour.__dict__["_outcomes"] = dict.fromkeys(findings.drawn, answers)
    (measured,) = findings.measured().values()
    assert measured["memory_mb"] == 500.0
    assert not [name for name in measured if name.startswith("fails_")]
    assert "Failures of" not in sections.failures(findings).html
