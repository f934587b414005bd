"""The sentences of a document that answer a request best, so that a person can judge a result."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from .mentions import folded

LONGEST = 300  # characters of a passage
MOST = 60  # sentences of a document that are compared
COMPARED = MOST * LONGEST  # characters of a document that are read for them
_BREAK = re.compile(r"(?<=[.!?;])\s+|\n+")
_WORD = re.compile(r"[^\W_]+(?:\+\+|#)?")


def sentences_of(text: str) -> list[str]:
    """Split a text at the ends of sentences and at line breaks; longer parts are cut at a word."""
    found = (" ".join(part.split()) for part in _BREAK.split(text))
    return [piece for part in found if part for piece in _pieces(part)]


def compared_sentences(text: str) -> list[str]:
    """Return the sentences of a document that are compared with a request: the first ones, each once."""
    return list(dict.fromkeys(sentences_of(text[:COMPARED])))[:MOST]


def _pieces(sentence: str) -> list[str]:
    pieces = []
    while len(sentence) > LONGEST:
        cut = sentence.rfind(" ", 1, LONGEST + 1)
        cut = cut if cut > 0 else LONGEST
        pieces.append(sentence[:cut])
        sentence = sentence[cut:].lstrip()
    return [*pieces, sentence] if sentence else pieces


def best_passages(
    text: str, request: str, encode: Callable[[Sequence[str]], np.ndarray] | None = None, count: int = 2
) -> list[str]:
    """Return the sentences of a document that match a request best, in the order of the document.

    With an encoder, sentences are ranked by the cosine to the request; without one, by the share of the request's
    words that they contain. A sentence without any common word is left out in the second case.

    Args:
        text: the document.
        request: what the person looks for.
        encode: texts to unit vectors, float32 (n, d).
        count: the number of sentences.
    """
    sentences = compared_sentences(text)
    if not sentences:
        return []
    scores = _overlap(sentences, request) if encode is None else _cosines(sentences, request, encode)
    best = sorted(np.argsort(-scores, kind="stable")[:count].tolist())
    return [sentences[position] for position in best if encode is not None or scores[position] > 0]


def _cosines(sentences: Sequence[str], request: str, encode: Callable[[Sequence[str]], np.ndarray]) -> np.ndarray:
    vectors = encode([request, *sentences])
    return np.asarray(vectors[1:] @ vectors[0])


def _overlap(sentences: Sequence[str], request: str) -> np.ndarray:
    wanted = set(map(folded, _WORD.findall(request)))
    held = [set(map(folded, _WORD.findall(sentence))) for sentence in sentences]
    return np.array([len(wanted & words) / max(1, len(wanted)) for words in held])
