"""The page in a real browser, and the OpenAPI document."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from answering import answering
from browser import CHROMIUM, browsing
from jsonschema import Draft202012Validator
from promoted import ADMIN_KEY

from api.application import create
from api.endpoints.page import what_is_kept
from api.endpoints.tasks import ENDPOINTS

needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs {CHROMIUM}")


@pytest.fixture
def address(app):
    with answering(app) as found:
        yield found


@pytest.fixture
def guarded_address(admin):
    with answering(admin.application) as found:
        yield found


@pytest.fixture
def page(tmp_path, address):
    with browsing(tmp_path / "profile") as opened:
        opened.open(address + "/")
        yield opened


def keep(page, name):
    """Save a screenshot if TEXTLAB_SCREENSHOTS names a folder."""
    if os.environ.get("TEXTLAB_SCREENSHOTS"):
        page.screenshot(Path(os.environ["TEXTLAB_SCREENSHOTS"]) / f"{name}.png")


def focused(page):
    return page.evaluate("document.activeElement.id || document.activeElement.textContent")


@needs_chromium
def test_the_page_works_with_the_keyboard_alone(page, settings, address):
    page.phone()
    keep(page, "phone-empty")
    page.tab()
    assert focused(page) == "text"
    page.type("what a <b>lovely</b> crew")
    page.tab()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.tab()
    assert focused(page) == "ask"
    page.enter()
    page.wait("!document.getElementById('answer').hidden")
    assert page.evaluate("document.getElementById('label').textContent") == "positive"
    rows = page.evaluate("[...document.querySelectorAll('#bars li')].map(row => row.innerText.replace(/\\s+/g, ' '))")
    assert [row.strip() for row in rows] == ["negative 20.0 %", "positive 80.0 %"]
    widths = page.evaluate("[...document.querySelectorAll('.fill')].map(bar => bar.getBoundingClientRect().width)")
    assert widths[1] / widths[0] == pytest.approx(4, rel=0.05)
    assert page.evaluate("document.getElementById('model').textContent") == "sentiment, version 2"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "a phone would scroll sideways"
    keep(page, "phone-answer")
    page.tab()
    assert focused(page) == "Yes"
    page.tab()
    assert focused(page) == "No, it is negative"
    page.enter()
    page.wait("document.getElementById('thanks').textContent !== ''")
    assert focused(page) == "text"
    line = json.loads((settings.state / "feedback.jsonl").read_text())
    assert (line["text"], line["label"], line["predicted"]) == ("what a <b>lovely</b> crew", "negative", "positive")
    assert page.complaints == [], "the content security policy or a script complains"
    assert all(asked.startswith(address) for asked in page.addresses), "the page requests another host"


@needs_chromium
def test_every_part_has_an_accessible_name(page):
    found = page.accessible()
    for part in [
        ("heading", "Classify a tweet"),
        ("textbox", "Tweet"),
        ("button", "Classify"),
    ]:
        assert part in found
    assert all(name for role, name in found if role in ("button", "textbox", "heading"))
    page.evaluate("document.getElementById('text').focus()")
    page.type("fine")
    page.enter(modifiers=2)
    page.wait("!document.getElementById('judgement').hidden")
    found = page.accessible()
    assert ("button", "Yes") in found
    assert ("button", "No, it is negative") in found
    assert any(role == "heading" and "positive" in name for role, name in found)
    assert page.evaluate("document.querySelector('#answer').getAttribute('aria-live')") == "polite"
    keep(page, "desktop-answer")


SLOW_FIRST_ANSWER = """
const send = window.fetch;
let asked = 0;
window.fetch = async (path, options) => {
  if (path !== "predict" || asked++) return send(path, options);
  const answer = await (await send(path, { ...options, signal: undefined })).json();
  answer.predictions[0].label = "the label of the first text";
  await new Promise((done) => setTimeout(done, 500));
  window.firstHasArrived = true;
  return new Response(JSON.stringify(answer));
};
"""


@needs_chromium
def test_the_last_question_wins_and_a_double_click_judges_once(page, settings):
    assert "keeps your text for 60 minutes" in page.evaluate("document.getElementById('kept').textContent")
    page.evaluate(SLOW_FIRST_ANSWER)
    page.evaluate("document.getElementById('text').focus()")
    page.type("first")
    page.enter(modifiers=2)
    page.evaluate("document.getElementById('text').select()")
    page.type("second")
    page.enter(modifiers=2)
    page.wait("!document.getElementById('answer').hidden")
    page.wait("window.firstHasArrived")
    page.evaluate("new Promise(done => setTimeout(done, 100))")
    assert page.evaluate("document.getElementById('label').textContent") == "positive"
    page.evaluate("const yes = document.querySelector('#choices button'); yes.click(); yes.click()")
    page.wait("document.getElementById('thanks').textContent !== ''")
    page.evaluate("new Promise(done => setTimeout(done, 100))")
    assert page.evaluate("document.getElementById('problem').textContent") == ""
    lines = [json.loads(line) for line in (settings.state / "feedback.jsonl").read_text().splitlines()]
    assert [line["text"] for line in lines] == ["second"]


@needs_chromium
def test_a_problem_is_shown_and_injected_scripts_do_not_run(page, client):
    page.evaluate("document.getElementById('text').focus()")
    page.type("x" * 1001)
    page.enter(modifiers=2)
    page.wait("document.getElementById('problem').textContent !== ''")
    assert "1001 characters" in page.evaluate("document.getElementById('problem').textContent")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hacked = 1\">')")
    page.evaluate("new Promise(done => setTimeout(done, 300))")
    assert page.evaluate("window.hacked === undefined")


@needs_chromium
def test_swagger_ui_calls_the_api_without_another_host(page, address):
    page.open(address + "/docs")
    page.wait("document.querySelectorAll('.opblock').length === 13")
    page.evaluate("document.querySelector('#operations-default-predict .opblock-summary-control').click()")
    page.wait("document.querySelector('.try-out__btn')")
    page.evaluate("document.querySelector('.try-out__btn').click()")
    page.wait("document.querySelector('.execute')")
    page.evaluate("document.querySelector('.execute').click()")
    page.wait("document.querySelector('.live-responses-table .response .microlight')")
    assert "prediction_id" in page.evaluate("document.querySelector('.live-responses-table').textContent")
    keep(page, "docs")
    assert page.complaints == [], "the content security policy or a script complains"
    assert all(asked.startswith((address, "data:")) for asked in page.addresses), "the page requests another host"


@pytest.mark.slow
def test_generated_requests_find_no_fault(guarded_address):
    command = [sys.executable, "-m", "schemathesis.cli", "run", guarded_address + "/openapi.json"]
    command += ["--header", f"X-API-Key: {ADMIN_KEY}", "--max-examples", "60", "--seed", "1", "--no-color"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_page_has_no_inline_script_or_style_and_no_foreign_address(client):
    text = client.get("/").get_data(as_text=True)
    assert "<style" not in text
    assert "style=" not in text
    assert "onclick" not in text
    text += client.get("/docs").get_data(as_text=True)
    for name in ("page.js", "page.css", "docs.js", "icon.svg"):
        answer = client.get(f"/static/{name}")
        assert answer.status_code == 200
        text += answer.get_data(as_text=True).replace("http://www.w3.org/2000/svg", "")
    assert "http:" not in text
    assert "https:" not in text


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (60, "keeps your text for 60 minutes"),
        (1, "for 1 minute,"),
        (0.5, "0.5 minutes"),
        (0, "does not keep your text"),
    ],
)
def test_the_page_says_what_is_kept_and_for_how_long(settings, minutes, words):
    assert words in what_is_kept(settings.model_copy(update={"remember_minutes": minutes}))


def test_the_page_says_that_texts_are_recorded(settings):
    recorded = settings.model_copy(update={"record": "all", "record_texts": True, "record_days": 30.0})
    assert "also keeps your text for 30 days" in what_is_kept(recorded)
    assert "days" not in what_is_kept(recorded, "request", is_recorded=False)
    for change, words in (
        ({"record": "share"}, "may also keep your text for 30 days"),
        ({"remember_minutes": 0}, "To watch how the model does, the service also keeps your text"),
    ):
        assert words in what_is_kept(recorded.model_copy(update=change))
    for change in ({"record": "none"}, {"record_texts": False}):
        assert "days" not in what_is_kept(recorded.model_copy(update=change))
    made = create(recorded, testing=True)
    assert "also keeps your text for 30 days" in made.test_client().get("/").get_data(as_text=True)
    made.extensions["textlab_api"].close()


def test_the_page_asks_for_feedback_only_if_predictions_are_remembered(settings):
    for minutes, is_available in ((60, True), (0, False)):
        app = create(settings.model_copy(update={"remember_minutes": minutes}), testing=True)
        text = app.test_client().get("/").get_data(as_text=True)
        assert ("data-unavailable" not in text) is is_available
        app.extensions["textlab_api"].close()


@pytest.mark.parametrize("name", ["swagger-ui-bundle.js", "swagger-ui.css"])
def test_swagger_ui_is_sent_compressed_and_kept_by_the_browser(shared_client, name):
    whole = shared_client.get(f"/docs/{name}")
    small = shared_client.get(f"/docs/{name}", headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in whole.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == whole.data
    assert len(small.data) < len(whole.data) / 3
    for answer in (whole, small):
        assert answer.headers["Cache-Control"] == "private, max-age=86400"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.mimetype == ("text/css" if name.endswith("css") else "text/javascript")
        again = shared_client.get(
            f"/docs/{name}", headers={"Accept-Encoding": "gzip", "If-None-Match": answer.headers["ETag"]}
        )
        assert again.status_code == (304 if answer is small else 200), "the two forms are not confused"
    assert shared_client.get(f"/docs/{name}", headers={"Accept-Encoding": "gzip;q=0"}).data == whole.data


@pytest.mark.parametrize(
    "name", ["..%2fapplication.py", "%2e%2e/application.py", "nothing.js", "..\\application.py", "LICENSE"]
)
def test_only_the_files_of_the_pages_are_served(shared_client, name):
    assert shared_client.get(f"/static/{name}").status_code == 404
    assert shared_client.get(f"/docs/{name}").status_code == 404


def resolved(document, schema):
    return {"$ref": schema["$ref"], "components": document["components"]} if "$ref" in schema else schema


def test_answers_match_the_openapi_document(admin):
    document = admin.get("/openapi.json").get_json()
    calls = [
        ("post", "/predict", {"texts": ["a", "b"]}, 200),
        ("post", "/predict", {"text": ""}, 422),
        ("post", "/feedback", {"text": "x", "label": "negative"}, 200),
        ("post", "/feedback", {"prediction_id": "x", "label": "negative"}, 404),
        ("post", "/models/load/{version}", None, 200),
        ("get", "/models/info", None, 200),
        ("post", "/models/shadow/{version}", None, 422),
        ("post", "/models/canary/{version}", None, 422),
        ("delete", "/models/canary", None, 200),
        ("delete", "/models/shadow", None, 200),
        ("get", "/health", None, 200),
        ("get", "/health/live", None, 200),
        ("get", "/health/ready", None, 200),
    ]
    for method, path, body, status in calls:
        answer = admin.open(path.replace("{version}", "1"), method=method.upper(), json=body)
        assert answer.status_code == status
        stated = document["paths"][path][method]["responses"][str(status)]
        if "$ref" in stated:
            stated = document["components"]["responses"]["Problem"]
        schema = stated["content"][answer.mimetype]["schema"]
        Draft202012Validator(resolved(document, schema)).validate(answer.get_json(force=True))


def test_openapi_documents_of_all_tasks_list_exactly_the_paths_of_the_api(app):
    client = app.test_client()
    stated = set(client.get("/openapi.json").get_json()["paths"])
    stated |= {path for task in ENDPOINTS.values() for path in task.paths()}
    rules = {rule.rule.replace("<", "{").replace(">", "}") for rule in app.url_map.iter_rules()}
    assert stated == rules - {"/", "/static/{name}", "/docs", "/docs/{name}", "/openapi.json"}


def test_exactly_the_bodies_that_the_document_allows_are_accepted(client):
    document = client.get("/openapi.json").get_json()
    for path, bodies in {
        "/predict": [
            {"text": "a"},
            {"texts": ["a"]},
            {},
            {"text": ""},
            {"texts": []},
            {"text": "a", "more": 1},
            {"text": 1},
            {"text": " \t\u0085\u001f\u3000"},
            {"text": "\ufeff"},
            {"text": "a\u0000"},
            {"text": "\n\u200b\n"},
        ],
        "/feedback": [{"text": "a", "label": "positive"}, {"text": "a", "label": "x"}, {"label": "positive"}],
    }.items():
        schema = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        validator = Draft202012Validator(resolved(document, schema))
        for body in bodies:
            taken = client.post(path, json=body).status_code == 200
            assert taken == validator.is_valid(body), body


FORTY_CLASSES = """
const probabilities = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`class ${n}`, (n + 1) / 820]));
const prediction = { prediction_id: "p", label: "class 39", probabilities };
show({ predictions: [prediction], model: { name: "titles", version: 1 } });
"""


@needs_chromium
def test_a_model_of_many_classes_has_ten_bars_and_a_list(page):
    page.evaluate(FORTY_CLASSES)
    bars = page.evaluate("[...document.querySelectorAll('#bars li')].map(row => row.innerText.split(/\\s+/)[1])")
    assert bars == [str(number) for number in range(39, 29, -1)]
    buttons = page.evaluate("[...document.querySelectorAll('#choices button')].map(button => button.textContent)")
    assert buttons[:2] == ["Yes", "No, it is class 38"]
    assert buttons[-1] == "No, it is the class in this list"
    assert len(buttons) == 11
    assert page.evaluate("document.querySelectorAll('#choices option').length") == 40
    assert page.evaluate("document.querySelector('#choices select').getAttribute('aria-label')") == "All 40 classes"
    keep(page, "many-classes")
