r"""Whitespace: runs of word characters and runs of other characters, `\w+|[^\w\s]+`."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from textlab.text.tokenisers.code_points import REMOVED, CodePointTable, treatments
from textlab.text.tokenisers.contract import Splits
from textlab.text.tokenisers.splitting import divided


class WordsAndSigns:
    """Runs of letters, marks, digits and underscores, and runs of other characters between blanks."""

    @cached_property
    def _treatments(self) -> CodePointTable:
        return CodePointTable(treatments("Whitespace"))

    def __call__(self, splits: Splits) -> Splits:
        import tensorflow as tf

        treated = self._treatments(splits.characters.values)
        before = tf.concat([treated[:1], treated[:-1]], axis=0)
        return divided(splits, tf.not_equal(treated, before), tf.not_equal(treated, REMOVED))


def _whitespace(document: Mapping[str, Any]) -> WordsAndSigns:
    return WordsAndSigns()


KINDS = {"Whitespace": _whitespace}
