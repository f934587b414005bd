"""The best segmentation of many words at once into pieces with scores, by the algorithm of Viterbi.

Sums run from left to right in double precision, and of equal sums the one with the longest last piece wins, so that
every comparison comes out as in `tokenizers`, to the bit. The time is linear in the characters: for each one, as many
pieces are tried as a trie of the vocabulary holds from there on.

A word of n characters takes n + 1 places in the flat tensors here. A place stands for the boundary before a character,
and the last one for the end of the word.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

NO_NODE = -1
CODE_BITS = 21  # a code point has 21 bits
END_OF_WORD = (1 << CODE_BITS) - 1  # above all code points, so that no piece goes on beyond a word
STRIDE = 8  # positions in one step of the loop, whose own bookkeeping costs more than a few small operations


@dataclass(frozen=True, eq=False)
class Path:
    """The best segmentations of words, by place.

    Attributes:
        characters: int32 (p,), the code points, and `END_OF_WORD` after the last one of a word.
        word: int32 (p,), the number of the word.
        length: int32 (p,), the number of characters of the piece that ends at a place; 0 where none ends.
        piece: int32 (p,), the id of the piece that ends at a place, or of the unknown character.
    """

    characters: Any
    word: Any
    length: Any
    piece: Any


class Lattice:
    """The pieces of a vocabulary as a trie, and their scores.

    Args:
        pieces: the id of each piece, which is not empty.
        scores: float64 (v,), the score of each id.
        unknown_score: the score of a character that is no piece, which gets the id v.

    Attributes:
        edges: the lookup table of the trie, from a node and a code point to the next node.
    """

    def __init__(self, pieces: dict[str, int], scores: np.ndarray, unknown_score: float) -> None:
        import tensorflow as tf

        self.unknown = len(scores)
        self.scores, self.lengths = np.append(scores, unknown_score), np.ones(len(scores) + 1, np.int32)
        self.lengths[list(pieces.values())] = [len(piece) for piece in pieces]
        keys, nodes = _edges(pieces, root=self.unknown + 1)
        initial = tf.lookup.KeyValueTensorInitializer(tf.constant(keys), tf.constant(nodes))
        self.edges = tf.lookup.StaticHashTable(initial, NO_NODE)

    def best(self, words: Any) -> Path:
        """Return the best segmentation of each word (w,), UTF-8, the longest words first."""
        import tensorflow as tf

        places = tf.strings.unicode_decode(tf.strings.join([words, "."]), "UTF-8")
        ends = tf.fill(tf.shape(words), END_OF_WORD)
        characters = tf.tensor_scatter_nd_update(places.values, places.row_limits()[:, None] - 1, ends)
        places = places.with_values(characters)
        starts, pieces = self._matches(characters)
        lengths, scores = tf.gather(tf.constant(self.lengths), pieces), tf.gather(tf.constant(self.scores), pieces)
        targets = starts + lengths
        sums = _best_sums(places, targets, lengths, scores)
        reached = tf.gather(sums, starts) + scores == tf.gather(sums, targets)
        choices = tf.bitwise.left_shift(tf.cast(lengths, tf.int64), CODE_BITS) + tf.cast(pieces, tf.int64)
        choice = tf.math.unsorted_segment_max(tf.where(reached, choices, 0), targets, tf.size(sums))
        choice = tf.maximum(choice, 0)  # no piece ends where a word begins
        length = tf.cast(tf.bitwise.right_shift(choice, CODE_BITS), tf.int32)
        piece = tf.cast(tf.bitwise.bitwise_and(choice, END_OF_WORD), tf.int32)
        length = tf.where(_on_best_path(characters, length, places.bounding_shape(1)), length, 0)
        return Path(characters, tf.cast(places.value_rowids(), tf.int32), length, piece)

    def _matches(self, characters: Any) -> tuple[Any, Any]:
        """Find the pieces that begin at each place; a character that is no piece counts as an unknown one.

        Returns:
            The start and the id of each piece, int32 (m,).
        """
        import tensorflow as tf

        codes = tf.cast(characters, tf.int64)

        def next_nodes(nodes: Any, places: Any) -> Any:
            keys = tf.bitwise.left_shift(tf.cast(nodes, tf.int64), CODE_BITS) + tf.gather(codes, places)
            return self.edges.lookup(keys)

        def step(length: Any, places: Any, nodes: Any, *found: Any) -> tuple[Any, ...]:
            alive = tf.where(nodes != NO_NODE)[:, 0]
            places, nodes = tf.gather(places, alive), tf.gather(nodes, alive)
            found = tuple(tf.concat(pair, axis=0) for pair in zip(found, (places, nodes), strict=True))
            return length + 1, places, next_nodes(nodes, places + length), *found

        places = tf.cast(tf.where(characters != END_OF_WORD)[:, 0], tf.int32)
        nodes = next_nodes(tf.fill(tf.shape(places), self.unknown + 1), places)
        unknown = tf.gather(places, tf.where((nodes == NO_NODE) | (nodes > self.unknown))[:, 0])
        state = tf.constant(1), places, nodes, unknown, tf.fill(tf.shape(unknown), self.unknown)
        shapes = (tf.TensorShape([]), *(tf.TensorShape([None]),) * 4)
        *_, starts, nodes = tf.while_loop(lambda _, places, *__: tf.size(places) > 0, step, state, shapes)
        ids = tf.where(nodes <= self.unknown)[:, 0]  # the others are nodes within pieces
        return tf.gather(starts, ids), tf.gather(nodes, ids)


def _edges(pieces: dict[str, int], root: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges of the trie: node and code point in one int64, and the next node.

    The node of a piece has the piece's id as its number; the nodes within pieces have numbers above the root's.
    """
    nodes = {**pieces, "": root}
    for piece in pieces:
        for end in range(1, len(piece)):
            nodes.setdefault(piece[:end], len(nodes) + root)
    edges = {(nodes[prefix[:-1]] << CODE_BITS) + ord(prefix[-1]): node for prefix, node in nodes.items() if prefix}
    return np.fromiter(edges, np.int64, len(edges)), np.fromiter(edges.values(), np.int32, len(edges))


