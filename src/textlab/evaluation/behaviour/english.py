"""Decide whether texts are in English, as the sentences of the behavioural tests are."""

from collections import Counter
from collections.abc import Sequence

from textlab.evaluation.shift.languages import language_of

LEAST_RECOGNISED = 0.3  # with a smaller share of recognised texts, the language is unclear
LEAST_ENGLISH = 0.5  # among recognised texts
MOST_READ = 5_000  # texts, which give a share to within two points


def why_left_out(texts: Sequence[str]) -> str:
    """Say in a sentence why the behavioural tests do not suit these texts; "" if the texts are English or unclear.

    The language of a text is that of `evaluation.shift.languages.language_of`, by script and function words. Languages
    without function words there, such as Indonesian, are unclear.

    >>> why_left_out(["Der Zug ist nicht da und die Leute sind sauer."])
    'The behavioural tests were left out: their sentences are English, and the texts are mostly in German (100 %).'
    """
    read = texts[:: max(1, len(texts) // MOST_READ)]
    languages = Counter(map(language_of, map(str, read)))
    unclear = languages.pop("", 0)
    recognised = languages.total()
    if recognised < LEAST_RECOGNISED * (recognised + unclear) or not recognised:
        return ""
    if languages["English"] >= LEAST_ENGLISH * recognised:
        return ""
    language, count = max(languages.items(), key=lambda item: item[1])
    return (
        f"The behavioural tests were left out: their sentences are English, and the texts are mostly in {language} "
        f"({100 * count / recognised:.0f} %)."
    )
