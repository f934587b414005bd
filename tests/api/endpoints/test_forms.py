"""The reader of forms reads what browsers, curl and libraries write, and refuses the rest in bounded time."""

import random
import time

import pytest
from requests.models import RequestEncodingMixin

from api.endpoints.forms import FilePart, form_fields
from api.problems import Problem

PART = b'Content-Disposition: form-data; name="%s"\r\n\r\n%s'
FILE = b'Content-Disposition: form-data; name="image"; filename="%s"\r\nContent-Type: image/jpeg\r\n\r\n%s'


def form(*parts, boundary=b"b"):
    return b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"


def status_of(body, boundary="b", most_parts=4):
    try:
        form_fields(body, boundary, most_parts)
    except Problem as problem:
        return problem.status
    return 200


def test_texts_and_files_are_told_apart():
    fields = form_fields(form(PART % (b"text", "blaue Tasse ☕".encode()), FILE % (b"cup.jpg", b"\xff\xd8")), "b", 4)
    assert fields == {"text": "blaue Tasse ☕", "image": FilePart(b"\xff\xd8")}


def test_what_requests_writes_is_read():
    files = {"image": ('tasse ☕ "blau".jpg', bytes(range(256)) * 40, "image/jpeg")}
    body, kind = RequestEncodingMixin._encode_files(files, {"text": "a\r\n--cup"})
    fields = form_fields(body, kind.partition("boundary=")[2], 4)
    assert fields == {"text": "a\r\n--cup", "image": FilePart(bytes(range(256)) * 40)}


@pytest.mark.parametrize(
    "name",
    [b"../../etc/passwd", b"C:\\\\Users\\\\cup.jpg", b"", b'a\\"b.jpg', b"x" * 3_000, "☕.png".encode(), b"\x00"],
)
def test_the_name_of_a_file_decides_nothing(name):
    assert form_fields(form(FILE % (name, b"abc")), "b", 4) == {"image": FilePart(b"abc")}


def test_content_that_looks_like_a_boundary_belongs_to_the_content():
    content = b"x--b\n--b--\r--b \n\r\n-b\r\n--"
    assert form_fields(form(FILE % (b"x", content)), "b", 4)["image"] == FilePart(content)


def test_two_parts_with_one_name_and_too_many_parts_are_refused():
    assert status_of(form(PART % (b"text", b"a"), PART % (b"text", b"b"))) == 422
    assert status_of(form(*(PART % (b"p%d" % number, b"") for number in range(5)))) == 422
    assert status_of(form(*(PART % (b"p%d" % number, b"") for number in range(100_000)))) == 422


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b",
        b"--b\r\n",
        b"--b\n" + PART.replace(b"\r\n", b"\n") % (b"text", b"a") + b"\n--b--\n",
        b"preamble\r\n" + form(PART % (b"text", b"a")),
        form(PART % (b"text", b"a"))[:-9],
        form(b"\r\n\r\n"),
        form(b"no head"),
        form(b"Content-Disposition: attachment; name=text\r\n\r\na"),
        form(b'Content-Disposition: form-data; filename="x"\r\n\r\na'),
        form(b'Content-Disposition: form-data; name="\xff"\r\n\r\na'),
        form(b"X: " + b"y" * 9_000 + b"\r\n" + PART % (b"text", b"a")),
        form(PART % (b"text", b"a")).replace(b"--b\r\n", b"--bb\r\n"),
        form(PART % (b"text", b"\r\n--bX")),
    ],
)
def test_what_is_no_complete_form_is_refused(body):
    assert status_of(body) == 400


@pytest.mark.parametrize("boundary", ["", "x" * 71, "a b", 'a"b', "é", "a\n"])
def test_a_boundary_must_be_a_boundary(boundary):
    assert status_of(form(PART % (b"text", b"a")), boundary) == 400


def test_a_text_must_be_utf8():
    assert status_of(form(PART % (b"text", b"\xff"))) == 422


ATTACKS = {
    "almost boundaries": form(FILE % (b"x", b"\r\n--aaaaaaaaaaaaaaaaaaaab" * 1_000_000), boundary=b"a" * 21),
    "line breaks": form(FILE % (b"x", b"\r\n" * 15_000_000)),
    "hyphens": form(FILE % (b"x", b"-" * 30_000_000)),
    "an endless head": b"--b\r\n" + b"X: y\r\n" * 5_000_000,
    "an endless parameter": form(b"Content-Disposition: form-data; name=" + b'"' + b"\\" * 8_000 + b"\r\n\r\n"),
    "many parameters": form(b"Content-Disposition: form-data" + b";a=b" * 2_000 + b"\r\n\r\n"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks_take_little_time(name):
    started = time.thread_time()
    assert status_of(ATTACKS[name], "a" * 21 if name == "almost boundaries" else "b") in (200, 400)
    assert time.thread_time() - started < 0.5


def test_damaged_forms_raise_nothing_but_problems():
    chosen, whole = random.Random(1), form(PART % (b"text", b"a cup"), FILE % (b"cup.jpg", b"\r\n--b\x00\xff"))
    for _ in range(5_000):
        damaged = bytearray(whole)
        for _ in range(chosen.randrange(1, 4)):
            damaged[chosen.randrange(len(damaged))] = chosen.choice(b'\r\n-b;="\\ \x00\xff')
        assert status_of(bytes(damaged)) in (200, 400, 422)
