"""A seeded writer of texts that look like those people have: topics, opinions, function words, noise and typos."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from random import Random
from string import Formatter

from trap_words import FIRST_NAMES, GENERAL, LANGUAGES, OPINIONS, QUITE, SENTENCES, SYLLABLES, TOPICS, WHEN, Topic

TYPO_RATE = 0.015  # share of words with a typing error
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SITES = ("bit.ly", "t.co", "youtu.be", "instagram.com", "example.org", "medium.com", "news.example.com")
EMOJI = ("😂", "😊", "🙏", "🔥", "👍", "😭", "🎉", "🤔", "✈️", "❤️")


class Writer:
    """Writes sentences and texts; all chance comes from one random generator.

    Args:
        random: the generator.
        strength: the probability that a content word comes from the text's own topic or opinion. The rest is general
            vocabulary, or words of a topic or opinion at random. A low strength makes a hard problem.
    """

    def __init__(self, random: Random, strength: float = 0.8) -> None:
        self.random, self.strength = random, strength
        self.names = [*FIRST_NAMES, *(self._invented(2) for _ in range(60))]
        self.places = [self._invented(3).capitalize() for _ in range(40)]
        self._weights: dict[int, list[float]] = {}

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, words: Sequence[str]) -> str:
        """Draw a word; the first ones are more frequent, as in Zipf's law."""
        size = len(words)
        if size not in self._weights:
            self._weights[size] = list(accumulate(1 / (rank + 4) for rank in range(size)))
        return self.random.choices(words, cum_weights=self._weights[size])[0]

    def _invented(self, most: int) -> str:
        return "".join(self.random.choice(SYLLABLES) for _ in range(self.random.randint(2, most)))

    def sentence(self, topic: str, opinion: str = "") -> str:
        """Write a sentence about a topic. With an opinion, it mostly judges something."""
        kind = "opinion" if opinion and self.chance(0.75) else "fact"
        return self._filled(self.random.choice(SENTENCES[kind]), topic, opinion)

    def _filled(self, template: str, topic: str, opinion: str) -> str:
        slots: dict[str, Callable[[], str]] = {
            "noun": lambda: self.pick(self._words_of(topic).nouns),
            "verb": lambda: self.pick(self._words_of(topic).verbs),
            "adjective": lambda: self.pick(self._words_of(topic).adjectives),
            "judged": lambda: self.pick(self._opinion_words(opinion).adjectives),
            "felt": lambda: self.pick(self._opinion_words(opinion).verbs),
            "sentiment": lambda: self.pick(self._opinion_words(opinion).nouns),
            "quite": lambda: self.random.choice(QUITE),
            "when": lambda: self.random.choice(WHEN),
            "name": lambda: self.pick(self.names).capitalize(),
            "place": lambda: self.pick(self.places),
            "number": lambda: str(self.random.choice((2, 3, 5, 10, 20, 40, self.random.randint(2, 400)))),
        }
        parts = [literal + (slots[slot]() if slot else "") for literal, slot, _, _ in Formatter().parse(template)]
        return "".join(parts)

    def _words_of(self, topic: str) -> Topic:
        if self.chance(self.strength):
            return TOPICS[topic]
        return GENERAL if self.chance(0.6) else TOPICS[self.random.choice(list(TOPICS))]

    def _opinion_words(self, opinion: str) -> Topic:
        own = opinion and self.chance(self.strength)
        return OPINIONS[opinion if own else self.random.choice(list(OPINIONS))]

    def text(self, topic: str, opinion: str = "", sentences: tuple[int, int] = (1, 3)) -> str:
        """Write a text of a number of sentences, with typing errors, in lower or mixed case."""
        written = [self.sentence(topic, opinion) for _ in range(self.random.randint(*sentences))]
        text = " ".join(self._punctuated(sentence) for sentence in written)
        return self.with_typos(text)

    def _punctuated(self, sentence: str) -> str:
        start = sentence[0].upper() if self.chance(0.7) else sentence[0]
        end = "" if sentence.endswith("?") else self.random.choices([".", "!", "", "..."], [75, 12, 9, 4])[0]
        return (start + sentence[1:] + end).replace(" ,", ",").replace(" ?", "?")

    def with_typos(self, text: str) -> str:
        """Drop, double or exchange letters in a few words."""
        return " ".join(self._mistyped(word) if self.chance(TYPO_RATE) else word for word in text.split(" "))

    def _mistyped(self, word: str) -> str:
        if len(word) < 4:
            return word
        place = self.random.randrange(1, len(word) - 2)
        return self.random.choice(
            [
                word[:place] + word[place + 1 :],
                word[:place] + word[place] + word[place:],
                word[:place] + word[place + 1] + word[place] + word[place + 2 :],
                word[:place] + self.random.choice(LETTERS) + word[place + 1 :],
            ]
        )

    def tweet(self, topic: str, opinion: str = "") -> str:
        """Write a short text with mentions, hashtags, links and emoji."""
        text = self.text(topic, opinion, (1, 2))
        if self.chance(0.35):
            text = (
                f"@{self.pick(self.names)}{self.random.choice(['', '_', '99', str(self.random.randint(1, 99))])} {text}"
            )
        if self.chance(0.3):
            text += f" #{self.pick(TOPICS[topic].nouns)}"
        if self.chance(0.25):
            text += f" {self.link()}"
        if self.chance(0.2):
            text += f" {self.random.choice(EMOJI)}"
        return text.lower() if self.chance(0.5) else text

    def link(self) -> str:
        return f"https://{self.pick(SITES)}/{''.join(self.random.choices(LETTERS, k=6))}"

    def letter(self, topic: str, opinion: str = "") -> str:
        """Write a message to a support desk, with a greeting and often a name below."""
        greeting = self.random.choice(
            ["Hello,", "Hi,", "Dear team,", "Good morning,", "Hi there,", "Dear Sir or Madam,"]
        )
        body = self.text(topic, opinion, (2, 4))
        closing = self.random.choice(["Thanks,", "Best regards,", "Kind regards,", "Cheers,", ""])
        return f"{greeting} {body} {closing} {self.pick(self.names).capitalize()}".strip()

    def headline(self, topic: str) -> str:
        """Write a headline of a few words."""
        words = self._words_of(topic)
        verb, adjective, first, second = (
            self.pick(words.verbs),
            self.pick(words.adjectives),
            self.pick(words.nouns),
            self.pick(self._words_of(topic).nouns),
        )
        name, place = self.pick(self.names).capitalize(), self.pick(self.places)
        number = self.random.randint(2, 90)
        forms = [
            f"{adjective} {first} {verb} in {place}",
            f"{name}: {first} and {second} {verb}",
            f"{place} {first} {verb} after {number} days",
            f"why the {adjective} {second} {verb}, by {name}",
            f"{number} {adjective} ways to a better {first}",
            f"{first} of {place} {verb} {adjective} {second}",
        ]
        return self.with_typos(self.random.choice(forms).capitalize())

    def foreign(self, language: str, opinion: str, sentences: tuple[int, int] = (1, 3)) -> str:
        """Write a text with an opinion in another language than English."""
        words = LANGUAGES[language]
        others = [other for other in words.judged if other != opinion]

        def one() -> str:
            judged = opinion if self.chance(self.strength) else self.random.choice(others)
            slots = {
                "judged": self.pick(words.judged[judged]),
                "place": self.pick(self.places),
                "name": self.pick(self.names).capitalize(),
                "number": str(self.random.randint(2, 60)),
            }
            parts = Formatter().parse(self.random.choice(words.sentences))
            return "".join(
                literal + ("" if slot is None else slots.get(slot) or self.pick(words.nouns))
                for literal, slot, _, _ in parts
            )

        text = " ".join(self._punctuated(one()) for _ in range(self.random.randint(*sentences)))
        return self.with_typos(text)
