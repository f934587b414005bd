"""BertPreTokenizer: words between blanks, and each sign of punctuation by itself."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from textlab.text.tokenisers.code_points import APART, REMOVED, CodePointTable, treatments
from textlab.text.tokenisers.contract import Splits
from textlab.text.tokenisers.splitting import divided, first_of_row


class BertWords:
    """Words between blanks, and each sign of punctuation by itself."""

    @cached_property
    def _treatments(self) -> CodePointTable:
        return CodePointTable(treatments("BertPreTokenizer"))

    def __call__(self, splits: Splits) -> Splits:
        import tensorflow as tf

        treated = self._treatments(splits.characters.values)
        sign = tf.equal(treated, APART)
        before = tf.concat([sign[:1], sign[:-1]], axis=0)
        return divided(splits, sign | before & ~first_of_row(splits.characters), tf.not_equal(treated, REMOVED))


def _bert(document: Mapping[str, Any]) -> BertWords:
    return BertWords()


KINDS = {"BertPreTokenizer": _bert}
