"""Files that are sealed, unsealed and sealed with a new key as a whole."""

import fcntl
import multiprocessing
import os
import signal
import tracemalloc

import pytest

from textlab.sealing import Keys, LineFile, SealError, is_sealed, read_lines
from textlab.sealing import lines as limits
from textlab.sealing.rewriting import rotate_file, seal_file, unseal_file

OLD = Keys({"old": b"o" * 32})
BOTH = Keys({"new": b"n" * 32, "old": b"o" * 32})
NEW = Keys({"new": b"n" * 32})
CONTENT = b'{"text": "one"}\r\n\n\0\n' + "ж".encode() * 20_000 + b'\n{"text": "last"}\n'


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "feedback.jsonl"
    path.write_bytes(CONTENT)
    return path


def names(path):
    return sorted(each.name for each in path.parent.iterdir())


def test_file_comes_back_byte_for_byte(path):
    seal_file(path, "feedback", OLD)
    assert is_sealed(path)
    assert b'"text"' not in path.read_bytes()
    assert list(read_lines(path, "feedback", OLD)) == CONTENT.split(b"\n")[:-1]
    unseal_file(path, OLD)
    assert path.read_bytes() == CONTENT
    assert path.stat().st_mode & 0o777 == 0o600
    assert names(path) == ["feedback.jsonl"]


@pytest.mark.parametrize("content", [b"", b"\n", b"\n\n", b'{"a": 1}'])
def test_small_files_come_back(path, content):
    path.write_bytes(content)
    seal_file(path, "feedback", OLD)
    unseal_file(path, OLD)
    assert path.read_bytes() == content + b"\n" * content.endswith(b"}")


def test_rotated_file_needs_the_new_key_only(path):
    seal_file(path, "feedback", OLD)
    with pytest.raises(SealError, match="sealed with the key 'old', and only new is set"):
        rotate_file(path, NEW)
    rotate_file(path, BOTH)
    assert list(read_lines(path, "feedback", NEW)) == CONTENT.split(b"\n")[:-1]
    with pytest.raises(SealError):
        list(read_lines(path, "feedback", OLD))
    assert path.stat().st_mode & 0o777 == 0o600


def test_unsealed_copy_leaves_the_file_as_it_was(path):
    seal_file(path, "feedback", OLD)
    sealed, output = path.read_bytes(), path.with_name("clear.jsonl")
    unseal_file(path, OLD, output)
    assert (path.read_bytes(), output.read_bytes()) == (sealed, CONTENT)
    assert output.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError, match=r"clear\.jsonl exists\. Name another file\."):
        unseal_file(path, OLD, output)


@pytest.mark.parametrize("rewrite", [rotate_file, unseal_file])
def test_tampered_file_is_refused_with_its_line_and_leaves_nothing(path, rewrite):
    file = LineFile.create(path.with_name("sealed"), "feedback", BOTH)
    for number in range(5):
        file.append([b"%d" % number])
    file.close()
    lines = file.path.read_bytes().splitlines(keepends=True)
    file.path.write_bytes(b"".join([*lines[:3], *lines[4:]]))
    before = file.path.read_bytes()
    with pytest.raises(SealError, match="sealed, line 4: It was changed or moved"):
        rewrite(file.path, BOTH)
    with pytest.raises(SealError, match="sealed, line 4: It was changed or moved"):
        unseal_file(file.path, BOTH, path.with_name("output"))
    assert file.path.read_bytes() == before
    assert names(path) == ["feedback.jsonl", "sealed"]


@pytest.mark.parametrize(
    ("change", "lost", "saved"),
    [
        (lambda lines: [*lines[:3], lines[3][:20] + b"A" + lines[3][21:], *lines[4:]], [4], b"0 1 3 4 5"),
        (lambda lines: [*lines[:3], lines[3][:-6] + b"AAAA=\n", *lines[4:]], [4, 5], b"0 1 4 5"),
        (lambda lines: [*lines[:3], b"rubbish\n", *lines[4:]], [4, 5], b"0 1 4 5"),
        (lambda lines: [*lines[:3], *lines[4:]], [4], b"0 1 4 5"),
        (lambda lines: [*lines[:4], lines[3], *lines[4:]], [5], b"0 1 2 3 4 5"),
    ],
    ids=["changed", "changed tag", "rubbish", "left out", "repeated"],
)
def test_whole_records_around_a_damaged_one_can_be_saved(path, change, lost, saved):
    file = LineFile.create(path.with_name("sealed"), "feedback", OLD)
    for number in range(6):
        file.append([b"line %d" % number])
    file.close()
    file.path.write_bytes(b"".join(change(file.path.read_bytes().splitlines(keepends=True))))
    damaged = []
    unseal_file(file.path, OLD, path.with_name("saved"), on_damage=damaged.append)
    assert damaged == lost
    assert path.with_name("saved").read_bytes().replace(b"line ", b"").split() == saved.split()


