"""The articles of `catalogue` before they are written and drawn: their classes, and what each input reveals."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

USES = ("camping", "office", "nursery")
THINGS = ("mug", "bag", "chair")
LABEL_NAMES = tuple(f"{use} {thing}" for use in USES for thing in THINGS)


@dataclass(frozen=True)
class Kind:
    """A kind of article: what its inputs reveal.

    Attributes:
        share: the share of articles.
        tags: who decides, and what is missing or wrong.
        text: what the text reveals, of "use" and "thing"; None for no text.
        picture: what the picture reveals; None for no picture.
        wrong: what is wrong: the "use" in the text, the "thing" in the picture, or "" for nothing.
    """

    share: float
    tags: tuple[str, ...]
    text: tuple[str, ...] | None
    picture: tuple[str, ...] | None
    wrong: str = ""


BOTH = ("use", "thing")
KINDS = (
    Kind(0.34, ("both-needed",), ("use",), ("thing",)),
    Kind(0.01, ("both-needed", "noise"), ("use",), ("thing",), "use"),
    Kind(0.01, ("both-needed", "noise"), ("use",), ("thing",), "thing"),
    Kind(0.15, ("text-decides",), BOTH, ()),
    Kind(0.15, ("picture-decides",), (), BOTH),
    Kind(0.20, ("either-decides",), BOTH, BOTH),
    Kind(0.05, ("no-picture", "text-decides"), BOTH, None),
    Kind(0.02, ("no-picture", "undecided"), ("use",), None),
    Kind(0.05, ("no-text", "picture-decides"), None, BOTH),
    Kind(0.02, ("no-text", "undecided"), None, ("thing",)),
)


@dataclass(frozen=True)
class Evidence:
    """The use and the thing of an article, as an input reveals them; "" for what it does not reveal."""

    use: str = ""
    thing: str = ""


@dataclass(frozen=True)
class Article:
    """An article: its class, and what its text and its picture reveal; None for an input that is missing."""

    label: int
    tags: tuple[str, ...]
    text: Evidence | None
    picture: Evidence | None


def outcomes() -> Iterator[tuple[float, Article]]:
    """Yield every article that differs in class or evidence, with its probability."""
    for kind in KINDS:
        for label in range(len(LABEL_NAMES)):
            use, thing = parts_of(label)
            wrongs = [each for each in _values(kind.wrong) if each not in (use, thing)] or [""]
            for wrong in wrongs:
                yield kind.share / len(LABEL_NAMES) / len(wrongs), _article(kind, label, wrong)


def sample(random: Random, size: int) -> list[Article]:
    """Return articles in random order; classes and kinds have their shares exactly, as far as whole numbers allow."""
    labels = [place % len(LABEL_NAMES) for place in range(size)]
    kinds = _apportioned(size)
    random.shuffle(labels)
    random.shuffle(kinds)
    articles = []
    for label, kind in zip(labels, kinds, strict=True):
        wrongs = [each for each in _values(kind.wrong) if each not in parts_of(label)]
        articles.append(_article(kind, label, wrongs[int(random.random() * len(wrongs))] if wrongs else ""))
    return articles


def parts_of(label: int) -> tuple[str, str]:
    """Return the use and the thing of a class."""
    return USES[label // len(THINGS)], THINGS[label % len(THINGS)]


def _values(part: str) -> tuple[str, ...]:
    return {"use": USES, "thing": THINGS}.get(part, ())


def _apportioned(size: int) -> list[Kind]:
    """Return the kind of each article, by largest remainders."""
    counts = [int(kind.share * size) for kind in KINDS]
    by_remainder = sorted(range(len(KINDS)), key=lambda place: counts[place] - KINDS[place].share * size)
    for place in by_remainder[: size - sum(counts)]:
        counts[place] += 1
    return [kind for kind, count in zip(KINDS, counts, strict=True) for _ in range(count)]


def _article(kind: Kind, label: int, wrong: str) -> Article:
    true = dict(zip(BOTH, parts_of(label), strict=True))
    texts = true | ({"use": wrong} if kind.wrong == "use" else {})
    pictures = true | ({"thing": wrong} if kind.wrong == "thing" else {})
    return Article(label, kind.tags, _evidence(kind.text, texts), _evidence(kind.picture, pictures))


def _evidence(parts: tuple[str, ...] | None, values: dict[str, str]) -> Evidence | None:
    return None if parts is None else Evidence(**{part: values[part] for part in parts})
