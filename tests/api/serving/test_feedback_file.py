"""The file of feedback, sealed, in the clear, and between the two."""

import fcntl
import multiprocessing
import os
import threading

import pytest

from api.serving.feedback_file import FeedbackFile, FeedbackFullError
from textlab.sealing import Keys, LineFile, SealError, is_sealed, read_lines

KEYS = Keys({"new": b"n" * 32, "old": b"o" * 32})
OLD = Keys({"old": b"o" * 32})
LIMIT = 1_000_000


@pytest.fixture
def path(tmp_path):
    return tmp_path / "feedback.jsonl"


def append(path, *lines, keys=KEYS, limit=LIMIT):
    for line in lines:
        with FeedbackFile(path, limit, keys).appended(line):
            pass


def read(path, keys=KEYS):
    return list(read_lines(path, "feedback", keys))


def append_many(path, process):
    append(path, *(b'{"process": %d, "line": %d}' % (process, line) for line in range(50)))


def test_each_line_is_sealed_and_bound_to_the_one_before(path):
    append(path, b'{"text": "secret"}', b'{"text": "hidden"}', b'{"text": "third"}')
    assert read(path) == [b'{"text": "secret"}', b'{"text": "hidden"}', b'{"text": "third"}']
    content = path.read_bytes()
    assert b"secret" not in content
    assert path.stat().st_mode & 0o777 == 0o600
    lines = content.splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], lines[3]]))
    with pytest.raises(SealError, match="line 3"):
        read(path)


def test_processes_append_without_a_lost_or_broken_line(path):
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=append_many, args=(path, number)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    expected = {b'{"process": %d, "line": %d}' % (process, line) for process in range(3) for line in range(50)}
    assert set(read(path)) == expected


@pytest.mark.parametrize("keys", [KEYS, None], ids=["sealed", "clear"])
@pytest.mark.parametrize("earlier", [[], [b"{}"], [b"{}", b"{}"]])
def test_line_is_removed_again_if_the_body_fails(path, keys, earlier):
    append(path, *earlier, keys=keys)
    before = path.read_bytes() if earlier else b""
    with pytest.raises(RuntimeError), FeedbackFile(path, LIMIT, keys).appended(b'{"withdrawn": 1}'):
        raise RuntimeError
    assert path.read_bytes() == before
    append(path, b'{"next": 1}', keys=keys)
    assert read(path, keys) == [*earlier, b'{"next": 1}']


def test_torn_last_line_is_moved_wherever_it_was_cut(path):
    append(path, b"{}", b"{}")
    whole = path.read_bytes()
    first = whole.rindex(b"\n", 0, -1) + 1
    for cut in range(first + 1, len(whole) - 1):
        path.write_bytes(whole[:cut])
        append(path, b'{"after": 1}')
        assert read(path) == [b"{}", b'{"after": 1}']
    damaged = path.with_name("feedback.jsonl.damaged")
    assert damaged.read_bytes().splitlines()[-1] == whole[first:-2]
    assert damaged.stat().st_mode & 0o777 == 0o600


def test_whole_last_line_without_its_line_break_stays(path):
    append(path, b"{}", b'{"whole": 1}')
    path.write_bytes(path.read_bytes()[:-1])
    append(path, b'{"after": 1}')
    assert read(path) == [b"{}", b'{"whole": 1}', b'{"after": 1}']


def test_torn_first_line_starts_the_file_anew(path):
    append(path, b"{}")
    header = path.read_bytes().split(b"\n")[0]
    for length in range(len(header) + 1):
        path.write_bytes(header[:length])
        append(path, b'{"after": 1}')
        assert read(path) == [b'{"after": 1}']
    assert sorted(each.name for each in path.parent.iterdir()) == ["feedback.jsonl", "feedback.jsonl.damaged"]


def test_block_of_zeros_after_a_crash_is_moved(path):
    append(path, b"{}")
    with path.open("ab") as file:
        file.write(b"\0" * 10_000)
    append(path, b'{"after": 1}')
    assert read(path) == [b"{}", b'{"after": 1}']


def test_new_key_continues_the_file_of_the_former_one(path):
    append(path, b"{}", keys=OLD)
    append(path, b'{"after": 1}', keys=KEYS)
    assert [line.split(b":")[0] for line in path.read_bytes().splitlines()[1:]] == [b"old", b"new"]
    assert read(path) == [b"{}", b'{"after": 1}']


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (None, "no key is set. Set TEXTLAB_SEAL_KEYS"),
        (OLD, "sealed with the key 'new', and only old is set"),
        (Keys({"new": b"x" * 32}), "sealed with another key named 'new'"),
    ],
    ids=["none", "missing", "wrong"],
)
def test_file_whose_key_is_missing_takes_no_line_and_loses_none(path, keys, message):
    append(path, b"{}", b"{}")
    before = path.read_bytes()
    with pytest.raises(SealError, match=message):
        append(path, b'{"lost": 1}', keys=keys)
    assert path.read_bytes() == before
    assert FeedbackFile(path, LIMIT, keys).is_locked_out
    assert not FeedbackFile(path, LIMIT, KEYS).is_locked_out
    path.rename(path.with_name("away"))
    assert not FeedbackFile(path, LIMIT, keys).is_locked_out
    append(path, b'{"new file": 1}', keys=keys)


def test_tampered_end_takes_no_line(path):
    append(path, b"1", b"2", b"3")
    lines = path.read_bytes().splitlines(keepends=True)
    for order in ([0, 1, 3], [0, 1, 3, 2], [0, 2], [0, 1, 2, 3, 3]):
        path.write_bytes(b"".join(lines[place] for place in order))
        before = path.read_bytes()
        with pytest.raises(SealError, match="It was changed or moved"):
            append(path, b"4")
        assert path.read_bytes() == before


def test_file_of_another_purpose_is_not_continued(path):
    LineFile.create(path, "traffic", KEYS).close()
    with pytest.raises(SealError, match="not sealed as 'feedback'"):
        append(path, b"{}")


def test_feedback_in_the_clear_is_moved_when_a_key_is_set(path, logged):
    append(path, b'{"clear": 1}', keys=None)
    assert not FeedbackFile(path, LIMIT, KEYS).is_locked_out
    append(path, b'{"sealed": 1}', b'{"sealed": 2}')
    assert read(path) == [b'{"sealed": 1}', b'{"sealed": 2}']
    [moved] = path.parent.glob("feedback.clear-*.jsonl")
    assert moved.read_bytes() == b'{"clear": 1}\n'
    assert [line["file"] for line in logged] == [moved.name]


def test_empty_file_is_begun_as_the_keys_say(path):
    path.touch()
    append(path, b"{}")
    assert is_sealed(path)
    path.write_bytes(b"")
    append(path, b"{}", keys=None)
    assert path.read_bytes() == b"{}\n"


@pytest.mark.parametrize("keys", [KEYS, None], ids=["sealed", "clear"])
def test_line_goes_to_the_file_that_replaced_the_one_it_waited_for(path, keys):
    append(path, b"1", keys=keys)
    held = os.open(path, os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    waiting = threading.Thread(target=append, args=(path, b"2"), kwargs={"keys": keys})
    waiting.start()
    other = path.with_name("other")
    append(other, b"replaced", keys=keys)
    other.replace(path)
    os.close(held)
    waiting.join(60)
    assert read(path, keys) == [b"replaced", b"2"]


def test_limit_counts_the_sealed_bytes(path):
    append(path, b"{}", limit=200)
    before = path.read_bytes()
    with pytest.raises(FeedbackFullError):
        append(path, b"x" * 100, limit=200)
    assert path.read_bytes() == before
