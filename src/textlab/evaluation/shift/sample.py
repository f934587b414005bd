"""A sample of texts that can be compared with another one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from textlab.evaluation.shift.languages import language_of
from textlab.evaluation.shift.tokens import tokens_of, words_of
from textlab.inputs import worded

LIMIT = 20_000  # texts compared per sample: more would take longer and decide nothing else
TEXT = "text"  # the input that is compared; of a dataset without it, all inputs are


@dataclass(frozen=True, eq=False)
class Sample:
    """Texts of one origin, such as a split, or the texts that a service received in a week.

    Attributes:
        name: the sample's name for people, such as "test".
        texts: the n texts.
        labels: the class of each text, as an index into `label_names`; None if unknown.
        label_names: the classes.
        groups: what each text belongs to, such as its author; None if unknown. Texts of one group are not independent.
    """

    name: str
    texts: Sequence[str]
    labels: np.ndarray | None = field(default=None, kw_only=True)
    label_names: Sequence[str] = field(default=(), kw_only=True)
    groups: Sequence[object] | None = field(default=None, kw_only=True)

    @cached_property
    def compared(self) -> "Sample":
        """The sample itself, or a random part of it with `LIMIT` texts."""
        if len(self.texts) <= LIMIT:
            return self
        rows = np.sort(np.random.default_rng(0).choice(len(self.texts), LIMIT, replace=False))
        return Sample(
            self.name,
            [self.texts[row] for row in rows],
            labels=None if self.labels is None else self.labels[rows],
            label_names=self.label_names,
            groups=None if self.groups is None else [self.groups[row] for row in rows],
        )

    @cached_property
    def words(self) -> list[list[str]]:
        """The words and signs of each text, see `tokens.words_of`."""
        return [words_of(text) for text in self.texts]

    @cached_property
    def tokens(self) -> list[frozenset[str]]:
        """The tokens of each text, see `tokens.tokens_of`."""
        return [tokens_of(text, words) for text, words in zip(self.texts, self.words, strict=True)]

    @cached_property
    def lengths(self) -> dict[str, np.ndarray]:
        """The length of each text, in words and in characters."""
        words = [sum(map(str.isalnum, words)) for words in self.words]
        return {"words": np.array(words), "characters": np.array([len(text) for text in self.texts])}

    @cached_property
    def languages(self) -> Counter[str]:
        """The number of texts in each language, see `languages.language_of`."""
        return Counter(map(language_of, self.texts))


def texts_of(frame: pd.DataFrame, inputs: Sequence[str]) -> list[str]:
    """Return the texts to compare: the input `text`, or if there is none, all inputs with words, joined."""
    names = [TEXT] if TEXT in inputs else list(worded(inputs))
    return [" ".join(values) for values in frame[names].itertuples(index=False, name=None)]
