"""Normalise text: map characters, then apply a table of rules in order.

The rules use only what Python's `re` and RE2 have in common (no look-around, no back-references, no Unicode classes),
so `textlab.text.graph` applies the same table in a TensorFlow graph.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

REMOVED = 0x01  # the character that the first rule removes
MAPPED_CODE_POINTS = 0x20000  # planes 0 and 1; the others have no letters with case, white space or control characters


@dataclass(frozen=True)
class Rule:
    """A rule that replaces each match of a pattern.

    Attributes:
        name: a short name.
        pattern: a regular expression that `re` and RE2 read alike.
        replacement: the text to insert.
        why: the reason for the rule.
        needs: strings of which a text must contain at least one to match; () if unknown. This saves time in Python.
    """

    name: str
    pattern: str
    replacement: str
    why: str
    needs: tuple[str, ...] = ()


def _elongation(letters: str) -> Rule:
    """Shorten three or more of the same letter to two, for up to nine letters, because RE2 has groups 1 to 9."""
    pattern = "|".join(f"({letter}){letter}{{2,}}" for letter in letters)
    replacement = "".join(rf"\{group}\{group}" for group in range(1, len(letters) + 1))
    why = "soooo and sooooooo are the same word: soo"
    return Rule(f"elongation {letters[0]}-{letters[-1]}", pattern, replacement, why, tuple(3 * x for x in letters))


_EMOJI = (
    "\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff"
)

RULES: tuple[Rule, ...] = (
    Rule(
        "invisible",
        "[\x01\U000e0000-\U000e0fff]+",
        "",
        "joiners, variation selectors and skin tones would split an emoji",
    ),
    Rule("ampersand", r"&(?:amp;)+", "&", "first, so that &amp;lt; becomes &lt; and then <"),
    Rule("less than", r"&lt;", "<", "the platform escapes text as HTML"),
    Rule("greater than", r"&gt;", ">", "the same"),
    Rule("quotation mark", r"&quot;", '"', "the same"),
    Rule("apostrophe", r"&(?:#0?39|#x27|apos);", "'", "the same"),
    Rule("blank", r"&nbsp;", " ", "the same"),
    Rule(
        "link",
        r"(?:https?|ftp):/[^ ]+|(^|[^a-z0-9])www\.[^ !-,./:-@\[-`{-~]+\.[^ ]+",
        r"\1 <url> ",
        "before punctuation, which would split the address; Awww... is not a link",
        ("p:/", "ps:/", "www."),
    ),
    Rule(
        "address",
        r"[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}\.[a-z.]{2,}",
        " <email> ",
        "before mentions, which begin with @ too",
        ("@",),
    ),
    Rule("number", r"<(3+(?:[0-24-9]|[.,][0-9]))", r"< \1", "<30 min and <3.5 do not contain a heart"),
    Rule(
        "colon",
        r"([a-z0-9][:=;])([(\[{/\\|]+[a-z0-9])",
        r"\1 \2",
        "options:(a) and and:/or contain no frown; a sign between two letters is not a face",
    ),
    Rule("mention", r"@[a-z0-9_]+", " <user> ", "the name of the addressee does not express a sentiment"),
    Rule("hashtag", r"#([^ !-/:-@\[-^`{-~]+)", r" <hashtag> \1 ", "keep the word, and mark that it is tagged"),
    Rule(
        "smile",
        r"[:=;]['^o-]?(?:[)\]}]+|[dp]+( |$))|\([:=;]|<3+",
        r" <smile> \1",
        "before punctuation, which would split it",
    ),
    Rule("frown", r"[:=;]['^o-]?[(\[{/\\|]+|(^| )\)[:=;]", r"\1 <frown> ", "the same; (so): is not a face"),
    _elongation("abcdefghi"),
    _elongation("jklmnopqr"),
    _elongation("stuvwxyz"),
    Rule("exclamations", r"!!+", " !! ", "several differ from one, but their number does not matter"),
    Rule("question marks", r"\?\?+", " ?? ", "the same"),
    Rule("dots", "[.][.]+|\u2026", " ... ", "an ellipsis is one token"),
    Rule(
        "punctuation",
        r"(<(?:url|email|user|hashtag|smile|frown)>|!!|\?\?|\.\.\.|[!-&(-/:-@\[-`{-~])",
        r" \1 ",
        "each sign is a token; placeholders and the apostrophe in don't stay",
    ),
    Rule(
        "emoji",
        f"([\U0001f1e6-\U0001f1ff]{{2}}|[{_EMOJI}])",
        r" \1 ",
        "each emoji is a token; two regional letters are a flag",
    ),
    Rule("quotation", r"(^| )'+|'+( |$)", r"\1\2", "an apostrophe at a word's edge is a quotation mark", ("'",)),
    Rule("blanks", r" +", " ", "last, because the rules above insert blanks"),
)

_COMPILED = tuple((re.compile(rule.pattern, re.ASCII), rule.replacement, rule.needs) for rule in RULES)


def _mapped(code_point: int) -> int:
    """Map one code point to its lower-case compatibility form if that is a single character."""
    character = chr(code_point)
    category = unicodedata.category(character)
    if code_point in (0x200B, 0xFFFD) or category in ("Cc", "Cs") or character.isspace():
        return 0x20
    if category == "Cf" or 0xFE00 <= code_point <= 0xFE0F or 0x1F3FB <= code_point <= 0x1F3FF:
        return REMOVED
    if character in "\u2018\u2019\u201b\u02bc\u00b4\u0060":
        return ord("'")
    if character in "\u201c\u201d\u201e\u201f\u00ab\u00bb":
        return ord('"')
    if character in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212":
        return ord("-")
    compatible = unicodedata.normalize("NFKC", character)
    if len(compatible) == 1:
        character = compatible
    lowered = character.lower()
    return ord(lowered[0]) if len(lowered) == 1 or code_point == 0x130 else ord(character)


@cache
def character_map() -> tuple[int, ...]:
    """Return what each of the first `MAPPED_CODE_POINTS` code points is mapped to.

    White space, control characters and lone surrogates become blanks. Joiners, variation selectors and skin tones
    become `REMOVED`. Typographic quotes and dashes become ASCII. Capitals and compatibility forms (full-width, bold
    mathematical) become the lower-case letter if that is a single character.
    """
    return tuple(_mapped(code_point) for code_point in range(MAPPED_CODE_POINTS))


@cache
def _translation() -> dict[int, int | str]:
    # A lone surrogate takes three bytes, which are not UTF-8. The graph reads each as a blank.
    surrogates = dict.fromkeys(range(0xD800, 0xE000), 3 * " ")
    return {code_point: to for code_point, to in enumerate(character_map()) if code_point != to} | surrogates


def normalise(text: str) -> str:
    """Normalise a text to tokens separated by single blanks. Every model reads texts in this form.

    >>> normalise("SOOOO good!!! Thanks @AirParadis &lt;3 https://t.co/x #blessed")
    'soo good !! thanks <user> <smile> <url> <hashtag> blessed'
    """
    text = text.translate(_translation())
    for pattern, replacement, needs in _COMPILED:
        if not needs or any(need in text for need in needs):
            text = pattern.sub(replacement, text)
    return text.strip(" ")