def _best_sums(places: Any, targets: Any, lengths: Any, scores: Any) -> Any:
    """Return the best sum of scores from the beginning of a word to each place, float64 (p,).

    A table holds the pieces by the position where they end, by length and by word. At each position, the best sums of
    the positions before it move through a window, one row for each length. Words that have ended leave the table at
    the next stride, since the longest words stand first.

    Args:
        places: ragged int32 (w, None), the longest words first.
        targets: int32 (m,), the place where each piece ends.
        lengths: int32 (m,), the number of characters of each piece.
        scores: float64 (m,).
    """
    import tensorflow as tf

    nothing = tf.constant(-np.inf, tf.float64)
    longest = tf.reduce_max(tf.concat([lengths, [1]], axis=0))
    strides = (tf.cast(places.row_lengths(), tf.int32) + STRIDE - 2) // STRIDE
    number = tf.maximum(tf.reduce_max(strides), 1)
    words = tf.cumsum(tf.math.bincount(strides, minlength=number + 1), exclusive=True, reverse=True)[:number]
    offsets = tf.concat([[0], tf.cumsum(words * STRIDE)], axis=0)

    word = tf.cast(places.value_rowids(), tf.int32)
    position = tf.range(tf.size(word)) - tf.gather(tf.cast(places.row_starts(), tf.int32), word) - 1
    stride = tf.maximum(position, 0) // STRIDE
    row = tf.gather(offsets, stride) + position % STRIDE * tf.gather(words, stride)
    cells = tf.gather(row, targets) * longest + (longest - lengths) * tf.gather(tf.gather(words, stride), targets)
    table = tf.fill([offsets[-1] * longest], nothing)
    table = tf.tensor_scatter_nd_update(table, (cells + tf.gather(word, targets))[:, None], scores)

    def step(index: Any, window: Any, sums: Any) -> tuple[Any, Any, Any]:
        block = table[offsets[index] * longest : offsets[index + 1] * longest]
        block, window, best = tf.reshape(block, [STRIDE, longest, -1]), window[:, : words[index]], []
        for candidates in tf.unstack(block):
            best.append(tf.reduce_max(candidates + window, axis=0, keepdims=True))
            window = tf.concat([window[1:], best[-1]], axis=0)
        return index + 1, window, sums.write(index, tf.reshape(tf.concat(best, axis=0), [-1]))

    first = tf.concat([tf.fill([longest - 1, words[0]], nothing), tf.zeros([1, words[0]], tf.float64)], axis=0)
    sums = tf.TensorArray(tf.float64, number, infer_shape=False, element_shape=[None])
    shapes = (tf.TensorShape([]), tf.TensorShape([None, None]), tf.TensorShape(None))
    _, _, sums = tf.while_loop(lambda index, *_: index < number, step, (tf.constant(0), first, sums), shapes)
    return tf.where(position < 0, tf.zeros([], tf.float64), tf.gather(sums.concat(), tf.maximum(row + word, 0)))


def _on_best_path(characters: Any, length: Any, longest: Any) -> Any:
    """Tell which places the best segmentations pass, bool (p,): those that steps back from the ends reach.

    Each round doubles the reach of the marks, so that a word of n characters takes log2(n) rounds.
    """
    import tensorflow as tf

    number = tf.size(characters)

    def step(reach: Any, marks: Any, back: Any) -> tuple[Any, Any, Any]:
        marks = tf.maximum(marks, tf.math.unsorted_segment_max(marks, back, number))
        return reach * 2, marks, tf.gather(back, back)

    marks = tf.cast(characters == END_OF_WORD, tf.int32)
    state = tf.ones_like(longest), marks, tf.range(number) - length
    return tf.while_loop(lambda reach, *_: reach <= longest, step, state)[1] > 0
