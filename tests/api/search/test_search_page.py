"""The page to search on, in a real browser, and the OpenAPI document of a retriever."""

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

needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs {CHROMIUM}")
REQUEST = "writes <b>web scrapers</b> in Python, in Berlin, with at least five years of experience, not in Oslo"


@pytest.fixture
def address(settings):
    app = create(settings, testing=True)
    with answering(app) as found:
        yield found
    app.extensions["textlab_api"].close()


@pytest.fixture
def page(tmp_path, address):
    with browsing(tmp_path / "profile") as opened:
        opened.open(address + "/")
        yield opened


def keep(page, name):
    """Save a screenshot if TEXTLAB_SCREENSHOTS names a folder."""
    if os.environ.get("TEXTLAB_SCREENSHOTS"):
        page.screenshot(Path(os.environ["TEXTLAB_SCREENSHOTS"]) / f"{name}.png")


def texts(page, selector):
    return page.evaluate(f"[...document.querySelectorAll('{selector}')].map(each => each.textContent)")


def ask(page, request):
    page.evaluate("document.getElementById('text').select()")
    page.evaluate("document.getElementById('text').focus()")
    page.type(request)
    page.enter(modifiers=2)
    page.wait("!document.getElementById('answer').hidden || document.getElementById('problem').textContent !== ''")


@needs_chromium
def test_a_person_searches_reads_why_and_judges(page, settings, address):
    page.phone()
    ask(page, REQUEST)
    assert texts(page, "#count") == ["2 people who meet every condition"]
    assert texts(page, "#conditions .chip") == ["languages Python", "place Berlin", "years at least 5"]
    assert texts(page, "#unclear") == ["Not read as a condition: not in Oslo"]
    assert set(texts(page, ".result h3")) == {"Ada Quill", "Cy Stone"}
    assert "years 7" in texts(page, ".result .chip")
    assert "Writes web scrapers." in texts(page, "blockquote")
    assert texts(page, "#model") == ["talents, version 1"]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "a phone would scroll sideways"
    keep(page, "search-phone")
    found = page.accessible()
    assert ("button", "Fits: Ada Quill") in found
    assert ("button", "Does not fit: Cy Stone") in found
    assert all(name for role, name in found if role in ("button", "textbox", "heading"))
    page.evaluate("document.querySelector('[aria-label=\"Fits: Ada Quill\"]').click()")
    page.wait("document.getElementById('thanks').textContent !== ''")
    page.evaluate(
        "const no = document.querySelector('[aria-label=\"Does not fit: Cy Stone\"]'); no.click(); no.click()"
    )
    page.wait("document.querySelectorAll('.judge button').length === 0")
    assert sorted(texts(page, ".judge")) == ["You said: this one does not fit.", "You said: this one fits."]
    lines = [json.loads(line) for line in (settings.state / "feedback.jsonl").read_text().splitlines()]
    assert [(line["document"], line["fits"], line["query"]) for line in lines] == [
        ("p1", True, REQUEST),
        ("p3", False, REQUEST),
    ]
    assert page.complaints == [], "the content security policy or a script complains"
    assert all(asked.startswith(address) for asked in page.addresses), "the page requests another host"


@needs_chromium
def test_nobody_found_and_a_problem_are_said(page):
    keep(page, "search-empty")
    ask(page, "Rust developer in Oslo")
    assert texts(page, "#count") == ["Nobody was found who meets every condition"]
    ask(page, "x" * 1001)
    page.wait("document.getElementById('problem').textContent !== ''")
    assert "1001 characters" in texts(page, "#problem")[0]
    page.send("Emulation.clearDeviceMetricsOverride")
    ask(page, "somebody who runs databases or writes compilers")
    keep(page, "search-desktop")


def test_the_page_has_no_inline_script_and_says_what_is_kept(searcher):
    text = searcher.get("/").get_data(as_text=True)
    assert "keeps your request for 60 minutes" in text
    assert "data-unavailable" not in text
    for word in ("<style", "style=", "onclick", "http:", "https:"):
        assert word not in text
    for name in ("search.js", "service.js", "page.css"):
        assert searcher.get(f"/static/{name}").status_code == 200
    assert "innerHTML" not in searcher.get("/static/search.js").get_data(as_text=True)


