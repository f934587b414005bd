"""The page and the OpenAPI document of a model that reads text and image, in a real browser."""

import base64
import json
import os
from pathlib import Path

import pytest
from answering import answering
from browser import CHROMIUM, browsing
from jsonschema import Draft202012Validator
from pictures import BLUE, RED, in_base64
from tiny_pictures import picture

from api.access.headers import CONTENT_SECURITY_POLICY
from api.application import create
from textlab.sealing import Keys, read_lines
from textlab.sealing.key_files import new_key

needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs {CHROMIUM}")
FILE = "new File([Uint8Array.from(atob('{}'), (each) => each.charCodeAt(0))], 'blue cup.png', {{ type: 'image/png' }})"
DROP = """
((files, zone) => {{
  for (const file of [{}]) files.items.add(file);
  zone.dispatchEvent(new DragEvent("drop", {{ dataTransfer: files, bubbles: true, cancelable: true }}));
}})(new DataTransfer(), document.querySelector("[data-drop]"));
"""


@pytest.fixture(scope="module")
def opened(shared_shop, tmp_path_factory):
    """A browser, and the address of the service."""
    with (
        answering(shared_shop.application) as address,
        browsing(tmp_path_factory.mktemp("browser") / "profile") as page,
    ):
        yield page, address


@pytest.fixture
def page(opened):
    page, address = opened
    page.complaints.clear()
    page.open(address + "/")
    return page


def keep(page, name):
    """Save a screenshot if TEXTLAB_SCREENSHOTS names a folder."""
    if os.environ.get("TEXTLAB_SCREENSHOTS"):
        page.screenshot(Path(os.environ["TEXTLAB_SCREENSHOTS"]) / f"{name}.png")


def text_of(page, identifier):
    return page.evaluate(f"document.getElementById('{identifier}').textContent")


def choose(page, path):
    """Choose a file, as the dialog of the system would."""
    document = page.send("DOM.getDocument")
    node = page.send("DOM.querySelector", nodeId=document["root"]["nodeId"], selector="#image")
    page.send("DOM.setFileInputFiles", nodeId=node["nodeId"], files=[str(path)])


def shown(page):
    return page.evaluate("!document.getElementById('image-preview').hidden")


@needs_chromium
def test_a_picture_is_chosen_and_a_title_typed_with_the_keyboard_alone(page, opened, shared_shop, tmp_path):
    assert page.evaluate("document.title") == "Classify a text and a picture"
    page.phone()
    page.tab()
    assert page.evaluate("document.activeElement.id") == "text"
    page.type("a <b>cup</b>")
    page.tab()
    assert page.evaluate("document.activeElement.id") == "image"
    (tmp_path / "red.png").write_bytes(RED)
    choose(page, tmp_path / "red.png")
    page.wait("!document.getElementById('image-preview').hidden")
    assert text_of(page, "image-shown") == "Chosen: red.png"
    page.evaluate("document.getElementById('text').focus()")
    page.enter(modifiers=2)
    page.wait("!document.getElementById('answer').hidden")
    assert text_of(page, "label") == "red cup"
    assert page.evaluate("document.querySelectorAll('#bars li').length") == 4
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "a phone would scroll sideways"
    keep(page, "picture-phone")
    page.send("Emulation.clearDeviceMetricsOverride")
    page.evaluate("document.querySelectorAll('#choices button')[1].focus()")
    page.enter()
    page.wait("document.getElementById('thanks').textContent !== ''")
    assert page.evaluate("document.activeElement.id") == "text"
    state = shared_shop.application.extensions["textlab_api"].settings.state
    (line,) = [json.loads(line) for line in (state / "feedback.jsonl").read_text().splitlines()]
    assert (line["text"], line["predicted"]) == ("a <b>cup</b>", "red cup")
    assert "image" not in line
    assert page.complaints == [], "the content security policy or a script complains"
    assert all(asked.startswith(opened[1]) for asked in page.addresses), "the page requests another host"


@needs_chromium
def test_a_picture_is_dropped_seen_replaced_and_removed(page):
    page.evaluate(DROP.format(FILE.format(in_base64(picture((30, 30, 220), size=400)))))
    page.wait("!document.getElementById('image-preview').hidden")
    canvas = "document.getElementById('image-preview')"
    assert page.evaluate(f"[{canvas}.width, {canvas}.height]") == [240, 240]
    colour = page.evaluate(f"[...{canvas}.getContext('2d').getImageData(120, 120, 1, 1).data]")
    assert colour[2] > 150 > colour[0]
    page.evaluate("document.getElementById('ask').click()")
    page.wait("!document.getElementById('answer').hidden")
    assert text_of(page, "label").startswith("blue")
    keep(page, "picture-desktop")
    two = FILE.format(in_base64(RED))
    page.evaluate(DROP.format(f"{two}, {two}"))
    assert text_of(page, "image-shown") == "Choose one file."
    page.evaluate("document.getElementById('image-remove').click()")
    assert not shown(page)
    assert page.evaluate("document.activeElement.id") == "image"
    page.evaluate("document.getElementById('ask').click()")
    page.wait("document.getElementById('problem').textContent !== ''")
    assert 'Send "text", "image" or both.' in text_of(page, "problem")
    assert page.complaints == [
        "Failed to load resource: the server responded with a status of 422 (UNPROCESSABLE ENTITY)"
    ]


