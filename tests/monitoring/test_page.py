"""The page of a look."""

import numpy as np
import pytest
from monitoring.example_look import LABELS, SINCE, UNTIL, example_look, validation, week

from textlab.data.dataset import Dataset
from textlab.data.split import stratified_split
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.export.reference import build_reference
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
    import pandas as pd

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


def test_page_says_what_moved_since_when_and_how_good_the_model_is(tmp_path, moved):
    inputs, outputs = moved
    page = page_of(example_look(inputs=inputs, outputs=outputs, texts=300), tmp_path)
    for title in ("Drift: the world has moved", "Since when?", "Has the input moved?", "Have the outputs moved?"):
        assert title in page
    assert "traffic, estimated without labels" in page
    assert "The estimate cannot see a change of the right labels" in page
    assert "four times in five" in page


def test_words_of_texts_are_escaped_and_no_whole_text_is_shown(tmp_path, moved):
    inputs, outputs = moved
    page = page_of(example_look(inputs=inputs, outputs=outputs), tmp_path)
    assert "<b>plane" not in page
    assert "secret17" not in page


def test_page_loads_nothing_and_runs_no_script(tmp_path):
    page = page_of(example_look(), tmp_path)
    assert "<script" not in page
    assert "default-src 'none'" in page


def test_quiet_look_has_no_alarm(tmp_path):
    page = page_of(example_look(verdict=Verdict.QUIET, findings=(), summary=("Nothing has moved.",)), tmp_path)
    assert "Quiet: no sign that the world has moved" in page
    assert "answer refused" not in page
    assert "<small>alarm</small>" not in page
    assert "No change over time is shown" in page


def test_empty_week_has_a_page(tmp_path):
    nothing = {"timeline": None, "estimate": None, "power": None, "real_scores": (), "findings": (), "predictions": 0}
    page = page_of(example_look(verdict=Verdict.TOO_FEW, summary=("No prediction was recorded.",), **nothing), tmp_path)
    assert "Too few predictions to judge" in page
    assert "Since when?" not in page


def test_repeated_look_says_that_nothing_is_spent(tmp_path):
    assert "nothing is spent" in page_of(example_look(is_repeated=True, alpha=0.0), tmp_path)


def test_window_in_the_page_is_in_utc(tmp_path):
    assert UNTIL > SINCE
    assert "2025-11-28 00:00 to 2025-12-05 00:00 UTC" in page_of(example_look(), tmp_path)
