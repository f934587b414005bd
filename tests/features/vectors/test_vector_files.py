"""Vector files are read in every format; a broken file is an error that names the line or byte."""

import gzip
import struct
import time
from pathlib import Path

import numpy as np
import pytest
from features.vectors.worlds import two_worlds

from textlab.features.vectors.files import read_vector_file
from textlab.features.vectors.training import count_tokens

GLOVE = "good 0.5 -1 2e-3\ngreat 0.25 0 1\n\u0085 1 2 3\n. . . 4 5 6\n"
WORD2VEC = "3 2\n</s> 0 0\nsmörgås 0.5 1 \n😀 -1 2\n"
BINARY = b"2 3\ngood " + struct.pack("<3f", 0.5, -1, 32) + b"\n\xc3\xa9t\xc3\xa9 " + struct.pack("<3f", 1, 2, 3) + b"\n"


def written(folder: Path, content: str | bytes, name: str = "vectors.txt") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def zipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)  # the time would make another test name in each process


@pytest.fixture(scope="module")
def fasttext_model(tmp_path_factory):
    from gensim.models.fasttext import FastText, save_facebook_model

    settings = {"vector_size": 6, "min_count": 1, "bucket": 500, "workers": 1, "epochs": 2, "seed": 1}
    model = FastText(sentences=[text.split() for text in two_worlds()[:60]], **settings)
    path = tmp_path_factory.mktemp("fasttext") / "model.bin"
    save_facebook_model(model, str(path))
    return model.wv, path


def test_glove_text_is_read(tmp_path):
    vectors = read_vector_file(written(tmp_path, GLOVE))
    assert vectors.words == ("good", "great", "\u0085", ". . .")
    np.testing.assert_array_equal(vectors.matrix[:2], np.array([[0.5, -1, 2e-3], [0.25, 0, 1]], np.float32))
    assert vectors.kind == "vectors.txt"


def test_text_with_a_header_is_read_with_or_without_trailing_blanks(tmp_path):
    vectors = read_vector_file(written(tmp_path, WORD2VEC, "wiki.vec"))
    assert vectors.words == ("</s>", "smörgås", "😀")
    assert vectors.matrix.tolist() == [[0, 0], [0.5, 1], [-1, 2]]


@pytest.mark.parametrize("line_break", [b"\n", b""])
def test_word2vec_binary_is_read_with_or_without_line_breaks(tmp_path, line_break):
    content = BINARY[:4] + BINARY[4:].replace(b"\n", line_break)
    vectors = read_vector_file(written(tmp_path, content, "vectors.bin"))
    assert vectors.words == ("good", "été")
    assert vectors.matrix.tolist() == [[0.5, -1, 32], [1, 2, 3]]


@pytest.mark.parametrize("binary", [True, False])
def test_files_that_gensim_writes_are_read(tmp_path, binary):
    from gensim.models import KeyedVectors

    gensim, random = KeyedVectors(20), np.random.default_rng(0)
    gensim.add_vectors([f"w{row}" for row in range(3000)], random.normal(size=(3000, 20)).astype(np.float32))
    gensim.save_word2vec_format(str(tmp_path / "x"), binary=binary)
    vectors = read_vector_file(tmp_path / "x")
    assert list(vectors.words) == gensim.index_to_key
    np.testing.assert_allclose(vectors.matrix, gensim.vectors, rtol=1e-6)


def test_fasttext_bin_gives_the_same_vectors_as_gensim_for_known_and_unknown_words(fasttext_model):
    gensim, path = fasttext_model
    vectors = read_vector_file(path)
    assert list(vectors.words) == gensim.index_to_key
    words = [*gensim.index_to_key, "horses", "stormy", "😀", "Ünheard"]
    found, known = vectors.vectors_for(words)
    assert known.all()
    np.testing.assert_allclose(found, np.array([gensim[word] for word in words]), rtol=1e-5, atol=1e-7)


def test_fasttext_bin_keeps_only_the_ngrams_of_wanted_words(fasttext_model):
    gensim, path = fasttext_model
    vectors = read_vector_file(path, words={"horse", "horses"})
    assert vectors.words == ("horse",)
    assert len(vectors.subwords.buckets) < 40
    np.testing.assert_allclose(vectors.vectors_for(["horses"])[0][0], gensim["horses"], rtol=1e-5)


@pytest.mark.parametrize("content", [GLOVE.encode(), WORD2VEC.encode(), BINARY])
def test_gzip_is_recognised_by_content(tmp_path, content):
    plain = read_vector_file(written(tmp_path, content, "x"))
    packed = read_vector_file(written(tmp_path / "..", zipped(content), "x"))
    assert packed.digest == plain.digest


def test_gzipped_fasttext_bin_gives_the_same_vectors(tmp_path, fasttext_model):
    _, path = fasttext_model
    packed = read_vector_file(written(tmp_path, zipped(path.read_bytes()), path.name))
    assert packed.digest == read_vector_file(path).digest


def test_only_wanted_words_are_kept(tmp_path):
    assert read_vector_file(written(tmp_path, GLOVE), words={"great", "unheard"}).words == ("great",)


