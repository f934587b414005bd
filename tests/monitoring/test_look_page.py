"""The page of a look."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from monitoring.example_look import LABELS, SINCE, UNTIL, example_look, validation, week

from textlab.data.dataset import Dataset
from textlab.data.split import stratified_split
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.export.reference import build_reference
from textlab.monitoring.figures import timeline_figure
from textlab.monitoring.inputs import input_findings
from textlab.monitoring.look import Verdict
from textlab.monitoring.outputs import output_findings
from textlab.monitoring.page import write_page
from textlab.monitoring.traffic import Traffic


def page_of(look, folder):
    return write_page(look, folder).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def moved():
    """The shift of the inputs and of the outputs: training tweets about tea, traffic about <b>planes</b>."""
    rng = np.random.default_rng(0)
    words = np.array(["tea", "cup", "warm", "milk", "morning", "leaf", "kettle", "garden", "rain"])
    texts = [" ".join(rng.choice(words, 6)) + f" n{row}" for row in range(400)]
    frame = pd.DataFrame({"id": [f"r{row}" for row in range(400)], "text": texts, "label": rng.integers(3, size=400)})
    dataset = Dataset("tea", "1", LABELS, *stratified_split(frame, (0.5, 0.25, 0.25), 0, LABELS))
    count = len(dataset.validation)
    labels, probabilities = validation(count)
    predicted = predictions_frame(dataset.validation.assign(label=labels), probabilities, LABELS)
    reference = build_reference(dataset, predicted, ("text",))
    times, _, answers = week(300)
    sent = [f"<b>plane</b> secret{row} late " + " ".join(rng.choice(words, 3)) for row in range(300)]
    traffic = Traffic(
        "sentiment",
        LABELS,
        np.array([f"{row:036x}" for row in range(300)]),
        times,
        np.full(300, 3, dtype=np.int32),
        answers,
        np.array([f"{row % 50:016x}" for row in range(300)]),
        np.array([len(text) for text in sent], dtype=np.int32),
        np.arange(300),
        sent,
        {},
    )
    return input_findings(reference, traffic), output_findings(reference, traffic)


@pytest.fixture(scope="module")
def page(tmp_path_factory, moved):
    """The page with every section. Figures take most of its time, so the other pages go without."""
    inputs, outputs = moved
    return page_of(example_look(inputs=inputs, outputs=outputs, texts=300), tmp_path_factory.mktemp("page"))


def test_page_says_what_moved_since_when_and_how_good_the_model_is(page):
    for title in ("Drift: the world has moved", "Since when?", "Has the input moved?", "Have the outputs moved?"):
        assert title in page
    assert "traffic, estimated without labels" in page
    assert "The estimate cannot see a change of the right labels" in page
    assert "four times in five" in page
    assert "raise at most 2.6 false alarms a year" in page
    assert "Each point is the mean of 3 hours. The vertical line is the estimated moment of the change" in page


def test_words_of_texts_are_escaped_and_no_whole_text_is_shown(page):
    assert "<b>plane" not in page
    assert "secret17" not in page


def test_page_loads_nothing_and_runs_no_script(page):
    assert "<script" not in page
    assert "default-src 'none'" in page


def test_window_in_the_page_is_in_utc(page):
    assert UNTIL > SINCE
    assert "2025-11-28 00:00 to 2025-12-05 00:00 UTC" in page


def test_quiet_look_has_no_alarm(tmp_path):
    look = example_look(verdict=Verdict.QUIET, findings=(), summary=("Nothing has moved.",))
    quiet = page_of(replace(look, timeline=None), tmp_path)
    assert "Quiet: no sign that the world has moved" in quiet
    assert "answer refused" not in quiet
    assert "<small>alarm</small>" not in quiet
    assert timeline_figure(look, look.timeline).get_suptitle() == "No change over time is shown"


def test_empty_week_has_a_page(tmp_path):
    nothing = {"timeline": None, "estimate": None, "power": None, "real_scores": (), "findings": (), "predictions": 0}
    empty = page_of(example_look(verdict=Verdict.TOO_FEW, summary=("Nothing was recorded.",), **nothing), tmp_path)
    assert "Too few predictions to judge" in empty
    assert "Since when?" not in empty


def test_repeated_look_says_that_nothing_is_spent(tmp_path):
    assert "nothing is spent" in page_of(example_look(is_repeated=True, alpha=0.0, timeline=None), tmp_path)
