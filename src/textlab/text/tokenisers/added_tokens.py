"""Find added tokens, such as <mask>, that are written in texts.

As in `tokenizers`, the leftmost match wins, and of several that begin at one place the longest. Matches are found by
walking through a tree of all tokens' characters from every place where one could begin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from textlab.text.tokenisers.code_points import CODE_POINTS, REMOVED, CodePointTable, treatments
from textlab.text.tokenisers.contract import Splits

ROOT, DEAD = 0, -1
NO_TOKEN = -1


@dataclass(frozen=True)
class AddedToken:
    """A token of a tokenizer.json that is found in texts before the model sees them.

    Attributes:
        content: what is searched for; normalised if `normalized` is set.
        id: the token's id.
        lstrip, rstrip: whether blanks before and after it belong to it.
        single_word: whether it counts only where no letter, digit, mark or underscore touches it.
        normalized: whether it is searched for after normalisation.
    """

    content: str
    id: int
    lstrip: bool
    rstrip: bool
    single_word: bool
    normalized: bool


@dataclass(frozen=True, eq=False)
class Segments:
    """Texts cut by added tokens.

    Attributes:
        splits: the segments of text, none of them empty. Segments of text and tokens share one numbering.
        tokens: int32 (t,), the ids of the tokens that were found.
        token_segment: int64 (t,), their numbers as segments, increasing.
        text: int64 (segments,), the text to which each number belongs.
    """

    splits: Splits
    tokens: Any
    token_segment: Any
    text: Any


class AddedTokens:
    """A set of added tokens to search for.

    Args:
        tokens: not empty, with different contents.
    """

    def __init__(self, tokens: Sequence[AddedToken]) -> None:
        self._tokens = tokens
        contents = [token.content for token in tokens]
        alphabet = {character: number for number, character in enumerate(sorted(set("".join(contents))), start=1)}
        children: list[dict[int, int]] = [{}]
        ending: list[int] = [NO_TOKEN]
        for number, content in enumerate(contents):
            node = ROOT
            for character in content:
                if alphabet[character] not in children[node]:
                    children[node][alphabet[character]] = len(children)
                    children.append({})
                    ending.append(NO_TOKEN)
                node = children[node][alphabet[character]]
            ending[node] = number
        self._next = np.full((len(children), len(alphabet) + 1), DEAD, np.int32)
        for node, below in enumerate(children):
            self._next[node, list(below)] = list(below.values())
        self._ending = np.array(ending, np.int32)
        self._first = sorted({ord(content[0]) for content in contents})
        numbers = np.zeros(CODE_POINTS, np.int16 if len(alphabet) < 2**15 else np.int32)
        numbers[[ord(character) for character in alphabet]] = list(alphabet.values())
        self._alphabet = CodePointTable(numbers)
        self._blank, self._word = self._character_classes()

    def _character_classes(self) -> tuple[CodePointTable | None, CodePointTable | None]:
        """Return tables of blanks and of characters of words, in the sense of Rust's regular expressions."""
        tokens = self._tokens
        if not any(token.lstrip or token.rstrip or token.single_word for token in tokens):
            return None, None
        treated = treatments("Whitespace")
        return CodePointTable(treated == REMOVED), CodePointTable(treated == 0)

    def cut(self, characters: Any) -> tuple[Any, Any, Any, Any, Any]:
        """Cut rows at tokens.

        Args:
            characters: ragged int32 (s, None).

        Returns:
            Numbers of slots, which order what was found: row by row, and in each the text before the first token, the
            token, the text before the second one, and so on. In this order: the texts' starts and limits in the flat
            characters, int64 (slots,), 0 for tokens; the rows of the slots, int64 (slots,); the tokens' ids, int32
            (t,); the tokens' slots, int64 (t,).
        """
        import tensorflow as tf

        row_splits = characters.row_splits
        rows = tf.size(row_splits, tf.int64) - 1
        starts, stops, numbers = self._matches(characters.values, row_splits)
        starts, stops, numbers = _leftmost(starts, stops, numbers)
        starts, stops, numbers = self._whole_words(characters.values, row_splits, starts, stops, numbers)
        row = tf.searchsorted(row_splits, starts, side="right", out_type=tf.int64) - 1
        before = tf.searchsorted(row, tf.range(rows + 1), side="left", out_type=tf.int64)  # tokens before each row
        row_starts, row_limits = row_splits[:-1], row_splits[1:]
        starts, stops, previous = self._with_blanks(characters.values, row_splits, row, before, starts, stops, numbers)
        tokens = tf.range(tf.size(starts, tf.int64))
        token_slots = 2 * tokens + row + 1
        tail_slots = 2 * before[1:] + tf.range(rows)
        slots = 2 * tf.size(starts, tf.int64) + rows
        last = tf.gather(tf.concat([stops, [0]], axis=0), tf.maximum(before[1:] - 1, 0))
        tail_starts = tf.where(before[1:] > before[:-1], last, row_starts)
        text_slots = tf.concat([token_slots - 1, tail_slots], axis=0)[:, None]
        text_starts = tf.scatter_nd(text_slots, tf.concat([previous, tail_starts], axis=0), slots[None])
        text_limits = tf.scatter_nd(text_slots, tf.concat([starts, row_limits], axis=0), slots[None])
        slot_rows = tf.repeat(tf.range(rows), 2 * (before[1:] - before[:-1]) + 1)
        ids = tf.gather(tf.constant([token.id for token in self._tokens], tf.int32), numbers)
        kept = starts < stops  # a blank that the token before it took is no token
        return text_starts, text_limits, slot_rows, tf.boolean_mask(ids, kept), tf.boolean_mask(token_slots, kept)

    def may_occur(self, characters: Any) -> Any:
        """Return which code points, int32 (c,), can begin a token: bool (c,)."""
        import tensorflow as tf

        if len(self._first) <= 4:
            found = tf.equal(characters, self._first[0])
            for number in self._first[1:]:
                found |= tf.equal(characters, number)
            return found
        begins = np.append(self._next[ROOT] != DEAD, False)[:-1]
        return tf.gather(tf.constant(begins), tf.cast(self._alphabet(characters), tf.int32))

    def _matches(self, characters: Any, row_splits: Any) -> tuple[Any, Any, Any]:
        """Return where tokens begin and end, int64 (m,), and their numbers, int32 (m,): the longest at each place."""
        import tensorflow as tf

        places = tf.where(self.may_occur(characters))[:, 0]
        limits = tf.gather(row_splits, tf.searchsorted(row_splits, places, side="right", out_type=tf.int64))
        next_node = tf.constant(self._next.ravel())
        ending = tf.constant(self._ending)
        width = self._next.shape[1]

        def step(depth: Any, active: Any, nodes: Any, lengths: Any, numbers: Any) -> tuple[Any, ...]:
            position = tf.gather(places, active) + depth
            inside = position < tf.gather(limits, active)
            letters = self._alphabet(tf.gather(characters, tf.where(inside, position, 0)))
            letters = tf.where(inside, tf.cast(letters, tf.int32), 0)
            nodes = tf.gather(next_node, nodes * width + letters)
            alive = nodes != DEAD
            active, nodes = tf.boolean_mask(active, alive), tf.boolean_mask(nodes, alive)
            found = tf.gather(ending, nodes)
            complete = found != NO_TOKEN
            where = tf.boolean_mask(active, complete)[:, None]
            lengths = tf.tensor_scatter_nd_update(lengths, where, tf.ones_like(where[:, 0]) * (depth + 1))
            numbers = tf.tensor_scatter_nd_update(numbers, where, tf.boolean_mask(found, complete))
            return depth + 1, active, nodes, lengths, numbers

        nothing = tf.zeros_like(places)
        numbers = tf.cast(nothing, tf.int32) + NO_TOKEN
        _, _, _, lengths, numbers = tf.while_loop(
            lambda depth, active, *others: tf.size(active) > 0,
            step,
            (tf.constant(0, tf.int64), tf.range(tf.size(places, tf.int64)), numbers + 1, nothing, numbers),
            shape_invariants=(tf.TensorShape([]), *[tf.TensorShape([None])] * 4),
        )
        found = numbers != NO_TOKEN
        starts = tf.boolean_mask(places, found)
        return starts, starts + tf.boolean_mask(lengths, found), tf.boolean_mask(numbers, found)

    def _whole_words(self, characters: Any, row_splits: Any, starts: Any, stops: Any, numbers: Any) -> tuple[Any, ...]:
        """Leave out tokens of the flag single_word that touch a word."""
        import tensorflow as tf

        if not any(token.single_word for token in self._tokens) or self._word is None:
            return starts, stops, numbers
        row = tf.searchsorted(row_splits, starts, side="right", out_type=tf.int64) - 1
        in_word = tf.pad(self._word(characters), [[1, 1]])  # a character's place is shifted by one
        touches = tf.gather(in_word, starts) & (starts > tf.gather(row_splits, row))
        touches |= tf.gather(in_word, stops + 1) & (stops < tf.gather(row_splits, row + 1))
        kept = ~(touches & tf.gather(tf.constant([token.single_word for token in self._tokens]), numbers))
        return tf.boolean_mask(starts, kept), tf.boolean_mask(stops, kept), tf.boolean_mask(numbers, kept)

    def _with_blanks(
        self, characters: Any, row_splits: Any, row: Any, before: Any, starts: Any, stops: Any, numbers: Any
    ) -> tuple[Any, Any, Any]:
        """Let tokens of the flags lstrip and rstrip take the blanks beside them.

        Returns:
            starts, stops, and where each token's predecessor in the same row stops, or the row begins. A blank that the
            predecessor took can be a token too, as in `tokenizers`: then the predecessor stops behind its start.
        """
        import tensorflow as tf

        rstrip = tf.gather(tf.constant([token.rstrip for token in self._tokens]), numbers)
        lstrip = tf.gather(tf.constant([token.lstrip for token in self._tokens]), numbers)
        solid = tf.zeros([0], tf.int64)
        if self._blank is not None:
            solid = tf.where(~self._blank(characters))[:, 0]
            padded = tf.concat([solid, tf.size(characters, tf.int64)[None]], axis=0)
            after = tf.gather(padded, tf.searchsorted(solid, stops, side="left"))
            stops = tf.where(rstrip, tf.minimum(after, tf.gather(row_splits, row + 1)), stops)
        is_first = tf.equal(tf.range(tf.size(starts, tf.int64)), tf.gather(before, row))
        previous = tf.concat([tf.zeros_like(stops[:1]), stops[:-1]], axis=0)
        previous = tf.where(is_first, tf.gather(row_splits, row), previous)
        if self._blank is not None:
            padded = tf.concat([[-1], solid], axis=0)
            behind = tf.gather(padded, tf.searchsorted(solid, starts, side="left")) + 1
            starts = tf.where(lstrip, tf.maximum(behind, previous), starts)
        return starts, stops, previous


def _leftmost(starts: Any, stops: Any, numbers: Any) -> tuple[Any, Any, Any]:
    """Leave out matches that overlap an earlier one that counts.

    From each match, the next that counts is the first that starts at its end or later. The matches that can be reached
    from the first are marked, twice as far each time.
    """
    import tensorflow as tf

    count = tf.size(starts)
    jumps = tf.concat([tf.searchsorted(starts, stops, side="left"), count[None]], axis=0)
    marked = tf.one_hot(0, count + 1, True, False, dtype=tf.bool)

    def step(jumps: Any, marked: Any) -> tuple[Any, Any]:
        reached = tf.boolean_mask(jumps, marked)[:, None]
        marked = tf.tensor_scatter_nd_update(marked, reached, tf.ones_like(reached[:, 0], tf.bool))
        return tf.gather(jumps, jumps), marked

    # A mark at the end is without meaning.
    _, marked = tf.while_loop(lambda jumps, marked: jumps[0] < count, step, (jumps, marked))
    marked = marked[:-1]
    return tf.boolean_mask(starts, marked), tf.boolean_mask(stops, marked), tf.boolean_mask(numbers, marked)