def test_first_of_two_rows_of_a_word_is_used(tmp_path, caplog):
    vectors = read_vector_file(written(tmp_path, "a 1\na 2\nb 3\n"))
    assert vectors.matrix.tolist() == [[1], [3]]
    assert "has 1 repeated words" in caplog.text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "vectors.txt is empty. Expected a word and its numbers"),
        ("good 1 2 3\nbad 1 2\n", "vectors.txt, line 2: 2 numbers after the word; expected 3"),
        ("good 1 2 3\nbad 1 2 3 4\n", "line 2: 4 numbers after the word; expected 3"),
        ("good 1 2 3\n\nbad 1 2 3\n", "line 2: 0 numbers after the word; expected 3"),
        ("good 1 2 3\nbad 1 x 3\n", "line 2: 'x' is not a number"),
        ("good 1 2 3\nbad 1 nan 3\n", "line 2: the vector of 'bad' has a value that is not finite"),
        ("good 1 2 3\n 1 2 3\n", "line 2: there is no word before the numbers"),
        ("good 1 2 3\nbad 1 2 3", "line 2: the file ends within this line"),
        (b"good 1 2 3\nb\xe4d 1 2 3\n", "line 2: the word b'b\\\\xe4d' is not UTF-8"),
        ("good\n", "line 1: the vectors have 0 numbers; expected 1 to 10,000"),
        ("3 2\na 1 2\nb 1 2\n", "line 3: the file ends after 2 words; line 1 says 3"),
        ("1 2\na 1 2\nb 1 2\n", "line 3: the file ends after 2 words; line 1 says 1"),
        ("1 2\na 1 2 3\n", "line 2: 3 numbers after the word; expected 2"),
        (BINARY[:-8], "byte 33: the file ends within word 2 of 2; it is truncated"),
        (BINARY[:10], "byte 10: the file ends within word 1 of 2; it is truncated"),
        (BINARY + b"more", "byte 40: the file continues after its 2 words"),
        (b"1 1\na " + struct.pack("<f", np.inf), "byte 4: the vector of 'a' has a value that is not finite"),
        (
            b"9 3\ngood " + bytes(12) + b"\xff" * 20_000,
            "byte 21: word 2 of 9 does not end within 10,000 bytes",
        ),
        (zipped(GLOVE.encode() * 50)[:-20], "the gzip stream is truncated or broken. Get a complete copy"),
        (b"PK\x03\x04rest", "is a zip archive. Unpack it and name one of its files"),
        (bytes(range(256)) * 3000, "line 1"),
    ],
)
def test_broken_file_is_an_error_that_names_the_place(tmp_path, content, message):
    with pytest.raises(ValueError, match=message):
        read_vector_file(written(tmp_path, content))


@pytest.mark.parametrize(("content", "place"), [(GLOVE, "line 1"), (WORD2VEC, "line 1"), (BINARY, "line 1")])
def test_wrong_width_is_an_error(tmp_path, content, place):
    with pytest.raises(ValueError, match=rf"vectors.txt, {place}: the vectors have [23] numbers; expected 100\."):
        read_vector_file(written(tmp_path, content), width=100)


def test_truncated_fasttext_bin_is_an_error_at_once(tmp_path, fasttext_model):
    content = fasttext_model[1].read_bytes()
    begin = time.monotonic()
    for length in (10, 60, 80, 100, 110, 280, 300, 1000, 5000):
        with pytest.raises(ValueError, match=f"byte {length:,}: the file ends within .*; it is truncated"):
            read_vector_file(written(tmp_path, content[:length]))
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize(
    ("position", "layout", "value", "message"),
    [
        (4, "<i", 11, "byte 4: the file has version 11 of fastText's format; expected 12"),
        (8, "<i", 7, r"byte [\d,]+: the matrix has .* rows of 6 numbers; expected .* rows of 7"),
        (8, "<i", -5, "byte 8: the vectors have -5 numbers"),
        (40, "<i", -1, "byte 8: -1 buckets"),
        (72, "<i", 2, "byte 64: the file is a classifier trained by fastText"),
        (68, "<i", 99, "byte 64: 99 words in a dictionary of"),
    ],
)
def test_contradictory_fasttext_bin_is_an_error(tmp_path, fasttext_model, position, layout, value, message):
    content = bytearray(fasttext_model[1].read_bytes())
    struct.pack_into(layout, content, position, value)
    with pytest.raises(ValueError, match=message):
        read_vector_file(written(tmp_path, bytes(content)))


def test_file_with_none_of_the_wanted_words_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"has none of the 2 wanted words \('bon', 'jour'\)"):
        read_vector_file(written(tmp_path, GLOVE), words=["jour", "bon"])


def test_missing_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no file .*nowhere\.txt"):
        read_vector_file(tmp_path / "nowhere.txt")


def test_real_glove_vectors_have_sensible_neighbours(real_data):
    path = real_data / "glove" / "glove.twitter.27B.25d.subset11925.txt"
    vectors = read_vector_file(path, width=25)
    assert vectors.matrix.shape == (11925, 25)
    assert {"tuesday", "wednesday", "thursday"} <= set(vectors.nearest("monday", 5)["word"])
    texts = (real_data / "tweet_eval" / "sentiment" / "val_text.txt").read_text(encoding="utf-8").splitlines()
    coverage = vectors.coverage(count_tokens(texts))
    assert 0.6 < coverage.loc["in the table", "running_share"] < 0.95
    assert coverage["running_share"].sum() == pytest.approx(1)