@needs_chromium
def test_what_is_no_picture_is_said_and_refused(page, tmp_path):
    (tmp_path / "cup.jpg").write_bytes(b"blue cup, 12 EUR")
    choose(page, tmp_path / "cup.jpg")
    page.wait("document.getElementById('image-shown').textContent.includes('cannot')")
    assert not shown(page)
    page.evaluate("document.getElementById('ask').click()")
    page.wait("document.getElementById('problem').textContent !== ''")
    assert "it is a text, not a picture" in text_of(page, "problem")


@needs_chromium
def test_every_part_of_the_page_has_an_accessible_name(page):
    page.evaluate(DROP.format(FILE.format(in_base64(BLUE))))
    page.wait("!document.getElementById('image-preview').hidden")
    found = page.accessible()
    for part in [
        ("heading", "Classify a text and a picture"),
        ("textbox", "Text"),
        ("button", "Classify"),
        ("button", "Remove the picture"),
        ("image", "Preview of blue cup.png, 24 by 24 pixels"),
    ]:
        assert part in found
    assert any(role == "button" and name.startswith("Picture") for role, name in found), found
    assert all(name for role, name in found if role in ("button", "textbox", "heading", "image"))
    assert page.evaluate("document.getElementById('image').getAttribute('aria-describedby')").split()[0] == "image-hint"


@needs_chromium
def test_the_page_sends_the_picture_with_feedback_only_if_it_is_kept(shop, tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTLAB_SEAL_KEYS", new_key("first"))
    app = create(shop.model_copy(update={"feedback_pictures": True}), testing=True)
    with answering(app) as address, browsing(tmp_path / "profile") as page:
        page.open(address + "/")
        assert "The picture is kept, too, if you judge" in text_of(page, "kept")
        page.evaluate(DROP.format(FILE.format(in_base64(BLUE))))
        page.evaluate("document.getElementById('ask').click()")
        page.wait("!document.getElementById('judgement').hidden")
        page.evaluate("document.querySelector('#choices button').click()")
        page.wait("document.getElementById('thanks').textContent !== ''")
        assert page.complaints == []
    app.extensions["textlab_api"].close()
    (line,) = [
        json.loads(line) for line in read_lines(shop.state / "feedback.jsonl", "feedback", Keys.from_environment())
    ]
    assert base64.b64decode(line["image"]) == BLUE


def test_the_page_is_strict_and_says_what_is_kept(shared_shop):
    answer = shared_shop.get("/")
    text = answer.get_data(as_text=True)
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "keeps your text and your picture&#39;s fingerprint (sha256) for 60 minutes" in text
    assert "data-keeps-files" not in text
    for forbidden in ("<style", "style=", "onclick", "http:", "https:"):
        assert forbidden not in text
    assert shared_shop.get("/static/files.js").status_code == 200


def test_exactly_the_bodies_that_the_document_allows_are_accepted(shared_shop):
    document = shared_shop.get("/openapi.json").get_json()
    one = {"text": "a cup", "image": in_base64(RED)}
    bodies = {
        "/predict": [
            *(one, {"text": "a"}, {"image": in_base64(RED)}, {"text": "a", "image": None}, {"examples": [one]}),
            *({}, {"text": 1}, {"examples": []}, {"examples": [one], "text": "a"}, {"texts": ["a"]}, one | {"more": 1}),
        ],
        "/feedback": [one | {"label": "red cup"}, {"label": "red cup"}, one | {"label": "x"}, one],
    }
    for path, sent in bodies.items():
        content = document["paths"][path]["post"]["requestBody"]["content"]
        assert content.keys() == {"application/json", "multipart/form-data"}
        reference = content["application/json"]["schema"]["$ref"]
        validator = Draft202012Validator({"$ref": reference, "components": document["components"]})
        for body in sent:
            assert (shared_shop.post(path, json=body).status_code == 200) == validator.is_valid(body), body


def test_answers_match_the_document(shared_shop):
    document = shared_shop.get("/openapi.json").get_json()
    for path, body in {"/predict": {"text": "a"}, "/feedback": {"text": "a", "label": "red cup"}}.items():
        answer = shared_shop.post(path, json=body).get_json()
        schema = document["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
        Draft202012Validator(schema | {"components": document["components"]}).validate(answer)
    info = {"$ref": "#/components/schemas/Info", "components": document["components"]}
    Draft202012Validator(info).validate(shared_shop.get("/models/info").get_json())
