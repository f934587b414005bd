"""The surface of a tweet: registers, casing, emoji, hashtags, mentions, links, elongation and typos.

Where word order decides the label, the surface does not: emoji and hashtags are neutral there.
"""

import re
from dataclasses import dataclass
from random import Random

from textlab.data.sources.air_paradis.grammar.sentences import ORDER_TAGS

NEUTRAL_EMOJI = ("✈️", "🧳", "🛫", "🛬", "👀", "📱", "🌍", "💺", "🤷", "☁️")
POLAR_EMOJI = (("😡", "😤", "👎", "😠", "💔", "😩"), ("😍", "😊", "👍", "🎉", "❤️", "🥰"))
NEUTRAL_HASHTAGS = ("#AirParadis", "#travel", "#avgeek", "#flying", "#airport", "#onboard", "#windowseat")
POLAR_HASHTAGS = (("#fail", "#travelfail", "#angry"), ("#happytraveller", "#welldone", "#loveit"))
WITNESSES = ("@mia_travels", "@gate_watch", "@tom_on_tour", "@TheWingedPen", "@lea_abroad")
MARKS = ("@", "#", "http")  # the start of a token that is not a word

# Words that people elongate, and the letter that they repeat.
ELONGATED = {
    **{"so": "o", "really": "y", "very": "e", "great": "e", "love": "o", "lovely": "o", "please": "e"},
    **{"good": "o", "bad": "a", "slow": "o", "never": "e", "why": "y", "late": "a", "best": "e", "worst": "o"},
    **{"always": "a", "well": "l", "ok": "k", "wow": "o", "ugh": "g", "yay": "y", "terrible": "r", "amazing": "a"},
}
GREETINGS = ("heyyy", "sooo", "okaaay", "guyyys")


@dataclass(frozen=True)
class Register:
    """A register of writing: the probability of each feature of the surface."""

    emoji: float = 0.0
    hashtag: float = 0.0
    handle: float = 0.0
    link: float = 0.0
    elongation: float = 0.0
    typo: float = 0.0
    lower: float = 0.0
    shout: float = 0.0
    exclaim: float = 0.0


FORMAL = Register(handle=0.2)
EVERYDAY = Register(0.25, 0.25, 0.4, 0.08, 0.06, 0.08, 0.3, 0.02, 0.15)
EXCITED = Register(0.55, 0.4, 0.5, 0.08, 0.35, 0.12, 0.3, 0.1, 0.5)


def write(
    random: Random, parts: tuple[str, ...], tags: frozenset[str], label: int, guarded: tuple[str, ...]
) -> tuple[str, set[str]]:
    """Write sentences as somebody would post them; return the text and the phenomena of its surface.

    Args:
        random: the random generator.
        parts: lower-case sentences.
        tags: the phenomena in the sentences.
        label: the label; emoji and hashtags reflect it unless word order decides.
        guarded: phrases whose words are not altered, so held-out words stay recognisable.
    """
    register = random.choices((FORMAL, EVERYDAY, EXCITED), (35, 40, 25))[0]
    polarity = None if tags & ORDER_TAGS else label
    keep = frozenset(word.strip(",.:;?!") for phrase in guarded for word in phrase.lower().split())
    text = _punctuate(random, parts, register)
    added = set()
    if random.random() < register.typo:
        mistyped = mistype(random, text, keep)
        added |= {"typo"} if mistyped != text else set()
        text = mistyped
    if random.random() < register.elongation:
        text = _elongate(random, text, keep)
    text = _case(random, text, register)
    text = _decorate(random, text, register, polarity)
    text = re.sub(r"\s+", " ", text).strip()
    return text, added | surface_tags(text)


def surface_tags(text: str) -> set[str]:
    """Return the phenomena that the finished text shows."""
    tags = {"mention": r"@\w", "hashtag": r"#\w", "link": r"https?://", "elongation": r"([a-zA-Z])\1\1"}
    found = {tag for tag, pattern in tags.items() if re.search(pattern, text)}
    if any(emoji in text for emoji in (*NEUTRAL_EMOJI, *POLAR_EMOJI[0], *POLAR_EMOJI[1])):
        found.add("emoji")
    return found


def _punctuate(random: Random, parts: tuple[str, ...], register: Register) -> str:
    joint = random.choices((". ", "! ", "... ", " - "), (6, 4 * register.exclaim, 1, 1))[0]
    sentences = [
        part[0].upper() + part[1:] if joint != " - " or not place else part for place, part in enumerate(parts)
    ]
    end = "!" if random.random() < register.exclaim else random.choice((".", ".", ""))
    text = joint.join(sentences) + end
    return re.sub(r"\?(\.\.\.|[.!])", "?", text)


def mistype(random: Random, text: str, keep: frozenset[str] = frozenset()) -> str:
    """Add a typo to one word of five letters or more: swap, drop or double a letter. Words in `keep` stay."""
    words = text.split(" ")
    places = [
        place for place, word in enumerate(words) if len(word) > 4 and word.isalpha() and word.lower() not in keep
    ]
    if not places:
        return text
    place = random.choice(places)
    word, at = words[place], random.randrange(1, len(words[place]) - 2)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    words[place] = random.choice((swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]))
    return " ".join(words)


def _elongate(random: Random, text: str, keep: frozenset[str]) -> str:
    """Elongate one word, or add an elongated greeting if there is no suitable word."""
    candidates = [
        match
        for match in re.finditer(r"[A-Za-z]+", text)
        if match[0].lower() in ELONGATED and match[0].lower() not in keep
    ]
    if not candidates:
        return f"{random.choice(GREETINGS)}... {text}"
    match = random.choice(candidates)
    letter = ELONGATED[match[0].lower()]
    at = match.start() + match[0].lower().rindex(letter)
    return text[:at] + text[at] * random.randint(2, 5) + text[at:]


def _case(random: Random, text: str, register: Register) -> str:
    if random.random() < register.shout:
        return text.upper().replace("@AIRPARADIS", "@AirParadis")
    if random.random() < register.lower:
        plain = text.lower()
        return plain.replace("'", "") if random.random() < 0.5 else plain
    return text


def _decorate(random: Random, text: str, register: Register, polarity: int | None) -> str:
    if random.random() < register.handle and "@" not in text:
        text = f"@AirParadis {text}" if random.random() < 0.6 else f"{text} @AirParadis"
    if random.random() < register.handle / 8:
        text = f"{text} cc {random.choice(WITNESSES)}"
    if random.random() < register.emoji:
        polar = polarity is not None and random.random() < 0.5
        emoji = random.choice(POLAR_EMOJI[polarity] if polar and polarity is not None else NEUTRAL_EMOJI)
        text = f"{text} {emoji * random.choice((1, 1, 1, 2, 3))}"
    if random.random() < register.hashtag:
        polar = polarity is not None and random.random() < 0.2
        hashtag = random.choice(POLAR_HASHTAGS[polarity] if polar and polarity is not None else NEUTRAL_HASHTAGS)
        text = f"{text} {hashtag}"
    if random.random() < register.link:
        text = f"{text} https://pic.example/{random.randrange(10**6):06d}"
    return text
