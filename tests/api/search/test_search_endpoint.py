"""POST /search and POST /predict/similarity."""

import json

import pytest
from problem import problem_of
from promoted_retriever import write_tiny_retriever

from api.application import create
from api.settings import Settings
from textlab.search import Document


def search(client, **body):
    answer = client.post("/search", json=body)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def ids(answer):
    return [hit["id"] for hit in answer["hits"]]


def test_the_best_documents_come_first_with_all_that_a_person_needs_to_judge_them(searcher):
    answer = search(searcher, query="writes web scrapers", k=2)
    assert set(ids(answer)) == {"p1", "p4"}
    assert answer["model"] == {"name": "talents", "version": 1}
    assert len(answer["search_id"]) == 36
    first = next(hit for hit in answer["hits"] if hit["id"] == "p1")
    assert first["title"] == "Ada Quill"
    assert first["text"] == "Writes web scrapers. Keeps data pipelines alive at night."
    assert first["is_shortened"] is False
    assert first["fields"] == {"place": "Berlin", "languages": ["Python", "Go"], "years": 7, "stars": 120}
    scores = [hit["score"] for hit in answer["hits"]]
    assert 1 >= scores[0] >= scores[1] > -1


def test_filters_choose_the_documents_and_the_default_is_ten(searcher):
    assert len(search(searcher, query="anything")["hits"]) == 5
    assert set(ids(search(searcher, query="anything", filters={"place": "berlin"}))) == {"p1", "p3"}
    assert set(ids(search(searcher, query="anything", filters={"place": ["Oslo", "Paris"], "years": {"min": 3}}))) == {
        "p2",
        "p5",
    }
    assert ids(search(searcher, query="anything", filters={"languages": ["Python", "Go"]})) == ["p1"]
    assert ids(search(searcher, query="anything", filters={"stars": {"min": 10_000}})) == []
    assert len(search(searcher, query="anything", filters={})["hits"]) == 5


def test_a_model_of_words_alone_searches_and_compares_no_texts(word_searcher):
    assert set(ids(search(word_searcher, query="scrapers"))) == {"p1", "p4"}
    assert ids(search(word_searcher, query="🦊🦊")) == []
    problem = problem_of(word_searcher.post("/predict/similarity", json={"first": ["a"], "second": ["b"]}), 409)
    assert problem["came"] == "The model compares words and has no vectors of texts."


def test_a_long_text_is_cut_at_a_blank_and_says_so(tmp_path, encoder):
    document = Document("long", "word " * 1000)
    write_tiny_retriever(tmp_path / "long" / "1", encoder, [document], fields={})
    app = create(Settings(model=tmp_path / "long", state=tmp_path / "state", log_level="error"), testing=True)
    (hit,) = search(app.test_client(), query="word")["hits"]
    app.extensions["textlab_api"].close()
    assert hit["is_shortened"] is True
    assert 1990 < len(hit["text"]) <= 2000
    assert hit["text"].endswith("word")


