import json
from pathlib import Path

import pytest
from answering import answering
from pictures import RED
from served import free_port
from streamlit.testing.v1 import AppTest

PAGE = Path(__file__).resolve().parents[3] / "api" / "streamlit_app.py"


def opened(address, monkeypatch):
    monkeypatch.setenv("TEXTLAB_SERVICE", address)
    return AppTest.from_file(str(PAGE), default_timeout=60).run()


@pytest.fixture
def page(app, monkeypatch):
    with answering(app) as address:
        yield opened(address, monkeypatch)


def pressed(page, words):
    return next(button for button in page.button if button.label == words).click().run()


def test_a_tweet_is_classified_and_feedback_is_saved(page, settings):
    page.text_area[0].input("lovely crew")
    pressed(page, "Classify")
    assert page.subheader[0].value == "Prediction: positive"
    assert "negative 20.0%; positive 80.0%" in [line.value for line in page.markdown]
    assert page.caption[0].value == "Model: sentiment, version 2."
    pressed(page, "No, it is negative")
    assert page.success[0].value == "Thank you. Your feedback was saved."
    line = json.loads((settings.state / "feedback.jsonl").read_text())
    assert (line["text"], line["label"]) == ("lovely crew", "negative")
    assert not page.exception


def test_the_detail_of_a_problem_is_shown(page):
    page.text_area[0].input(" ")
    pressed(page, "Classify")
    assert "empty or blank" in page.error[0].value
    assert not page.exception


def test_the_address_of_a_missing_service_is_shown(monkeypatch):
    address = f"http://127.0.0.1:{free_port()}"
    page = opened(address, monkeypatch)
    assert address in page.error[0].value
    assert not page.exception


def test_a_picture_is_classified_beside_its_text_or_alone(shared_shop, monkeypatch):
    with answering(shared_shop.application) as address:
        page = opened(address, monkeypatch)
        page.file_uploader[0].upload("cup.png", RED, "image/png")
        page.text_area[0].input("a cup")
        pressed(page, "Classify")
        assert page.subheader[0].value == "Prediction: red cup"
        page.text_area[0].input("")
        pressed(page, "Classify")
        assert page.subheader[0].value.startswith("Prediction: red")
        assert not page.exception
        assert not page.error
