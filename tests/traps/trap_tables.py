"""Tables of texts as users have them, and the registers of clean and of trapped sets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import urlencode

import pandas as pd
from trap_texts import Writer


@dataclass(frozen=True, eq=False)
class Table:
    """A user's table, or the bytes of a file that no table could make.

    Attributes:
        frame: columns as in the file.
        suffix: the ending of its file.
        encoding: the encoding of its file.
        options: options of `textlab.data.load`.
        written: changes the content of the file before it is written.
    """

    frame: pd.DataFrame
    suffix: str = ".csv"
    encoding: str = "utf-8"
    options: dict[str, str] = field(default_factory=dict)
    written: Callable[[str], str] = str

    def write(self, folder: Path, name: str) -> str:
        """Write the file; return the name under which textlab loads it."""
        if self.suffix == ".jsonl":
            content = self.frame.to_json(orient="records", lines=True, force_ascii=False)
        else:
            content = self.frame.to_csv(index=False, sep="\t" if self.suffix == ".tsv" else ",", lineterminator="\n")
        path = folder / f"{name}{self.suffix}"
        path.write_bytes(self.written(content).encode(self.encoding))
        query = urlencode(self.options)
        return f"file:{path}" + (f"?{query}" if query else "")


@dataclass(frozen=True)
class TextSet:
    """A generated set of texts.

    Attributes:
        name: its name.
        story: where such data comes from, in a sentence.
        make: writes its table.
        kinds: names of `ConcernKind`, any of which names the trap; none for a clean set.
        words: parts of words, any of which the answer must contain, in lower case.
        may_be_refused: whether an error of `textlab.data.load` that contains such a word is as good.
    """

    name: str
    story: str
    make: Callable[[Random], Table]
    kinds: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    may_be_refused: bool = False

    def table(self, seed: int = 0) -> Table:
        return self.make(Random(f"{self.name} {seed}"))


TWO = {"positive": 0.5, "negative": 0.5}
OPPOSITE = {"positive": "negative", "negative": "positive"}
CLEAN: dict[str, TextSet] = {}
TRAPPED: dict[str, TextSet] = {}
Maker = Callable[[Random], Table]


def clean(make: Maker) -> Maker:
    """Register a clean set: the function's name is its name, the docstring its story."""
    CLEAN[make.__name__] = TextSet(make.__name__, (make.__doc__ or "").strip(), make)
    return make


def trapped(kinds: str, words: str, may_be_refused: bool = False) -> Callable[[Maker], Maker]:
    """Register a set with a trap; `kinds` and `words` are separated by blanks, an underscore in a word is a blank."""

    def register(make: Maker) -> Maker:
        expected = tuple(word.replace("_", " ") for word in words.split())
        story = (make.__doc__ or "").strip()
        TRAPPED[make.__name__] = TextSet(
            make.__name__, story, make, tuple(kinds.split()), expected, may_be_refused=may_be_refused
        )
        return make

    return register


def labels(random: Random, shares: dict[str, float], count: int) -> list[str]:
    """Return `count` labels with these shares, in random order; each label occurs as often as its share says."""
    total = sum(shares.values())
    drawn = [name for name, share in shares.items() for _ in range(round(count * share / total))]
    drawn += random.choices(list(shares), list(shares.values()), k=max(0, count - len(drawn)))
    random.shuffle(drawn)
    return drawn[:count]


def table_of(texts: Sequence[str], labels: Sequence[object], **columns: Sequence[object]) -> pd.DataFrame:
    """Make a frame with the columns text, label and others."""
    return pd.DataFrame({"text": texts, "label": labels, **columns}, dtype=object)


def splits(random: Random, count: int, validation: float = 0.15, test: float = 0.25) -> list[str]:
    """Draw a split for each of `count` rows, with fixed sizes."""
    return labels(random, {"test": test, "validation": validation, "train": 1 - validation - test}, count)


def parts_of(random: Random, sizes: dict[str, int], shares: dict[str, float]) -> list[tuple[str, str]]:
    """Return the split and the label of each row: every split has the same shares of the labels."""
    return [(part, label) for part, size in sizes.items() for label in labels(random, shares, size)]


def reviews(random: Random, topic: str, count: int, strength: float = 0.75) -> pd.DataFrame:
    """Make reviews of one topic, half of them positive."""
    writer, given = Writer(random, strength), labels(random, TWO, count)
    return table_of([writer.text(topic, label, (2, 3)) for label in given], given)


def joined(*frames: pd.DataFrame) -> pd.DataFrame:
    """Put frames below each other."""
    return pd.concat(frames, ignore_index=True)