def test_what_is_sealed_is_not_sealed_twice_and_what_is_clear_not_unsealed(path):
    for rewrite in (unseal_file, rotate_file):
        with pytest.raises(SealError, match=r"is not sealed\. Nothing has changed\."):
            rewrite(path, OLD)
    assert path.read_bytes() == CONTENT
    seal_file(path, "feedback", OLD)
    sealed = path.read_bytes()
    with pytest.raises(SealError, match=r"is sealed already\. Nothing has changed\."):
        seal_file(path, "feedback", OLD)
    assert path.read_bytes() == sealed


def test_incomplete_last_line_is_not_sealed(path):
    path.write_bytes(b'{"a": 1}\n{"b": ')
    with pytest.raises(SealError, match=r"line 2: The last line is incomplete. Complete or remove it\."):
        seal_file(path, "feedback", OLD)
    assert path.read_bytes() == b'{"a": 1}\n{"b": '


def test_too_long_line_is_not_sealed(path, monkeypatch):
    monkeypatch.setattr(limits, "LINE_BYTES", 1_000)
    with pytest.raises(SealError, match=r"line 4: It is too long to be sealed\."):
        seal_file(path, "feedback", OLD)
    assert path.read_bytes() == CONTENT


def test_file_that_another_process_writes_to_is_left_alone(path):
    writing = LineFile.create(path.with_name("traffic"), "traffic", OLD)
    writing.append([b"1"])
    with pytest.raises(SealError, match=r"is in use by another process\. Repeat the command when"):
        rotate_file(writing.path, BOTH)
    unseal_file(writing.path, OLD, path.with_name("copy"))
    assert path.with_name("copy").read_bytes() == b"1\n"
    writing.append([b"2"])
    writing.close()
    rotate_file(writing.path, BOTH)
    assert list(read_lines(writing.path, "traffic", NEW)) == [b"1", b"2"]


def test_lock_is_held_until_the_new_file_is_in_place(path):
    seen = []

    def try_to_lock(_):
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                seen.append("held")

    seal_file(path, "feedback", OLD, try_to_lock)
    assert set(seen) == {"held"}


def test_link_stays_a_link(path):
    link = path.with_name("link.jsonl")
    link.symlink_to(path)
    seal_file(link, "feedback", OLD)
    assert link.is_symlink()
    assert is_sealed(path)


def _killed_at(path, rewrite, position):
    def die(reached):
        if reached >= position:
            os.kill(os.getpid(), signal.SIGKILL)

    rewrite(path, die)


@pytest.mark.parametrize(
    ("rewrite", "start"),
    [
        (lambda path, progress: seal_file(path, "feedback", OLD, progress), None),
        (lambda path, progress: rotate_file(path, BOTH, progress), OLD),
        (lambda path, progress: unseal_file(path, OLD, None, progress), OLD),
    ],
    ids=["seal", "rotate", "unseal"],
)
def test_killed_command_loses_nothing_and_can_be_repeated(path, rewrite, start):
    if start:
        seal_file(path, "feedback", start)
    before = path.read_bytes()
    for position in (0, len(before) // 2, len(before)):
        process = multiprocessing.get_context("fork").Process(target=_killed_at, args=(path, rewrite, position))
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        assert path.read_bytes() == before
        assert names(path) == [".feedback.jsonl.partial", "feedback.jsonl"]
        assert path.with_name(".feedback.jsonl.partial").stat().st_mode & 0o777 == 0o600
    rewrite(path, lambda position: None)
    assert names(path) == ["feedback.jsonl"]
    assert b"".join(line + b"\n" for line in read_lines(path, "feedback", BOTH)) == CONTENT


def test_full_disk_loses_nothing(path, monkeypatch):
    monkeypatch.setattr(os, "pwrite", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        seal_file(path, "feedback", OLD)
    assert path.read_bytes() == CONTENT
    assert names(path) == ["feedback.jsonl"]


def test_long_file_is_read_and_rewritten_in_constant_memory(path):
    line = b'{"text": "%s"}\n' % (b"x" * 200)
    with path.open("wb") as file:
        for _ in range(20):
            file.write(line * 1_000)
    tracemalloc.start()
    try:
        seal_file(path, "feedback", OLD)
        rotate_file(path, BOTH)
        assert sum(1 for _ in read_lines(path, "feedback", BOTH)) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_missing_file_is_a_clear_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no file .*missing\. Check the path\."):
        seal_file(tmp_path / "missing", "feedback", OLD)
