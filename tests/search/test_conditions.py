"""A request is read into conditions and a rest; what is not understood filters nothing."""

import pytest

from textlab.search.conditions import ConditionReader
from textlab.search.fields import FieldKind

FIELDS = {
    "place": FieldKind.WORD,
    "languages": FieldKind.WORDS,
    "years": FieldKind.NUMBER,
    "stars": FieldKind.NUMBER,
}
VALUES = {
    "place": ["Berlin", "São Paulo", "New York", "York", "Reading", "Nice"],
    "languages": ["Python", "Go", "C", "C++", "C#", "R", "JavaScript", "Java", "Rust", "TypeScript", ".NET"],
}


def read(text):
    return ConditionReader(FIELDS, VALUES.__getitem__).read(text)


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("a Python developer", {"languages": ["Python"]}),
        ("someone in sao paulo", {"place": "São Paulo"}),
        ("in Berlin or New York", {"place": ["Berlin", "New York"]}),
        ("Python and Rust, in Berlin", {"languages": ["Python", "Rust"], "place": "Berlin"}),
        ("Python or Java developer", {"languages": {"any": ["Python", "Java"]}}),
        ("Rust, C# and .NET", {"languages": ["Rust", "C#", ".NET"]}),
        ("Rust and Python or Java", {"languages": {"all": ["Rust"], "any": ["Python", "Java"]}}),
        ("at least five years", {"years": {"min": 5}}),
        ("5+ yrs of experience", {"years": {"min": 5}}),
        ("more than 3 years", {"years": {"min": 4}}),
        ("over a decade of compilers", {"years": {"min": 10}}),
        ("3-5 years, 1.5k+ stars", {"years": {"min": 3, "max": 5}, "stars": {"min": 1500}}),
        ("between two and four years", {"years": {"min": 2, "max": 4}}),
        ("up to 300 stars and exactly 3 years", {"stars": {"max": 300}, "years": {"min": 3, "max": 3}}),
        ("at least 2 years and at most 10 years", {"years": {"min": 2, "max": 10}}),
        ("1,000 stars", {"stars": {"min": 1000}}),
    ],
)
def test_conditions_of_a_request_become_a_filter(text, filters):
    assert read(text).filters == filters


@pytest.mark.parametrize(
    "text",
    [
        "people over 40 years old",
        "we met 15 years ago",
        "Go to market strategy",
        "a nice person who is reading a lot",
        "a sea star",
        "yorkshire and javanese",
        "",
        "😀😀",
        "years and stars",
    ],
)
def test_words_that_only_look_like_conditions_filter_nothing(text):
    assert read(text).filters == {}


@pytest.mark.parametrize(
    ("text", "unclear"),
    [
        ("anyone, but not in Berlin", "not in Berlin"),
        ("ideally with Java", "ideally with Java"),
        ("without Go code", "without Go"),
    ],
)
def test_denied_and_wished_conditions_filter_nothing_and_are_listed(text, unclear):
    request = read(text)
    assert request.filters == {}
    assert request.unclear == (unclear,)
    assert unclear in request.rest


def test_a_denied_place_leaves_another_condition_alone():
    request = read("A Berlin-based engineer, not in New York")
    assert request.filters == {"place": "Berlin"}
    assert request.unclear == ("not in New York",)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Python developer in Berlin with at least five years of experience, who scrapes websites",
         "Python developer, who scrapes websites"),
        ("over a decade of experience with compilers", "compilers"),
        ("someone with a year of machine learning", "someone machine learning"),
    ],
)  # fmt: skip
def test_the_rest_keeps_the_content_and_drops_places_and_numbers(text, rest):
    assert read(text).rest == rest


def test_a_request_of_conditions_alone_is_ranked_by_its_own_words():
    assert read("in Berlin").rest == "in Berlin"


def test_each_condition_quotes_the_words_that_state_it():
    stated = [(condition.field, condition.text) for condition in read("Rust in Berlin, 3+ years").understood]
    assert stated == [("languages", "Rust"), ("place", "Berlin"), ("years", "3+ years")]


def test_the_longest_place_wins():
    assert read("from New York").filters == {"place": "New York"}


def test_a_long_request_is_read_in_time_linear_in_its_length():
    assert read("word " * 20_000 + "in Berlin").filters == {"place": "Berlin"}
    assert read("1,111" + ",111" * 40_000 + " in Berlin").filters == {"place": "Berlin"}


def test_a_number_of_more_than_fifteen_digits_is_none():
    assert read("9" * 400 + " years in Berlin").filters == {"place": "Berlin"}


def test_documents_without_fields_have_no_conditions():
    assert ConditionReader({}, VALUES.__getitem__).read("Python in Berlin").rest == "Python in Berlin"


def test_a_reader_asks_for_the_values_of_each_field_once():
    asked = []

    def values(name):
        asked.append(name)
        return VALUES[name]

    reader = ConditionReader(FIELDS, values)
    assert reader.read("in Berlin").filters == {"place": "Berlin"}
    assert reader.read("Rust").filters == {"languages": ["Rust"]}
    assert asked == ["place", "languages"]
