"""The fields of documents, which filters and conditions refer to."""

from enum import StrEnum


class FieldKind(StrEnum):
    """The kind of values that a field has."""

    WORD = "word"  # one value, such as a place
    WORDS = "words"  # several values, such as programming languages
    NUMBER = "number"  # such as years of experience
