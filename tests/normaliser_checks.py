"""Compare normalisers in a TensorFlow graph with those of the package `tokenizers`, and make maps of characters."""

import json
import lzma
import struct
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tokenizers.normalizers import Precompiled

from textlab.text.tokenisers.contract import build

# The rules nmt_nfkc of SentencePiece 0.2.3 (Apache License 2.0), as a model trained with it carries them.
NMT_NFKC = Path(__file__).parent / "text" / "tokenisers" / "nmt_nfkc.charsmap.xz"


class NormaliserPair:
    """The same normaliser in a graph and in the package `tokenizers`.

    Args:
        reference: a normaliser of `tokenizers`.
        traced: whether the operations run as one traced graph, or one by one, which is quicker for a few calls.
    """

    def __init__(self, reference: Any, traced: bool = False) -> None:
        self.reference = reference
        self.normaliser = build("normalisers", json.loads(reference.__getstate__()))
        signature = tf.RaggedTensorSpec([None, None], tf.int32)
        self.function = self.normaliser
        if traced:
            self.function = tf.function(self.normaliser, input_signature=[signature], autograph=False)
            self.check(["a"])  # hypothesis watches every line, which would make tracing slow

    def in_graph(self, texts: Sequence[str]) -> list[str]:
        """Return the normalised texts, none of which may be empty."""
        numbers = tf.strings.unicode_decode([text.encode() for text in texts], "UTF-8")
        found = self.function(numbers)
        values, splits = found.values.numpy().astype("<u4"), found.row_splits.numpy()
        return [values[begin:end].tobytes().decode("utf-32-le") for begin, end in pairwise(splits)]

    def check(self, texts: Sequence[str]) -> None:
        """Assert that both give the same for each text that is not empty; the message shows the first that differs."""
        texts = [text for text in texts if text]
        for text, found in zip(texts, self.in_graph(texts), strict=True):
            expected = self.reference.normalize_str(text)
            assert found == expected, f"{text!a}: {found!a} instead of {expected!a}"


def real_map() -> bytes:
    """Return the map of characters that most SentencePiece models have."""
    return lzma.decompress(NMT_NFKC.read_bytes())


def map_of(replacements: Mapping[str, str]) -> Precompiled:
    """Return a normaliser with a map of characters; each node of its trie has 256 units for its children."""
    keys = {key.encode(): text for key, text in replacements.items()}
    nodes = dict.fromkeys([b""], 256)
    for key in keys:
        for length in range(1, len(key) + 1):
            nodes.setdefault(key[:length], 256 * (len(nodes) + 1))
    units, texts = np.zeros(256 * (len(nodes) + 1), np.uint32), b""
    units[0] = nodes[b""] << 10
    for prefix, base in nodes.items():
        if prefix:
            place = nodes[prefix[:-1]] ^ prefix[-1]
            units[place] = (place ^ base) << 10 | (prefix in keys) << 8 | prefix[-1]
        if prefix in keys:
            units[base] = 1 << 31 | len(texts)
            texts += keys[prefix].encode() + b"\0"
    return Precompiled(struct.pack("<I", units.nbytes) + units.astype("<u4").tobytes() + texts)
