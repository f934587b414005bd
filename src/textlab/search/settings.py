"""Settings, documents and hits of an index."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .fields import FieldKind

VECTOR_TYPES = ("float32", "float16", "int8")


class SearchIndexError(ValueError):
    """An index that cannot be read, searched or changed as asked. The message states the fault and the remedy."""


@dataclass(frozen=True)
class IndexSettings:
    """The settings by which an index ranks its documents.

    Attributes:
        dimension: the length of the vectors; 0 means that the index ranks by terms alone.
        vector_type: the type in which vectors are stored: float32, float16 or int8.
        terms: whether the index ranks by terms (BM25); with vectors, the two rankings are fused.
        stemmer: the language of the Snowball stemmer for terms; "" keeps words as they are.
        k1, b: the constants of BM25 for repeated terms and for the length of a document.
        fusion_constant: the constant of reciprocal rank fusion (Cormack et al. 2009).
        term_weight: the share of the terms in the fused score, from 0 (vectors alone) to 1 (terms alone).
        fields: the fields of the documents that filters may name.
        titles_in_text: whether a document's text is its title and then its own text.

    Raises:
        SearchIndexError: the settings contradict one another, or a value is not valid.
    """

    dimension: int
    vector_type: str = "float16"
    terms: bool = False
    stemmer: str = "english"
    k1: float = 1.2
    b: float = 0.75
    fusion_constant: int = 60
    term_weight: float = 0.5
    fields: Mapping[str, FieldKind] = field(default_factory=dict)
    titles_in_text: bool = False

    def __post_init__(self) -> None:
        if self.dimension < 0 or not (self.dimension or self.terms):
            raise SearchIndexError(
                f"An index with {self.dimension} dimensions and no terms cannot rank documents. Set `dimension` to the "
                "length of the vectors, or set `terms`."
            )
        if not 0 <= self.term_weight <= 1:
            raise SearchIndexError(f"The weight of terms is {self.term_weight}. Choose a number from 0 to 1.")
        if self.vector_type not in VECTOR_TYPES:
            raise SearchIndexError(
                f"{self.vector_type!r} is not a type of vectors. Choose one of {', '.join(VECTOR_TYPES)}."
            )

    def as_document(self) -> dict[str, Any]:
        """Return the settings as JSON can hold them."""
        return vars(self) | {"fields": {name: str(kind) for name, kind in self.fields.items()}}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "IndexSettings":
        """Return the settings that `as_document` described.

        Raises:
            SearchIndexError: it did not describe them.
        """
        try:
            fields = {name: FieldKind(kind) for name, kind in document["fields"].items()}
            return cls(**document | {"fields": fields})
        except SearchIndexError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SearchIndexError(
                "The settings of the index are damaged or of another version of textlab. Build the index again."
            ) from error


@dataclass(frozen=True)
class Document:
    """A document of an index.

    Attributes:
        id: unique in the index.
        text: the text that is searched.
        title: shown to people, but never searched.
        fields: the values of its fields: a string for a word, a list for words, a number for a number.
    """

    id: str
    text: str
    title: str = ""
    fields: Mapping[str, str | list[str] | float] = field(default_factory=dict)


@dataclass(frozen=True)
class Hit:
    """A document that a search found.

    Attributes:
        id: the document's id.
        score: the cosine of the vectors, the BM25 score of the terms, or the fused score of both.
        position: the document's position in the index, from 0.
    """

    id: str
    score: float
    position: int
