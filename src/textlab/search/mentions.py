"""Find the values of fields in a request: "in sao paulo", "C++ and Go"."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TOKEN = re.compile(r"(?<!\w)\.?[^\W_]+(?:[.'’][^\W_]+)*(?:\+\+|#)?")
PLACING = {"in", "from", "near", "around", "at", "within", "to"}
# Values that are also common words count only in their own spelling, beside a word that shows what they mean.
COMMON_WORDS = re.compile(
    r"go|r|c|d|swift|rust|dart|julia|ruby|scheme|basic|crystal|elm|nim|processing|"
    r"shell|make|nice|reading|mobile|bath|cork|essen|split|hull|most|page|logo|factor|"
    r"racket|zig|io|j|k|q|v|lean|ring|red|clean|pure"
)
SHOWING = re.compile(
    r"developer|developers|programmer|programmers|engineer|engineers|coder|coders|code|"
    r"coding|programming|language|languages|experience|expert|experts|skills|skill|library|"
    r"libraries|project|projects|backend|and|or|with|in|using|knows|know|knowing|writes|"
    r"write|writing"
)


@dataclass(frozen=True)
class Mention:
    """A value of a field, in the tokens from `first` up to `last`, and in the text from `start` to `end`."""

    field: str
    value: str
    first: int
    last: int
    start: int
    end: int


def folded(word: str) -> str:
    """Return the word in lower case without accents."""
    marks = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in marks if not unicodedata.combining(letter))


class KnownValues:
    """The values of the fields of words, by their folded words.

    Args:
        values: the values of each field.
    """

    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        self._known: dict[tuple[str, ...], tuple[str, str]] = {}
        for name, of_field in values.items():
            for value in of_field:
                words = tuple(folded(match[0]) for match in TOKEN.finditer(value))
                self._known.setdefault(words, (name, value))
        self._known.pop((), None)
        self._longest = max(map(len, self._known), default=0)

    def mentions(self, text: str, tokens: Sequence[re.Match[str]], taken: Sequence[tuple[int, int]]) -> list[Mention]:
        """Find the values in a text, the longest first where they overlap.

        Args:
            text: the text.
            tokens: its tokens, from `TOKEN`.
            taken: the places of the text that something else occupies.
        """
        keys = [folded(token[0]) for token in tokens]
        found: list[Mention] = []
        position = 0
        while position < len(tokens):
            for length in range(min(self._longest, len(tokens) - position), 0, -1):
                name, value = self._known.get(tuple(keys[position : position + length]), ("", ""))
                start, end = tokens[position].start(), tokens[position + length - 1].end()
                if name and _is_free(start, end, taken) and _is_meant(text, tokens, position, length, value):
                    found.append(Mention(name, value, position, position + length, start, end))
                    position += length - 1
                    break
            position += 1
        return found


def _is_free(start: int, end: int, taken: Sequence[tuple[int, int]]) -> bool:
    return all(end <= first or start >= last for first, last in taken)


def _is_meant(text: str, tokens: Sequence[re.Match[str]], position: int, length: int, value: str) -> bool:
    """Return whether a mention means the value: a common word needs the value's spelling and a word that shows it."""
    written = text[tokens[position].start() : tokens[position + length - 1].end()]
    if not COMMON_WORDS.fullmatch(folded(written)):
        return True
    before = folded(tokens[position - 1][0]) if position else ""
    after = folded(tokens[position + length][0]) if position + length < len(tokens) else ""
    ends = tokens[position - 1].end() if position else 0, tokens[position + length - 1].end()
    beside = text[ends[0] : tokens[position].start()] + text[ends[1] : ends[1] + 1]
    is_listed = any(mark in beside for mark in ",/&")
    is_shown = is_listed or before in PLACING or any(SHOWING.fullmatch(word) for word in (before, after))
    return written == value and (is_shown or len(tokens) == length)
