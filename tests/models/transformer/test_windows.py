"""Long texts in overlapping windows, in NumPy and in the graph."""

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from textlab.models.transformer.windows import Ends, Layout, ends_of, read_windows, windows_of

ENDS = Ends((101,), (102, 103))
EMPTY = np.zeros(0, np.int32)


def rows_of(windows):
    return [part.tolist() for part in np.split(windows.tokens.numbers, np.cumsum(windows.tokens.lengths)[:-1])]


def texts(lengths):
    return [np.arange(length, dtype=np.int32) for length in lengths]


def tokenizer_of_words():
    words = {f"w{number}": number for number in range(2000)}
    tokenizer = Tokenizer(models.WordLevel(words | {"[CLS]": 2000, "[SEP]": 2001, "[UNK]": 2002}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP] [SEP]", special_tokens=[("[CLS]", 2000), ("[SEP]", 2001)]
    )
    return tokenizer


def test_windows_follow_one_another_and_share_a_fourth():
    windows = windows_of(texts([14]), Layout(room=8, most=9), ENDS)
    assert rows_of(windows) == [[101, *range(8), 102, 103], [101, *range(6, 14), 102, 103]]


@pytest.mark.parametrize("room", [1, 2, 3, 4, 5, 8, 13])
@pytest.mark.parametrize("most", [1, 2, 5])
def test_every_token_is_in_a_window_unless_the_text_is_cut(room, most):
    layout = Layout(room, most)
    lengths = list(range(layout.longest + 2 * room + 2))
    windows = windows_of(texts(lengths), layout, ENDS)
    assert windows.truncated.tolist() == [length > layout.longest for length in lengths]
    assert windows.counts.max() == most
    assert windows.tokens.lengths.max() == room + 3
    rows = iter(rows_of(windows))
    for length, count in zip(lengths, windows.counts, strict=True):
        read = {token for _ in range(count) for token in next(rows)[1:-2]}
        assert read == set(range(min(length, layout.longest)))


@pytest.mark.parametrize("room", [4, 9])
def test_window_adds_tokens_to_what_the_one_before_has_read(room):
    windows = windows_of(texts(range(60)), Layout(room, 20), ENDS)
    overlap = room // 4
    for row, number in zip(rows_of(windows), [n for count in windows.counts for n in range(count)], strict=True):
        assert number == 0 or len(row) - 3 > overlap


def test_text_that_fits_is_one_window_with_the_tokens_of_the_tokenizer():
    tokenizer = tokenizer_of_words()
    some = ["", "w7", " ".join(f"w{n}" for n in range(7)), " ".join(f"w{n}" for n in range(9))]
    windows = read_windows(tokenizer, some, maximum_length=10)
    tokenizer.enable_truncation(10)
    assert rows_of(windows) == [encoding.ids for encoding in tokenizer.encode_batch(some)]
    assert windows.truncated.tolist() == [False, False, False, True]
    assert windows.counts.tolist() == [1, 1, 1, 1]


def test_windows_are_those_that_tokenizers_calls_overflowing():
    tokenizer = tokenizer_of_words()
    some = [" ".join(f"w{n}" for n in range(length)) for length in range(90)]
    windows = read_windows(tokenizer, some, maximum_length=15, most=100)
    tokenizer.enable_truncation(15, stride=3)
    expected = [part.ids for text in some for whole in [tokenizer.encode(text)] for part in [whole, *whole.overflowing]]
    assert rows_of(windows) == expected
    assert not windows.truncated.any()


def test_ends_of_a_tokenizer_are_the_tokens_that_it_adds():
    assert ends_of(tokenizer_of_words()) == Ends((2000,), (2001, 2001))
    plain = tokenizer_of_words()
    plain.post_processor = processors.ByteLevel()
    assert ends_of(plain) == Ends((), ())


def test_window_without_room_for_a_token_is_refused():
    with pytest.raises(ValueError, match="maximum length is 3, but 3 tokens begin and end every text"):
        read_windows(tokenizer_of_words(), ["w1"], 3)


def test_no_texts_have_no_windows():
    windows = read_windows(tokenizer_of_words(), [], 10, 3)
    assert len(windows.tokens.numbers) == len(windows.counts) == 0


@pytest.mark.parametrize("ends", [ENDS, Ends((), ()), Ends((), (7,)), Ends((5,), ())])
def test_graph_gives_the_same_windows(ends):
    import tensorflow as tf

    from textlab.models.transformer import windows_graph

    layouts = (Layout(1, 1), Layout(1, 3), Layout(4, 1), Layout(4, 2), Layout(7, 5), Layout(8, 3))
    for layout in layouts if ends is ENDS else layouts[2:4]:
        for pieces in (texts(range(layout.longest + 12)), texts([0]), texts([0, 0, 40, 0]), []):
            expected = windows_of(pieces, layout, ends)
            packed = tf.RaggedTensor.from_row_lengths(np.concatenate([EMPTY, *pieces]), [*map(len, pieces)])
            found = windows_graph.windows_of(packed, layout, ends)
            assert found.ids.values.numpy().tolist() == expected.tokens.numbers.tolist()
            assert found.ids.row_lengths().numpy().tolist() == expected.tokens.lengths.tolist()
            if layout.most == 1:
                assert found.text is None
            else:
                assert found.text.numpy().tolist() == np.repeat(np.arange(len(pieces)), expected.counts).tolist()
            assert found.truncated.numpy().tolist() == expected.truncated.tolist()


def test_ends_do_not_depend_on_the_vocabulary():
    tokenizer = Tokenizer(
        models.BPE({"<s>": 0, "</s>": 1, "\u597d": 2}, [])
    )  # it reads nothing in a text without the last
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s> </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
    )
    assert ends_of(tokenizer) == Ends((0,), (1, 1))
    assert read_windows(tokenizer, ["\u597d\u597d"], 10).tokens.numbers.tolist() == [0, 2, 2, 1, 1]


@pytest.mark.parametrize("most", [0, 10**18])
def test_number_of_windows_out_of_range_is_refused(most):
    with pytest.raises(ValueError, match=rf"^The number of windows is {most}\. Give a number from 1 to 1000000\."):
        ENDS.layout(16, most)
