"""Examples that the service refuses, with a sentence, and goes on."""

import io
import json
import time

import pytest
from pictures import BLUE, RED, REFUSED, in_base64
from problem import problem_of

from api.application import create
from api.endpoints.example_requests import may_name


def good(client):
    return client.post("/predict", json={"text": "a cup", "image": in_base64(RED)}).status_code == 200


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("as_form", [False, True], ids=["json", "form"])
def test_a_picture_that_is_none_is_refused_with_a_sentence(shared_shop, name, as_form):
    content, words = REFUSED[name]
    started = time.thread_time()
    if as_form:
        answer = shared_shop.post("/predict", data={"text": "a cup", "image": (io.BytesIO(content), "cup.jpg")})
    else:
        answer = shared_shop.post("/predict", json={"text": "a cup", "image": in_base64(content)})
    problem = problem_of(answer, 422)
    assert time.thread_time() - started < 1
    assert problem["came"].startswith('"image" cannot be used: it ')
    assert any(word in problem["came"] for word in words.split("|"))
    assert problem["came"].count(".") == 1
    assert good(shared_shop)


def test_the_problem_names_the_place(shared_shop):
    examples = [{"text": "a cup", "image": in_base64(RED)}, {"image": in_base64(b"no picture")}]
    problem = problem_of(shared_shop.post("/predict", json={"examples": examples}), 422)
    assert problem["came"].startswith('"examples[1].image" cannot be used: it is a text')
    assert problem["action"] == "Put a PNG or JPEG in its place."


BAD_JSON = {
    "no fields": ({}, 'Send "text", "image" or both.'),
    "all missing": ({"text": None, "image": ""}, 'Send "text", "image" or both.'),
    "unknown field": ({"text": "a cup", "picture": "x"}, "picture"),
    "the fields of a text service": ({"texts": ["a cup"]}, "texts"),
    "a number for a text": ({"text": 1}, '"text" is a number'),
    "a number for a picture": ({"image": 1}, '"image" is a number, not a string. Send the picture in base64.'),
    "a list for a picture": ({"image": [in_base64(RED)] * 2}, '"image" is a list'),
    "no base64": ({"image": "%%%"}, '"image" is not base64'),
    "base64 with a prefix": ({"image": "data:image/png;base64," + in_base64(RED)}, "nothing before it"),
    "padding inside base64": ({"image": "QQ==" + in_base64(RED)}, "is not base64"),
    "base64 without its end": ({"image": in_base64(RED)[:-1]}, "is not base64"),
    "letters beyond ASCII": ({"image": "é" * 8}, "is not base64"),
    "too long a text": ({"text": "x" * 1001, "image": in_base64(RED)}, "1001 characters"),
    "NUL": ({"text": "a\x00", "image": in_base64(RED)}, "NUL"),
    "examples and more": ({"examples": [{"text": "a"}], "text": "b"}, "examples"),
    "examples no list": ({"examples": {"text": "a"}}, "examples"),
    "no examples": ({"examples": []}, "holds 0 examples"),
    "an example that is none": ({"examples": [{"text": "a"}, "b"]}, '"examples[1]" is a string, not an object'),
    "an empty example": ({"examples": [{"text": "a"}, {}]}, '"examples[1]" holds no value'),
    "too many examples": ({"examples": [{"text": "a"}] * 257}, "257 examples"),
    "too many pictures": ({"examples": [{"image": in_base64(RED)}] * 9}, "holds 9 pictures. Send at most 8 pictures"),
    "1,000 tiny pictures": ({"examples": [{"image": "AAAA"}] * 1_000}, "1000 examples"),
    "too large a picture": ({"image": in_base64(bytes(10_000_001))}, "10,000,001 bytes"),
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_invalid_json_is_refused_quickly(shared_shop, name):
    body, words = BAD_JSON[name]
    started = time.thread_time()
    assert words in problem_of(shared_shop.post("/predict", json=body), 422)["detail"]
    assert time.thread_time() - started < 1
    assert good(shared_shop)


def test_two_pictures_for_one_example_are_refused(shared_shop):
    form = {"text": "a cup", "image": [(io.BytesIO(RED), "1.png"), (io.BytesIO(BLUE), "2.png")]}
    assert '"image" came twice' in problem_of(shared_shop.post("/predict", data=form), 422)["came"]
    twice = f'{{"image": "{in_base64(RED)}", "image": "{in_base64(BLUE)}"}}'
    answer = shared_shop.post("/predict", data=twice, content_type="application/json")
    assert "two members with one name" in problem_of(answer, 422)["came"]


def test_unknown_fields_are_named_with_what_holds_them(shared_shop):
    form = problem_of(shared_shop.post("/predict", data={"title": "a cup", "picture": (io.BytesIO(RED), "1.png")}), 422)
    assert form["came"] == "The request has the fields picture, title."
    inside = problem_of(shared_shop.post("/predict", json={"examples": [{"text": "a"}, {"title": "b"}]}), 422)
    assert inside["came"] == '"examples[1]" has the fields title.'


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "image/jpeg"])
def test_another_type_of_body_is_refused(shared_shop, kind):
    problem = problem_of(shared_shop.post("/predict", data=RED, content_type=kind), 415)
    assert "multipart/form-data" in problem["action"]


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_a_compressed_body_is_refused(shared_shop, kind):
    problem_of(shared_shop.post("/predict", data=b"x", content_type=kind, headers={"Content-Encoding": "gzip"}), 415)


