"""The report on models that read texts, pictures or both."""

import copy
import importlib
import re
from dataclasses import replace

import nbformat
import numpy as np
import pandas as pd
import pictured
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.tiny_pictures import picture_dataset
from textlab import record, report
from textlab.evaluation.audit import audit_dataset
from textlab.evaluation.classification.comparison import compare_classifiers
from textlab.evaluation.leaks import fingerprints
from textlab.report.classification import sections
from textlab.report.input_gains import InputGain, input_gains
from textlab.report.pages import write_pages
from textlab.report.recording import record_findings
from textlab.report.shown_examples import ShownExamples

READS = (("text",), ("image",), pictured.BOTH)
THUMBNAIL = "data:image/jpeg;base64,"


@pytest.fixture(scope="module")
def findings(shared_store):
    for read in READS:
        for seed in (0, 1):
            runs = pictured.add(shared_store, read, seed=seed)
    return report.gather(runs, "accuracy")


@pytest.fixture(scope="module")
def alone(shared_store):
    """Findings on pictures without texts."""
    return report.gather(pictured.add(shared_store, ("image",), inputs=("image",), grid="alone"), "accuracy")


def gain_of(findings, added):
    return next(gain for gain in findings.input_gains if gain.added == (added,))


def test_each_input_has_the_paired_difference_to_the_others_alone(findings):
    best = {frozenset(entry.run.inputs): name for name, entry in findings.representatives.items()}
    gain = gain_of(findings, "image")
    pair = findings.comparison.pair(best[frozenset(pictured.BOTH)], best[frozenset(["text"])])
    assert (gain.difference, gain.low, gain.high) == (pair["difference"], pair["low"], pair["high"])
    assert 0.2 < gain.low < gain.high < 0.7
    assert gain.seeds == 2
    html = sections.input_gains(findings).html
    assert re.search(r"Pictures add \d\d\.\d points \(\d\d\.\d to \d\d\.\d\) to texts alone\.", html)
    assert "Texts add " in html
    assert "A gain counts only if the means over seeds show it too." in html


def test_slices_by_tag_show_each_set_of_inputs_beside_the_others(findings):
    html = sections.slices(findings).html
    assert "tag: noisy" in html
    assert "missing: no picture" in html
    for reads in ("reads texts and pictures", "reads texts", "reads pictures"):
        assert f"<small>{reads}</small>" in html


def test_figures_hold_the_best_model_of_each_set_of_inputs_however_few_are_shown(findings):
    few = report.gather(findings.runs, "accuracy", shown=1)
    assert {few.entries[name].run.inputs for name in few.drawn} == set(READS)


def test_leaderboard_states_the_inputs_only_if_they_differ(findings, alone):
    assert set(report.leaderboard(findings.runs, "accuracy")["inputs"]) == {"text", "image", "text,image"}
    assert "inputs" not in report.leaderboard(alone.runs, "accuracy")
    assert "reads texts and pictures" in sections.board(findings).html
    assert "reads" not in sections.board(alone).html


def test_mistakes_are_pictures_with_escaped_titles(findings):
    html = sections.mistakes(findings).html
    assert html.count(THUMBNAIL) > 5
    assert "a cup &lt;b&gt;" in html
    assert "<b>" not in html
    assert re.search(r'alt="Example t\d+, labelled \w+ \w+, predicted \w+ \w+"', html)


def test_confusion_matrix_has_counts_and_an_example_in_each_field(findings):
    html = sections.confused_examples(findings).html
    frame = findings.champion_entry.test
    fields = len(frame.groupby(["label", "predicted"]))
    assert html.count(THUMBNAIL) + html.count("no picture") == fields
    assert html.count(THUMBNAIL) > 5
    assert html.count('class="right"') == 4
    right = int(((frame["label"] == "red cup") & (frame["predicted"] == "red cup")).sum())
    assert f'<td class="right"><b>{right}</b>' in html
    assert 'alt="Example' in html


def test_many_classes_show_the_most_confused_pairs(findings, monkeypatch):
    module = importlib.import_module("textlab.report.classification.sections.confused_examples")
    monkeypatch.setattr(module, "MOST_CLASSES", 3)
    html = sections.confused_examples(findings).html
    assert "the most confused pairs of classes" in html
    assert "predicted class" in html
    assert THUMBNAIL in html


def test_thumbnails_stop_at_the_budget_and_a_sentence_says_so(findings, monkeypatch):
    monkeypatch.setattr(ShownExamples.__init__, "__defaults__", (5_000,))
    html = sections.mistakes(findings).html
    sources = re.findall(r'src="([^"]+)"', html)
    assert 0 < sum(map(len, sources)) <= 5_000
    left_out = html.count("picture left out")
    assert left_out > 3
    assert f"{left_out} thumbnails were left out here to keep the report small." in html


def test_picture_that_is_gone_does_not_stop_the_report(findings, tmp_path, monkeypatch):
    entry = findings.champion_entry
    frame = entry.test.assign(image=f"{tmp_path}/gone.png#sha256=00")
    monkeypatch.setitem(findings.__dict__["entries"], entry.name, replace(entry, test=frame))
    html = sections.mistakes(findings).html
    assert "gone.png is not there any more. Put it back, or load the dataset again." in html
    assert THUMBNAIL not in html


def test_tests_of_texts_leave_out_models_without_texts(findings, alone):
    image = next(name for name in findings.drawn if findings.entries[name].run.inputs == ("image",))
    assert findings.behaviour.not_tested[image] == "It reads no text, and these tests change texts."
    assert "No compared model reads any, so the tests do not apply." in sections.capabilities(alone).html
    assert "do not apply" in sections.capability_picture(alone).html
    assert sections.failures(alone).html == ""