def test_the_document_of_each_task_lists_the_paths_that_it_answers(searcher, shared_client):
    documents = [client.get("/openapi.json").get_json() for client in (searcher, shared_client)]
    retrieval, classification = (set(document["paths"]) for document in documents)
    assert retrieval - classification == {"/search", "/agent_search", "/predict/similarity"}
    assert classification - retrieval == {"/predict", "/explain"}
    assert "Finds documents and people" in documents[0]["info"]["description"]


def resolved(document, schema):
    return {"$ref": schema["$ref"], "components": document["components"]} if "$ref" in schema else schema


def test_answers_match_the_openapi_document(admin):
    document = admin.get("/openapi.json").get_json()
    search = admin.post("/search", json={"query": "a"}).get_json()["search_id"]
    calls = [
        ("post", "/search", {"query": "a", "k": 2, "filters": {"years": {"min": 3}}}, 200),
        ("post", "/search", {"query": "a", "filters": {"gender": "any"}}, 422),
        ("post", "/agent_search", {"request": "scrapers in Berlin, not in Oslo"}, 200),
        ("post", "/predict/similarity", {"first": ["a"], "second": ["b"]}, 200),
        ("post", "/predict/similarity", {"first": ["a"], "second": []}, 422),
        ("post", "/feedback", {"search_id": search, "document": "p1", "fits": True}, 200),
        ("post", "/feedback", {"search_id": search, "document": "p1", "fits": False}, 409),
        ("get", "/models/info", None, 200),
        ("post", "/models/shadow/{version}", None, 409),
    ]
    for method, path, body, status in calls:
        answer = admin.open(path.replace("{version}", "2"), method=method.upper(), json=body)
        assert answer.status_code == status, path
        stated = document["paths"][path][method]["responses"][str(status)]
        if "$ref" in stated:
            stated = document["components"]["responses"]["Problem"]
        schema = stated["content"][answer.mimetype]["schema"]
        Draft202012Validator(resolved(document, schema)).validate(answer.get_json(force=True))


@pytest.mark.parametrize(
    "body",
    [
        {"query": "a"},
        {"query": "a", "k": 1},
        {"query": "a", "k": 3.0},
        {"query": "a", "k": 0},
        {"query": "a", "k": 101},
        {"query": "a", "k": None},
        {"query": " "},
        {"k": 1},
        {"query": "a", "filters": {}},
        {"query": "a", "filters": {"place": "x"}},
        {"query": "a", "filters": {"place": ["x", "y"]}},
        {"query": "a", "filters": {"place": []}},
        {"query": "a", "filters": {"place": ""}},
        {"query": "a", "filters": {"place": {"any": ["x"]}}},
        {"query": "a", "filters": {"languages": "x"}},
        {"query": "a", "filters": {"languages": {"any": ["x"], "all": ["y"]}}},
        {"query": "a", "filters": {"languages": {"none": ["x"]}}},
        {"query": "a", "filters": {"languages": {}}},
        {"query": "a", "filters": {"years": {"min": 1}}},
        {"query": "a", "filters": {"years": {}}},
        {"query": "a", "filters": {"years": {"min": "1"}}},
        {"query": "a", "filters": {"name": "x"}},
    ],
)
def test_exactly_the_bodies_that_the_document_allows_are_accepted(searcher, body):
    document = searcher.get("/openapi.json").get_json()
    schema = document["paths"]["/search"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    taken = searcher.post("/search", json=body).status_code == 200
    assert taken == Draft202012Validator(resolved(document, schema)).is_valid(body)


@pytest.mark.slow
def test_generated_requests_find_no_fault(admin):
    # JSON Schema cannot say that two lists have one length, or that a range begins before it ends.
    unstated = ["--exclude-checks", "positive_data_acceptance"]
    with answering(admin.application) as address:
        command = [sys.executable, "-m", "schemathesis.cli", "run", address + "/openapi.json"]
        command += ["--header", f"X-API-Key: {ADMIN_KEY}", "--max-examples", "40", "--seed", "1", "--no-color"]
        command += ["--include-path-regex", "search|similarity|feedback", *unstated]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
