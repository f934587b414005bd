"""Reading filters from JSON."""

import pytest

from textlab.search import FieldKind, FilterError, parse_filters

FIELDS = {"place": FieldKind.WORD, "languages": FieldKind.WORDS, "years": FieldKind.NUMBER}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"city": "Berlin"}, "The documents have no field 'city'. Filter by one of these: place, languages, years."),
        ([1], "The filters are a list, not an object."),
        ("Berlin", "The filters are a str, not an object."),
        ({"place": 3}, "The filter on 'place' does not suit the field. Write it like \"Berlin\""),
        ({"place": []}, "The filter on 'place' does not suit the field."),
        ({"place": {"any": ["Berlin"]}}, "The filter on 'place' does not suit the field."),
        ({"languages": [""]}, "The filter on 'languages' does not suit the field."),
        ({"languages": {"none": ["Go"]}}, "The filter on 'languages' does not suit the field."),
        ({"languages": {}}, "The filter on 'languages' does not suit the field."),
        ({"place": ["x"] * 101}, "The filter on 'place' has 101 words. Give at most 100."),
        ({"years": 5}, 'Write it like {"min": 5, "max": 10}.'),
        ({"years": {"min": True}}, "The filter on 'years' does not suit the field."),
        ({"years": {"min": float("nan")}}, "The filter on 'years' does not suit the field."),
        ({"years": {"minimum": 5}}, "The filter on 'years' does not suit the field."),
        ({"years": {"min": 10**400}}, "The filter on 'years' has a number that is too large. Give a smaller one."),
        ({"years": {"min": 3, "max": 1}}, "The filter on 'years' has a minimum above its maximum."),
    ],
)
def test_filter_that_does_not_suit_is_refused_in_two_sentences(document, message):
    with pytest.raises(FilterError) as error:
        parse_filters(document, FIELDS)
    assert message in str(error.value)


def test_no_filters_are_false():
    assert not parse_filters(None, FIELDS)
    assert not parse_filters({}, FIELDS)
    assert parse_filters({"place": "Berlin"}, FIELDS)
