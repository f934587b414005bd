"""Changes of a text: some must not matter, others can only favour one class.

Each function takes a random generator and a text, and returns the changed text. If it finds nothing to change, it
returns the text itself.
"""

import re
from random import Random
from string import ascii_letters, digits

from textlab.data.sources.air_paradis.grammar.phrases import SLOTS
from textlab.data.sources.air_paradis.grammar.surface import MARKS, NEUTRAL_EMOJI, POLAR_EMOJI, mistype

# Common names that are hardly ever ordinary words.
MEN = (
    *("James", "John", "Robert", "Michael", "David", "Richard", "Joseph", "Thomas", "Daniel", "Matthew", "Anthony"),
    *("Andrew", "Joshua", "Kevin", "Brian", "George", "Timothy", "Ronald", "Jason", "Edward", "Jeffrey", "Ryan"),
)
WOMEN = (
    *("Mary", "Patricia", "Jennifer", "Linda", "Elizabeth", "Barbara", "Susan", "Jessica", "Sarah", "Karen", "Lisa"),
    *("Nancy", "Sandra", "Ashley", "Emily", "Michelle", "Amanda", "Melissa", "Deborah", "Stephanie", "Rebecca"),
    "Laura",
)
CITIES = (
    *SLOTS["city"],
    *("London", "Chicago", "Houston", "Seattle", "Denver", "Toronto", "Sydney", "Melbourne", "Glasgow", "Manchester"),
    *("Liverpool", "Atlanta", "Dallas", "Detroit", "Philadelphia", "Miami", "Delhi", "Mumbai", "Lagos", "Nairobi"),
)
KINDS_OF_NAMES = (MEN, WOMEN, CITIES)


def typo(random: Random, text: str) -> str:
    """Swap two letters of a longer word, or drop or double one."""
    return mistype(random, text)


def casing(random: Random, text: str) -> str:
    """Write the text in upper or in lower case, except mentions, hashtags and links."""
    change = random.choice((str.upper, str.lower))
    return " ".join(word if any(mark in word for mark in MARKS) else change(word) for word in text.split(" "))


def neutral_emoji(random: Random, text: str) -> str:
    """Append an emoji without polarity."""
    return f"{text.rstrip()} {random.choice(NEUTRAL_EMOJI)}"


def polar_emoji(random: Random, text: str, polarity: int) -> str:
    """Append a happy (polarity 1) or an angry (0) emoji."""
    return f"{text.rstrip()} {random.choice(POLAR_EMOJI[polarity])}"


def mention_or_link(random: Random, text: str) -> str:
    """Add a mention at the start or at the end, or a link at the end."""
    letters = "".join(random.choices(ascii_letters + digits, k=6))
    return random.choice(
        (f"@{letters} {text}", f"{text.rstrip()} @{letters}", f"{text.rstrip()} https://t.co/{letters}")
    )


def name_swap(random: Random, text: str) -> str:
    """Replace a first name or a city, wherever it occurs in the text, by another of its kind."""
    found = [(name, names) for names in KINDS_OF_NAMES for name in names if name in text]
    found = [(name, names) for name, names in found if re.search(rf"\b{name}\b", text)]
    if not found:
        return text
    name, names = random.choice(found)
    other = random.choice([candidate for candidate in names if candidate not in text])
    return re.sub(rf"\b{name}\b", other, text)
