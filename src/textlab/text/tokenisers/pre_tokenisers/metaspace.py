"""Words that begin with a sign for the blank before them, as SentencePiece marks them.

The rules are those of `tokenizers.pre_tokenizers.Metaspace`: blanks become the sign, the scheme decides which splits
get a sign in front, and each sign then begins a word.
"""

from collections.abc import Mapping
from typing import Any

from textlab.text.tokenisers.contract import Splits
from textlab.text.tokenisers.splitting import divided

BLANK = 0x20
SCHEMES = ("always", "first", "never")


class Metaspace:
    """A pre-tokenizer that marks blanks by a sign and divides splits before each sign.

    Args:
        sign: the code point that stands for a blank, mostly U+2581.
        scheme: "always" puts a sign in front of each split that has none, "first" only where the text begins, and
            "never" nowhere.
        divides: whether each sign begins a word; otherwise splits stay whole.
    """

    def __init__(self, sign: int, scheme: str, divides: bool) -> None:
        self.sign, self.scheme, self.divides = sign, scheme, divides

    def __call__(self, splits: Splits) -> Splits:
        """Return the words of the splits, in order."""
        import tensorflow as tf

        raw = splits.characters
        characters = raw.with_values(tf.where(raw.values == BLANK, self.sign, raw.values))
        if self.scheme != "never":
            characters = self._prefixed(characters, splits.begins_text)
        splits = Splits(characters, splits.segment, splits.begins_text)
        return divided(splits, characters.values == self.sign) if self.divides else splits

    def _prefixed(self, characters: Any, begins_text: Any) -> Any:
        """Put a sign in front of the rows that need one."""
        import tensorflow as tf

        needs = tf.gather(characters.values, characters.row_starts()) != self.sign
        if self.scheme == "first":
            needs &= begins_text
        number = tf.cast(needs, tf.int64)
        signs = tf.fill(tf.reduce_sum(number)[None], self.sign)
        return tf.concat([tf.RaggedTensor.from_row_lengths(signs, number, validate=False), characters], axis=1)


def metaspace(document: Mapping[str, Any]) -> Metaspace:
    """Build the pre-tokenizer from its object in tokenizer.json; files before 2024 have `add_prefix_space` alone.

    Raises:
        ValueError: `tokenizers` would refuse the object too.
    """
    sign, scheme = document.get("replacement", ""), document.get("prepend_scheme", "always")
    if len(sign) != 1 or scheme not in SCHEMES:
        raise ValueError(
            f"The pre-tokenizer Metaspace has the replacement {sign!r} and the prepend_scheme {scheme!r}. "
            f"Give one character and one of: {', '.join(SCHEMES)}."
        )
    if document.get("add_prefix_space") is False and scheme != "never":
        raise ValueError(
            f"The pre-tokenizer Metaspace has add_prefix_space false and the prepend_scheme {scheme!r}, which "
            "contradict each other. Set prepend_scheme to never."
        )
    divides = document.get("split")
    return Metaspace(ord(sign), scheme, True if divides is None else bool(divides))


KINDS = {"Metaspace": metaspace}
