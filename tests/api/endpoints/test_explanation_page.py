"""The page's explanation of a prediction, in a real browser."""

import os
import shutil
from pathlib import Path

import pytest
from answering import answering
from browser import CHROMIUM, browsing

from api.application import create
from api.settings import Settings

needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs {CHROMIUM}")
TEXT = "😀 the crew was <b>lovely</b> and kind, but late"
WORDS = "[...document.querySelectorAll('#marked mark')].map(mark => [mark.firstChild.data, mark.className])"


@pytest.fixture(scope="module")
def app(tmp_path_factory, exported):
    folder = tmp_path_factory.mktemp("explained")
    shutil.copytree(exported, folder / "models" / "sentiment" / "1")
    settings = Settings(model=folder / "models" / "sentiment", state=folder / "state", log_level="error")
    made = create(settings.model_copy(update={"load_trial": False}), testing=True)
    yield made
    made.extensions["textlab_api"].close()


@needs_chromium
def test_words_are_marked_with_lines_signs_and_words_and_reached_by_keyboard(app, tmp_path):
    with answering(app) as address, browsing(tmp_path / "profile") as page:
        page.open(address + "/")
        page.phone()
        page.evaluate("document.getElementById('text').focus()")
        page.type(TEXT)
        page.enter(modifiers=2)
        page.wait("!document.getElementById('why').hidden")
        page.tab()  # the access key
        page.tab()  # the button that classifies
        page.tab()
        assert page.evaluate("document.activeElement.id") == "explained"
        page.tab()
        assert page.evaluate("document.activeElement.textContent") == "Show the words that count"
        page.enter()
        page.wait("!document.getElementById('explanation').hidden")
        marked = dict(page.evaluate(WORDS))
        predicted = page.evaluate("document.getElementById('label').textContent")
        assert predicted == "positive"
        assert "for" in marked["<b>lovely</b>"].split()
        assert "against" in marked["late"].split()
        shown = page.evaluate(
            "[...document.getElementById('marked').childNodes].map(n => n.firstChild?.data ?? n.data)"
        )
        assert "".join(shown) == TEXT
        styles = page.evaluate(
            "['for', 'against'].map(side => getComputedStyle(document.querySelector(`#marked .${side}`))"
            ".textDecorationStyle)"
        )
        assert styles == ["solid", "wavy"]
        said = page.evaluate("document.querySelector('#marked .against').textContent")
        assert said.startswith("late−")
        assert "(against, " in said
        rows = page.evaluate("[...document.querySelectorAll('#contributions tr')].map(row => row.innerText)")
        assert any(row.split("\t")[:2] == ["late", "against"] and row.split("\t")[2].startswith("−") for row in rows)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            "a phone would scroll sideways"
        )
        assert page.complaints == [], "the content security policy or a script complains"
        if os.environ.get("TEXTLAB_SCREENSHOTS"):
            page.screenshot(Path(os.environ["TEXTLAB_SCREENSHOTS"]) / "explanation.png")


def test_page_of_a_model_that_cannot_explain_offers_no_explanation(shared_client):
    assert 'id="why"' not in shared_client.get("/").get_data(as_text=True)