def test_changed_texts_keep_the_picture_of_their_example(findings):
    questions = findings.behaviour._questions
    pictures = findings.champion_entry.test.drop_duplicates("text").set_index("text")["image"]
    cases = findings.behaviour.cases
    original = dict(zip(cases["text"], cases["original"], strict=True))
    rows = questions[questions["text"].isin(cases["text"])]
    expected = [pictures.get(original[text] or text, "") for text in rows["text"]]
    assert len(rows) > 20
    assert rows["image"].tolist() == expected


@pytest.mark.parametrize("section", [name for name in sections.__all__ if name not in ("capabilities", "failures")])
def test_every_section_works_for_pictures_alone(alone, section):
    html = getattr(sections, section)(alone).html
    assert not re.search(r"\b(texts|tweets)\b", re.sub("<[^>]*>", "", html).replace("change texts", ""))


def test_gains_are_recorded_with_their_sentences(findings):
    record_findings(findings)
    grid_run = record.get_run(record.runs("grid")[0].parent)
    table = pd.read_csv(record.artifact(grid_run.id, "tables/input_gains.csv"))
    assert set(table["added"]) == {"text", "image"}
    assert table["sentence"].str.contains(" add ").all()


def test_runs_that_read_the_same_have_no_such_section(alone, tmp_path):
    assert sections.input_gains(alone).html == ""
    assert alone.input_gains == []
    cells = []
    for title, fragment in (("## Gains", sections.input_gains(alone)), ("## Answer", sections.answer(alone))):
        output = new_output("execute_result", {"text/html": fragment.html, "text/plain": "..."})
        cells += [new_markdown_cell(title), new_code_cell("...", outputs=[output])]
    nbformat.write(new_notebook(cells=cells), tmp_path / "comparison.ipynb")
    page = write_pages(tmp_path / "comparison.ipynb", tmp_path, "demo")[0].read_text()
    assert ("Gains" in page, "Answer" in page) == (False, True)


class Trained:
    """Three models on one test set, as far as `input_gains` reads them. Pictures are noise if `right` is 0.5."""

    def __init__(self, seed: int, right: float, rows: int = 400) -> None:
        examples = pictured.examples(rows)
        frames = {
            "text": pictured.predictions(examples, ("text",), 0.9, seed),
            "both": pictured.predictions(examples, ("text",), 0.9, seed + 1000),
        }
        if right != 0.5:
            frames["both"] = pictured.predictions(examples, pictured.BOTH, right, seed + 1000)
        self.comparison = compare_classifiers(frames, "accuracy", resamples=300)
        scores = self.comparison.intervals["accuracy"]
        self.scores_by_seed = {name: {0: float(scores[name])} for name in frames}
        read = {"text": ("text",), "both": pictured.BOTH}
        self.best_by_inputs = {frozenset(inputs): _Entry(name, inputs) for name, inputs in read.items()}


class _Entry:
    def __init__(self, name, inputs):
        self.name = self.model = name
        self.run = record.Run(name, inputs=inputs)


@pytest.mark.slow
def test_pictures_that_are_noise_are_hardly_ever_called_a_gain():
    claimed = ["add" in input_gains(Trained(seed, 0.5))[0].sentence.split()[:2] for seed in range(40)]
    assert sum(claimed) <= 3  # the test errs once in 40 in this direction


def test_pictures_that_tell_the_class_are_a_gain():
    sentences = [input_gains(Trained(seed, 0.9))[0].sentence for seed in range(5)]
    assert all(sentence.startswith("Pictures add ") for sentence in sentences)


GAIN = InputGain("both", "text", ("image",), ("text",), 0.03, 0.01, 0.05, 0.001, 0.002, 0.02, 2, 0.02)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({}, "Pictures add 3.0 points (1.0 to 5.0) to texts alone."),
        (
            {"difference": -0.03, "low": -0.05, "high": -0.01, "mean_difference": -0.03},
            "Pictures add nothing to texts alone: the score with them is 3.0 points lower (−5.0 to −1.0).",
        ),
        (
            {"mean_difference": -0.001},
            "Pictures show no measurable gain over texts alone: the two runs differ by +3.0 points, but the means over "
            "seeds by −0.1.",
        ),
        (
            {"low": -0.01, "p_holm": 0.2},
            "Pictures show no measurable gain over texts alone: +3.0 points (−1.0 to 5.0), p = 0.20. A gain of 2.0 "
            "points would be detected 80% of the time.",
        ),
        (
            {"difference": 0.0, "low": np.nan, "high": np.nan, "p_holm": 1.0, "detectable": 0.0},
            "Pictures show no measurable gain over texts alone: both runs have the same score on every resample.",
        ),
    ],
)
def test_sentence_claims_what_was_shown(changed, sentence):
    assert replace(GAIN, **changed).sentence == sentence


def test_copies_of_pictures_across_splits_are_listed(alone, tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprints, "FOLDER", tmp_path)
    dataset = picture_dataset(("image",))
    dataset.test.loc[0, "image"] = dataset.train.loc[5, "image"]
    audited = copy.copy(alone)
    audited.data = copy.copy(alone.data)
    vars(audited.data)["audit"] = audit_dataset(dataset)
    html = sections.leaks(audited).html
    assert "No leak or shortcut" not in html
    assert "Copies of training pictures" in html
    assert re.search(r"test-0.*train-5.*same content", html, re.DOTALL)