@pytest.mark.parametrize(
    ("body", "came"),
    [
        ({}, "The JSON object is empty."),
        ({"query": ""}, '"query" is empty or blank.'),
        ({"query": "x" * 10_000}, '"query" has 10000 characters.'),
        ({"query": None}, '"query" is null, not a string.'),
        ({"query": "a\u0000"}, '"query" contains the character NUL.'),
        ({"query": "\ud800"}, '"query" contains half of a surrogate pair.'),
        ({"query": "a", "more": 1}, "The JSON object has the fields more, query."),
        ({"query": "a", "k": 0}, '"k" is not a whole number from 1 to 100.'),
        ({"query": "a", "k": 10_000}, '"k" is not a whole number from 1 to 100.'),
        ({"query": "a", "k": 1.5}, '"k" is not a whole number from 1 to 100.'),
        ({"query": "a", "k": True}, '"k" is a boolean, not a number.'),
        ({"query": "a", "k": None}, '"k" is null, not a number.'),
        ({"query": "a", "k": "10"}, '"k" is a string, not a number.'),
        ({"query": "a", "filters": None}, '"filters" is null, not an object.'),
        ({"query": "a", "filters": ["place"]}, '"filters" is a list, not an object.'),
        ({"query": "a", "filters": {"gender": "any"}}, "The documents have no field 'gender'."),
        ({"query": "a", "filters": {"place": 3}}, "The filter on 'place' does not suit the field."),
        ({"query": "a", "filters": {"place": None}}, "The filter on 'place' does not suit the field."),
        ({"query": "a", "filters": {"place": [["Berlin"]]}}, "The filter on 'place' does not suit the field."),
        ({"query": "a", "filters": {"languages": {"x": ["Go"]}}}, "The filter on 'languages' does not suit the field."),
        ({"query": "a", "filters": {"years": 5}}, "The filter on 'years' does not suit the field."),
        ({"query": "a", "filters": {"years": {"min": True}}}, "The filter on 'years' does not suit the field."),
        ({"query": "a", "filters": {"place": ["x"] * 101}}, '"filters" holds 101 values.'),
        ({"query": "a", "filters": {str(number): "x" for number in range(500)}}, '"filters" holds 500 values.'),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_two_sentences(searcher, body, came):
    problem = problem_of(searcher.post("/search", json=body), 422)
    assert problem["came"] == came
    assert problem["action"].endswith(".")


def test_numbers_that_no_float_can_hold_and_broken_json_are_refused(searcher):
    huge = '{"query": "a", "filters": {"years": {"min": ' + "9" * 400 + "}}}"
    large, broken = '{"query": "a", "k": ' + "9" * 400 + "}", '{"query": "a", "k": NaN}'
    for body, status in [(huge, 422), (large, 422), (broken, 400)]:
        answer = searcher.post("/search", data=body, content_type="application/json")
        problem_of(answer, status)


def test_deeply_nested_filters_are_refused(searcher):
    nested = '{"any": ' * 500 + "1" + "}" * 500
    body = f'{{"query": "a", "filters": {{"languages": {nested}}}}}'
    problem = problem_of(searcher.post("/search", data=body, content_type="application/json"), 422)
    assert problem["came"] == "The filter on 'languages' does not suit the field."


@pytest.mark.parametrize("query", ["🦊🦊🦊", "x" * 1000, "ß", "\u202eabc", "' OR 1=1 --"])
def test_an_odd_query_is_a_query(searcher, query):
    assert len(search(searcher, query=query)["hits"]) == 5
    assert len(search(searcher, query=query, filters={"place": query})["hits"]) == 0


def test_a_vector_that_is_not_valid_is_no_answer(searcher):
    problem = problem_of(searcher.post("/search", json={"query": "wrong"}), 500)
    assert problem["came"] == "The model's answer to a text of this request is not valid."
    assert problem_of(searcher.post("/search", json={"query": "fail"}), 500)["came"].startswith("The model fails")


def test_pairs_of_texts_are_compared_by_their_cosine(searcher):
    pairs = {"first": ["web scrapers", "web scrapers"], "second": ["web scrapers", "old maps"]}
    answer = searcher.post("/predict/similarity", json=pairs).get_json()
    assert answer["similarities"][0] == pytest.approx(1, abs=1e-5)
    assert -1 <= answer["similarities"][1] < 0.99
    assert answer["model"] == {"name": "talents", "version": 1}


@pytest.mark.parametrize(
    ("body", "came"),
    [
        ({"first": ["a"]}, "The JSON object has the fields first."),
        ({"first": ["a"], "second": "b"}, '"second" is a string, not a list.'),
        ({"first": ["a", "b"], "second": ["b"]}, '"first" holds 2 and "second" 1 texts.'),
        ({"first": [], "second": []}, '"first" holds 0 texts.'),
        ({"first": ["a"] * 257, "second": ["b"] * 257}, '"first" holds 257 texts.'),
        ({"first": ["a", " "], "second": ["a", "b"]}, '"first[1]" is empty or blank.'),
    ],
)
def test_lists_that_make_no_pairs_are_refused(searcher, body, came):
    assert problem_of(searcher.post("/predict/similarity", json=body), 422)["came"] == came


@pytest.mark.parametrize(("path", "body"), [("/predict", {"text": "a"}), ("/predict", {"nonsense": 1})])
def test_a_retriever_predicts_no_class(searcher, path, body):
    problem = problem_of(searcher.post(path, json=body), 409)
    assert problem["came"] == "The service runs a model of the task retrieval, which does not answer at this address."


@pytest.mark.parametrize("path", ["/search", "/agent_search", "/predict/similarity"])
def test_a_classifier_searches_nothing(shared_client, path):
    problem = problem_of(shared_client.post(path, json={"query": "a"}), 409)
    assert "task classification" in problem["came"]


def test_a_range_that_ends_before_it_begins_is_refused(searcher):
    body = {"query": "a", "filters": {"years": {"min": 9, "max": 1}}}
    assert "minimum above its maximum" in problem_of(searcher.post("/search", json=body), 422)["came"]


def test_no_query_reaches_the_log(settings, logged):
    app = create(settings.model_copy(update={"log_level": "info"}), testing=True)
    client = app.test_client()
    search(client, query="a secret wish")
    client.post("/search", json={"query": "a secret wish", "filters": {"place": {"secret": 1}}})
    client.post("/agent_search", json={"request": "a secret wish in Berlin"})
    app.extensions["textlab_api"].close()
    assert "secret" not in json.dumps(logged)
    line = next(line for line in logged if line.get("route") == "/search" and line["status"] == 200)
    assert (line["hits"], line["version"]) == (5, 1)
