"""Files of lines, sealed and in the clear."""

import json
import logging
import os
import stat

import pytest

from textlab.sealing import Keys, LineFile, SealError, is_sealed, read_lines
from textlab.sealing import lines as module

KEYS = Keys({"new": b"n" * 32, "old": b"o" * 32})
OLD = Keys({"old": b"o" * 32})
LINES = [b'{"text": "good"}', b"", "naïve\r".encode(), b"\0", b"last"]


def written(path, batches, keys=KEYS, purpose="feedback"):
    file = LineFile.create(path, purpose, keys)
    for batch in batches:
        file.append(batch)
    assert file.size == path.stat().st_size
    file.close()
    return path


@pytest.fixture
def sealed(tmp_path):
    return written(tmp_path / "sealed", [[line] for line in LINES])


def read(path, keys=KEYS, purpose="feedback"):
    return list(read_lines(path, purpose, keys))


@pytest.mark.parametrize("keys", [KEYS, None], ids=["sealed", "clear"])
@pytest.mark.parametrize("batches", [[LINES], [LINES[:2], LINES[2:]], [[line] for line in LINES], [[], LINES]])
def test_lines_come_back_as_they_were_written(tmp_path, keys, batches):
    path = written(tmp_path / "lines", batches, keys)
    assert read(path, keys) == LINES
    assert is_sealed(path) == (keys is not None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_sealed_file_holds_no_part_of_a_text(tmp_path):
    path = written(tmp_path / "lines", [[b"a secret text"]])
    assert b"secret" not in path.read_bytes()


def test_same_line_is_sealed_differently_each_time(tmp_path):
    records = written(tmp_path / "lines", [[b"same"], [b"same"]]).read_bytes().splitlines()
    assert records[1] != records[2]


def test_files_of_former_keys_are_read_and_name_their_key(tmp_path):
    path = written(tmp_path / "lines", [LINES], OLD)
    assert path.read_bytes().splitlines()[1].startswith(b"old:")
    assert read(path) == LINES


def test_empty_files_have_no_lines(tmp_path):
    (tmp_path / "empty").touch()
    assert read(tmp_path / "empty") == read(written(tmp_path / "header", [])) == []
    assert not is_sealed(tmp_path / "missing")


def test_existing_file_is_never_overwritten(tmp_path):
    (tmp_path / "lines").write_text("kept")
    with pytest.raises(FileExistsError):
        LineFile.create(tmp_path / "lines", "feedback", KEYS)
    assert (tmp_path / "lines").read_text() == "kept"


@pytest.mark.parametrize("purpose", ["", "two words", "Feedback", "f" * 21])
def test_purpose_is_a_short_word_in_small_letters(tmp_path, purpose):
    with pytest.raises(ValueError, match=r"is not a purpose. Use a word"):
        LineFile.create(tmp_path / "lines", purpose, KEYS)
    assert not (tmp_path / "lines").exists()


@pytest.mark.parametrize("keys", [KEYS, None], ids=["sealed", "clear"])
def test_line_with_a_line_break_is_refused_and_leaves_no_trace(tmp_path, keys):
    file = LineFile.create(tmp_path / "lines", "feedback", keys)
    with pytest.raises(ValueError, match=r"A line holds a line break"):
        file.append([b"good", b"two\nlines"])
    file.append([b"next"])
    assert read(file.path, keys) == [b"next"]


def test_too_long_line_is_refused_by_writer_and_reader(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LINE_BYTES", 1000)
    file = LineFile.create(tmp_path / "lines", "feedback", KEYS)
    with pytest.raises(ValueError, match="too long for one record"):
        file.append([b"x" * 1000])
    file.append([b"x" * 100])
    with file.path.open("ab") as handle:
        handle.write(b"y" * 5000)
    with pytest.raises(SealError, match=r"line 3: It has more than"):
        read(file.path)


def test_full_disk_leaves_no_half_of_a_record(tmp_path, monkeypatch):
    file = LineFile.create(tmp_path / "lines", "feedback", KEYS)
    file.append([b"first"])
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda *given: _write_half_and_fail(real, *given))
    with pytest.raises(OSError, match="full"):
        file.append([b"lost"])
    monkeypatch.undo()
    file.append([b"second"])
    assert read(file.path) == [b"first", b"second"]
    assert file.size == file.path.stat().st_size


def _write_half_and_fail(pwrite, descriptor, content, start):
    pwrite(descriptor, content[: len(content) // 2], start)
    raise OSError("full")


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_torn_last_line_is_ignored(sealed, cut):
    sealed.write_bytes(sealed.read_bytes()[:-cut])
    expected = LINES if cut == 1 else LINES[:-1]  # without its line break only, the record is whole
    assert read(sealed) == expected


def test_torn_first_line_means_an_empty_file(sealed):
    header = sealed.read_bytes().split(b"\n")[0]
    for length in range(1, len(header) + 1):
        sealed.write_bytes(header[:length])
        assert read(sealed) == []


def test_torn_last_line_in_the_clear_is_ignored_unless_it_is_whole(tmp_path):
    path = tmp_path / "clear"
    path.write_bytes(b'{"a": 1}\n{"b": 2}')
    assert read(path, None) == [b'{"a": 1}', b'{"b": 2}']
    path.write_bytes(b'{"a": 1}\n{"b": ')
    assert read(path, None) == [b'{"a": 1}']


def test_change_of_any_byte_is_detected_and_located(tmp_path):
    path = written(tmp_path / "sealed", [[b"one"], [b"two"]])
    content, changed = path.read_bytes(), tmp_path / "changed"
    for place in range(len(content) - 1):  # without the last line break, the last line is whole or torn
        line = content[:place].count(b"\n") + 1
        flipped = content[place] ^ 1 << place % 8
        changed.write_bytes(content[:place] + bytes([flipped]) + content[place + 1 :])
        with pytest.raises(SealError) as error:
            read(changed)
        located = f"{changed}, line "
        assert str(error.value).startswith((f"{located}{line}:", f"{located}2:" if line == 1 else "-"))


def with_lines(path, order):
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[number - 1] for number in order))
    return path


@pytest.mark.parametrize(
    ("order", "line"),
    [
        ([1, 2, 4, 3, 5, 6], 3),
        ([1, 2, 3, 3, 4, 5, 6], 4),
        ([1, 2, 3, 5, 6], 4),
        ([1, 3, 4, 5, 6], 2),
        ([1, 1, 2, 3, 4, 5, 6], 2),
        ([1, 2, 3, 4, 5, 6, 2], 7),
        ([2, 3, 4, 5, 6], 1),
        ([2, 1, 3, 4, 5, 6], 1),
    ],
    ids=["swapped", "repeated", "left out", "first left out", "two headers", "appended", "no header", "header second"],
)
def test_changed_order_is_detected_and_located(sealed, order, line):
    with pytest.raises(SealError, match=f"sealed, line {line}: "):
        read(with_lines(sealed, order))


def test_record_that_was_overwritten_later_cannot_come_back(tmp_path):
    path = written(tmp_path / "sealed", [[b"one"], [b"withdrawn"]])
    withdrawn = path.read_bytes().splitlines()[2]
    from textlab.sealing.chain import Chain

    header, first, _ = path.read_bytes().splitlines()
    chain = Chain(header, KEYS, first)
    records = []
    for text in (b"two", b"three"):
        records.append(chain.seal(text))
        chain.follow(records[-1])
    path.write_bytes(b"\n".join([header, first, *records, b""]))
    assert read(path) == [b"one", b"two", b"three"]
    path.write_bytes(b"\n".join([header, first, withdrawn, records[1], b""]))
    with pytest.raises(SealError, match=r"line 4: It was changed or moved"):
        read(path)


def test_records_cannot_be_spliced_from_another_file_or_purpose(tmp_path):
    ours = written(tmp_path / "ours", [[b"one"], [b"two"]])
    for number, purpose in enumerate(("feedback", "traffic")):
        other = written(tmp_path / f"other{number}", [[b"one"], [b"two"]], purpose=purpose)
        mixed = tmp_path / f"mixed{number}"
        for line in (1, 2):
            lines = ours.read_bytes().splitlines(keepends=True)
            lines[line] = other.read_bytes().splitlines(keepends=True)[line]
            mixed.write_bytes(b"".join(lines))
            with pytest.raises(SealError, match=f"mixed{number}, line {line + 1}: It was changed or moved"):
                read(mixed)


def test_file_of_another_purpose_is_refused(tmp_path):
    path = written(tmp_path / "sealed", [LINES], purpose="traffic")
    with pytest.raises(SealError, match=r"line 1: The file was sealed as 'traffic', not as 'feedback'. Name a file of"):
        read(path)
    assert read(path, purpose=None) == LINES
    renamed = path.read_bytes().replace(b" traffic ", b" feedback ")
    path.write_bytes(renamed)
    with pytest.raises(SealError, match=r"line 2: It was changed or moved"):
        read(path)


def test_windows_line_breaks_are_detected(sealed):
    sealed.write_bytes(sealed.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(SealError, match=r"line 1: This is not the first line of a sealed file of format 1."):
        read(sealed)


def test_later_format_is_named(sealed):
    sealed.write_bytes(sealed.read_bytes().replace(b"sealed 1 ", b"sealed 2 ", 1))
    with pytest.raises(SealError, match=r"format 1\. Restore it from a backup, or update textlab\."):
        read(sealed)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (None, "line 1: It is sealed, and no key is set. Set TEXTLAB_SEAL_KEYS or TEXTLAB_SEAL_KEYS_FILE."),
        (OLD, "line 2: It is sealed with the key 'new', and only old is set. Add that key."),
        (
            Keys({"new": b"x" * 32}),
            "line 2: It was changed or moved, or sealed with another key named 'new'. "
            "Set the right key, or restore the file from a backup.",
        ),
    ],
    ids=["none", "missing", "wrong"],
)
def test_missing_or_wrong_key_is_one_clear_error(sealed, keys, message):
    with pytest.raises(SealError) as error:
        read(sealed, keys)
    assert str(error.value) == f"{sealed}, {message}"


