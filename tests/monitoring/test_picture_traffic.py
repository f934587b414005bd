"""Recorded predictions with pictures: their lines, what monitoring reads of them, and the tests."""

import base64
import json
import time
from dataclasses import replace

import numpy as np
import pytest
from monitoring.example_look import example_look
from monitoring.simulated import LABELS, make_outputs, make_reference, make_texts
from tiny_pictures import picture

from api.serving.store import Prediction
from api.serving.traffic import traffic_lines
from textlab.export.measured import measured_values
from textlab.inputs import kind_of
from textlab.inputs.measures import PICTURE_TRAITS
from textlab.inputs.references import inline_reference
from textlab.monitoring.inputs import input_findings
from textlab.monitoring.page import write_page
from textlab.monitoring.traffic import read_traffic

NOW = time.time() - 3_600
COUNT = 120
RED, DARK = (220, 30, 30), (120, 15, 15)


def lines_of(texts, pictures, in_full=True):
    _, probabilities = make_outputs(len(texts), np.random.default_rng(5))
    items = [
        (
            Prediction(f"{row:036x}", NOW + row, "shop", 1, "neutral", text),
            LABELS,
            probabilities[row].tolist(),
            f"caller {row}",
            {"image": content},
        )
        for row, (text, content) in enumerate(zip(texts, pictures, strict=True))
    ]
    return list(traffic_lines(items, str, in_full))


def traffic_of(folder, *given, **options):
    folder.mkdir(exist_ok=True)
    (folder / "1.jsonl").write_bytes(b"\n".join(lines_of(*given, **options)) + b"\n")
    return read_traffic(folder, "shop", 1, LABELS, NOW - 1, NOW + 1_000)


@pytest.fixture(scope="module")
def reference():
    """The reference of 200 red pictures with texts; a tenth of the examples has no picture."""
    values = [inline_reference(picture(RED, 1_000 + row)) for row in range(200)]
    return replace(
        make_reference(), measured={"image": measured_values("image", values)}, missing={"text": 0.0, "image": 0.1}
    )


def findings_of(reference, folder, colour, blanks=12, in_full=True):
    texts = make_texts(COUNT, np.random.default_rng(3))
    pictures = [b"" if row < blanks else picture(colour, row) for row in range(COUNT)]
    return input_findings(reference, traffic_of(folder, texts, pictures, in_full=in_full))


def p_of(shift, name):
    return {finding.name: finding.p for finding in shift.findings}[name]


def test_line_of_a_text_alone_is_what_it_was():
    prediction = Prediction("a" * 36, 1.5, "shop", 1, "neutral", 'say "hi" ☕')
    (line,) = traffic_lines([(prediction, ("x", "y"), [0.25, 0.75], "me", {})], str, True)
    ending = '"characters":{"text":10},"caller":"me","inputs":{"text":"say \\"hi\\" ☕"}}'
    assert line.decode().endswith(f',"probabilities":[0.250000,0.750000],{ending}')


def test_line_holds_the_measures_of_a_picture_and_not_the_picture():
    content = picture(RED)
    (line,) = lines_of(["a cup"], [content])
    assert base64.b64encode(content[:60]) not in line
    found = json.loads(line)["inputs"]
    assert found["text"] == "a cup"
    assert tuple(found["image"]["traits"]) == PICTURE_TRAITS
    assert found["image"]["sha256"] == kind_of("image").identity(inline_reference(content))


def test_without_texts_a_line_holds_nothing_that_identifies_a_picture():
    (line,) = lines_of(["a cup"], [picture(RED)], in_full=False)
    assert json.loads(line)["inputs"]["image"].keys() == {"form", "traits"}
    assert b"a cup" not in line


def test_broken_picture_in_traffic_is_left_out_and_no_error(tmp_path):
    traffic = traffic_of(tmp_path / "t", ["a", "b", "c"], [picture(RED), b"no picture", b""])
    assert traffic.others["image"].rows.tolist() == [0]
    assert traffic.others["image"].is_missing.tolist() == [False, False, True]


def test_same_kind_of_pictures_raises_nothing(reference, tmp_path):
    shift = findings_of(reference, tmp_path / "t", RED)
    assert min(finding.p for finding in shift.findings if finding.name.startswith("image")) > 0.01
    assert shift.others.values["image"].compared == COUNT - 12


def test_darker_pictures_are_found_by_traits_and_by_the_classifier(reference, tmp_path):
    shift = findings_of(reference, tmp_path / "t", DARK)
    assert p_of(shift, "image: traits") < 1e-6
    assert p_of(shift, "image: domain classifier") < 1e-6
    assert "brightness" in [each.unit for each in shift.others.values["image"].traits if each.p < 1e-6]


def test_missing_pictures_are_found(reference, tmp_path):
    assert p_of(findings_of(reference, tmp_path / "t", RED, blanks=60), "image: missing") < 1e-6


def test_traits_alone_are_compared_where_embeddings_were_not_recorded(reference, tmp_path):
    shift = findings_of(reference, tmp_path / "t", DARK, in_full=False)
    assert p_of(shift, "image: traits") < 1e-6
    assert "recorded only the traits" in shift.others.caveats[0]


def test_repeated_picture_counts_once(reference, tmp_path):
    texts, pictures = make_texts(COUNT, np.random.default_rng(3)), [picture(DARK)] * COUNT
    shift = input_findings(reference, traffic_of(tmp_path / "t", texts, pictures))
    assert "image" not in shift.others.values
    assert "1 different picture and" in shift.others.caveats[0]


def test_page_shows_the_traits_and_the_missing_pictures(reference, tmp_path):
    inputs = findings_of(reference, tmp_path / "t", DARK, in_full=True)
    page = write_page(example_look(inputs=inputs, texts=COUNT), tmp_path).read_text(encoding="utf-8")
    assert "Have the pictures moved?" in page
    assert "brightness" in page
    assert "Are inputs missing?" in page