@pytest.mark.parametrize(
    "body",
    [
        b'{"examples": [' + b"{}," * 300_000 + b"{}]}",
        b'{"examples": ' + b"[" * 600_000,
        b'{"text": [' + b"1," * 600_000 + b"1]}",
    ],
)
def test_json_of_many_small_parts_is_refused_unread(shared_shop, body):
    started = time.thread_time()
    problem = problem_of(shared_shop.post("/predict", data=body, content_type="application/json"), 422)
    assert "too many parts" in problem["came"]
    assert time.thread_time() - started < 0.5


def test_a_body_above_the_limit_is_refused(shop):
    app = create(shop.model_copy(update={"max_picture_body_bytes": 100_000}), testing=True)
    client = app.test_client()
    problem_of(client.post("/predict", json={"image": in_base64(bytes(90_000))}), 413)
    assert good(client)
    app.extensions["textlab_api"].close()


def test_limits_of_pictures_are_settings(shop):
    changes = {"max_pictures": 1, "max_picture_pixels": 24 * 24 - 1}
    app = create(shop.model_copy(update=changes), testing=True)
    client = app.test_client()
    assert "575" in problem_of(client.post("/predict", json={"image": in_base64(RED)}), 422)["came"]
    two = {"examples": [{"image": in_base64(RED)}] * 2}
    assert "at most 1 picture per" in problem_of(client.post("/predict", json=two), 422)["action"]
    app.extensions["textlab_api"].close()


def test_no_problem_quotes_what_came(shared_shop):
    for body in ({"text": "secret " * 200}, {"image": "secret"}, {"text": ["secret"]}, {"image": {"secret": 1}}):
        assert "secret" not in json.dumps(problem_of(shared_shop.post("/predict", json=body), 422))


@pytest.mark.parametrize(
    ("body", "is_quick"),
    [
        (b'{"text": "cup"}', True),
        (b'{"text": "caf\\u00e9 <\\u003e"}', True),
        (b'{"text": "cup", "image": ""}', False),
        (b'{"text": "cup", "im\\u0061ge": "AAAA"}', False),
        (b'{"text": "cup", "imag\\u0065": "AAAA"}', False),
    ],
)
def test_only_what_cannot_hold_a_picture_is_read_quickly(body, is_quick):
    assert may_name(body, ("text", "image")) != is_quick


def test_hidden_letters_change_no_answer(shared_shop):
    kind = {"content_type": "application/json"}
    plain, hidden = (
        b'{"text": "cup", "%s": "%s"}' % (name, in_base64(RED).encode()) for name in (b"image", b"im\\u0061ge")
    )
    answers = [shared_shop.post("/predict", data=body, **kind).get_json()["predictions"][0] for body in (plain, hidden)]
    assert answers[0]["probabilities"] == answers[1]["probabilities"]