def test_error_quotes_neither_content_nor_key(sealed):
    content = sealed.read_bytes().splitlines(keepends=True)
    sealed.write_bytes(content[0] + b"a text that somebody wrote into the file\n")
    with pytest.raises(SealError) as error:
        read(sealed)
    assert "somebody" not in str(error.value)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_what_is_not_a_file_is_refused_at_once_and_not_waited_for(tmp_path, make):
    path = tmp_path / "1-1-a.jsonl"
    make(path)
    with pytest.raises(SealError, match=r"1-1-a\.jsonl is not a file\. Move it away, or name another file\."):
        read(path)


def test_clear_file_is_read_with_a_key_and_once_logged(tmp_path, caplog):
    path = written(tmp_path / "clear", [[json.dumps({"a": 1}).encode()]], None)
    with caplog.at_level(logging.WARNING):
        assert read(path) == read(path) == [b'{"a": 1}']
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path} holds files in the clear, although a key is set. To seal them: python -m textlab seal"
    ]


def test_line_is_read_before_the_next_one_is_even_looked_at(sealed):
    content = sealed.read_bytes().splitlines(keepends=True)
    sealed.write_bytes(b"".join(content[:3]) + b"broken\n")
    lines = read_lines(sealed, "feedback", KEYS)
    assert [next(lines), next(lines)] == LINES[:2]
    with pytest.raises(SealError, match=r"line 4"):
        next(lines)


def test_reader_follows_a_file_that_grows(tmp_path):
    file = LineFile.create(tmp_path / "lines", "traffic", KEYS)
    for number in range(3):
        file.append([b"%d" % number])
        assert len(read(file.path, purpose="traffic")) == number + 1
