"""POST /agent_search: a free-text request is read into conditions and a rest."""

import sys

import pytest
from problem import problem_of

from api.application import create
from api.settings import SettingsError
from textlab.search.conditions import Condition, Request


def asked(client, request, **more):
    answer = client.post("/agent_search", json={"request": request, **more})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def ids(answer):
    return [person["id"] for person in answer["people"]]


def test_people_meet_each_condition_and_the_answer_shows_how(searcher):
    answer = asked(searcher, "writes web scrapers in Python, in Berlin, with at least five years of experience")
    assert set(ids(answer)) == {"p1", "p3"}
    understood = {each["field"]: each["value"] for each in answer["request"]["understood"]}
    assert understood == {"place": "Berlin", "languages": ["Python"], "years": {"min": 5}}
    assert "Berlin" not in answer["request"]["rest"]
    person = next(person for person in answer["people"] if person["id"] == "p1")
    assert {each["field"]: each["value"] for each in person["meets"]} == {
        "place": "Berlin",
        "languages": ["Python", "Go"],
        "years": 7,
    }
    assert "Writes web scrapers." in person["passages"]
    assert person["title"] == "Ada Quill"
    assert len(answer["search_id"]) == 36


def test_what_was_not_read_as_a_condition_is_listed(searcher):
    answer = asked(searcher, "web scrapers, but not in Berlin")
    assert answer["request"]["understood"] == []
    assert "not in Berlin" in answer["request"]["unclear"][0]
    assert len(answer["people"]) == 5


def test_conditions_alone_are_a_request_and_no_more_than_k_people_are_found(searcher):
    assert len(asked(searcher, "Paris")["people"]) == 2
    assert len(asked(searcher, "scrapers", k=1)["people"]) == 1
    assert asked(searcher, "Rust developer in Oslo")["people"] == []


def test_a_model_of_words_alone_chooses_passages_by_their_words(word_searcher):
    answer = asked(word_searcher, "someone who reads old maps")
    assert ids(answer)[0] == "p4"
    assert answer["people"][0]["passages"][-1] == "Reads old maps."


@pytest.mark.parametrize(
    ("body", "came"),
    [
        ({}, "The JSON object is empty."),
        ({"request": " "}, '"request" is empty or blank.'),
        ({"request": "x" * 10_000}, '"request" has 10000 characters.'),
        ({"request": "a", "filters": {}}, "The JSON object has the fields filters, request."),
        ({"request": "a", "k": 101}, '"k" is not a whole number from 1 to 100.'),
    ],
)
def test_bad_input_is_refused(searcher, body, came):
    assert problem_of(searcher.post("/agent_search", json=body), 422)["came"] == came


@pytest.mark.parametrize(
    "request_", ["🦊 🦊", "((((", "not not not", "at least five", "x" * 1000, "5 to 3 years in Berlin"]
)
def test_an_odd_request_gets_an_answer(searcher, request_):
    asked(searcher, request_)


READER = """
from textlab.search.conditions import Condition, Request

calls = []

def read(text, fields, field_values):
    calls.append(text)
    if "crash" in text:
        raise RuntimeError(text)
    if "nonsense" in text:
        return Request("rest", {"gender": "any"}, [])
    if "hollow" in text:
        return Request(" ", {}, [])
    return Request("maps", {"place": "Oslo"}, [Condition("place", "up north", "Oslo")], ["soon"])
"""


@pytest.fixture
def with_reader(settings, tmp_path, monkeypatch):
    """A client of a service with the reader above, and the module of the reader."""
    (tmp_path / "small_reader.py").write_text(READER)
    monkeypatch.syspath_prepend(str(tmp_path))
    app = create(settings.model_copy(update={"request_reader": "small_reader:read"}), testing=True)
    yield app.test_client(), sys.modules["small_reader"]
    app.extensions["textlab_api"].close()
    del sys.modules["small_reader"]


def test_a_reader_that_is_plugged_in_reads_the_request(with_reader):
    client, reader = with_reader
    answer = asked(client, "somebody up north, soon")
    assert reader.calls == ["somebody up north, soon"]
    assert ids(answer) == ["p4"]
    assert answer["request"] == {
        "understood": [{"field": "place", "text": "up north", "value": "Oslo"}],
        "unclear": ["soon"],
        "rest": "maps",
    }


@pytest.mark.parametrize("word", ["crash", "nonsense", "hollow"])
def test_where_the_reader_fails_the_rules_read(with_reader, word, logged):
    client, reader = with_reader
    answer = asked(client, f"{word} in Berlin")
    assert len(reader.calls) == 1
    assert set(ids(answer)) == {"p1", "p3"}
    (line,) = [line for line in logged if "reader failed" in line["message"]]
    assert word not in str(line)


def test_no_reader_is_imported_or_called_unless_it_is_set(settings, tmp_path, monkeypatch):
    (tmp_path / "small_reader.py").write_text(READER)
    monkeypatch.syspath_prepend(str(tmp_path))
    app = create(settings, testing=True)
    asked(app.test_client(), "scrapers in Berlin")
    app.extensions["textlab_api"].close()
    assert "small_reader" not in sys.modules


@pytest.mark.parametrize(
    ("name", "words"), [("missing_module:read", "cannot be imported"), ("json:__name__", "cannot be called")]
)
def test_a_reader_that_cannot_be_used_ends_the_start(settings, name, words):
    with pytest.raises(SettingsError, match=f"TEXTLAB_API_REQUEST_READER names {name}, which {words}"):
        create(settings.model_copy(update={"request_reader": name}), testing=True)


def test_a_request_and_a_condition_are_what_the_reader_returns():
    assert Request("rest", {}, [Condition("place", "up north", "Oslo")]).unclear == ()
