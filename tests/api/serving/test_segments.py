import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api.file_locks import locked
from api.serving.segments import LOCK, NAME, PARTS_OF_LIMIT, Limits, Segments
from textlab.sealing import Keys, SealError, read_lines

KEYS = Keys({"k": bytes(range(32))})
DAY = 86_400


@pytest.fixture
def opened(tmp_path):
    """A function that opens the folder as another worker would."""
    made = []

    def open_segments(days=30, megabytes=10, keys=None):
        made.append(Segments(tmp_path / "traffic", "traffic", Limits(days, megabytes), keys))
        return made[-1]

    yield open_segments
    for segments in made:
        segments.close()


def files(tmp_path):
    return sorted(path for path in (tmp_path / "traffic").iterdir() if NAME.fullmatch(path.name))


def lines(tmp_path, keys=None):
    return [line for path in files(tmp_path) for line in read_lines(path, "traffic", keys)]


def age(path, seconds):
    """Rename a segment as if it had been started earlier."""
    started = int(path.name[:13]) - int(seconds * 1e3)
    return path.rename(path.with_name(f"{started:013d}{path.name[13:]}"))


def size(tmp_path):
    return sum(path.stat().st_size for path in files(tmp_path))


def test_each_worker_writes_a_file_of_its_own_that_others_may_not_read(opened, tmp_path):
    first, second = opened(), opened()
    first.append([b"1", b"2"])
    second.append([b"3"])
    first.append([b"4"])
    assert sorted(lines(tmp_path)) == [b"1", b"2", b"3", b"4"]
    assert [path.stat().st_mode & 0o777 for path in files(tmp_path)] == [0o600, 0o600]
    assert (tmp_path / "traffic").stat().st_mode & 0o777 == 0o700


def test_append_returns_the_bytes_that_the_file_has_grown_by(opened, tmp_path):
    segments = opened(keys=KEYS)
    header = len(b"#textlab-sealed 1 traffic \n") + 32
    grown = segments.append([b"x" * 300]) + segments.append([b"y"])
    assert grown + header == size(tmp_path)


def test_lines_are_sealed_with_a_key(opened, tmp_path):
    opened(keys=KEYS).append([b"a secret tweet"])
    assert lines(tmp_path, KEYS) == [b"a secret tweet"]
    assert b"secret" not in files(tmp_path)[0].read_bytes()
    with pytest.raises(SealError):
        lines(tmp_path)


@pytest.mark.parametrize("keys", [None, KEYS])
def test_total_size_of_all_workers_is_bounded_and_the_newest_lines_stay(opened, tmp_path, keys):
    workers = [opened(megabytes=1, keys=keys) for _ in range(3)]
    limit, largest = 1_000_000, 0
    for number in range(600):
        workers[number % 3].append([b"%06d" % number + b"x" * (workers[0].batch_bytes - 6)])
        if number % 10 == 0:
            largest = max(largest, size(tmp_path))
    assert 0.8 * limit < largest <= limit
    kept = {int(line[:6]) for line in lines(tmp_path, keys)}
    newest = range(600 - len(kept) + 6, 600)  # the three workers end their segments in turn
    assert kept > set(newest)


def test_no_segment_exceeds_its_size(opened, tmp_path):
    segments = opened(megabytes=1, keys=KEYS)
    for _ in range(50):
        segments.append([b"x" * segments.batch_bytes])
    assert max(path.stat().st_size for path in files(tmp_path)) <= 1_000_000 / PARTS_OF_LIMIT


def test_a_segment_in_use_is_never_removed_and_a_closed_one_is_when_its_time_is_over(opened, tmp_path):
    living, ended, young = opened(days=2), opened(days=2), opened(days=2)
    living.append([b"in use"])
    age(files(tmp_path)[0], 5 * DAY)
    ended.append([b"over"])
    ended.close()
    age(files(tmp_path)[1], 3 * DAY)
    young.append([b"young"])
    young.close()
    young.clean()
    assert lines(tmp_path) == [b"in use", b"young"]


def test_the_segment_of_a_killed_worker_stays_until_its_time_is_over(opened, tmp_path):
    program = """
import os, signal, sys
from pathlib import Path
from api.serving.segments import Limits, Segments
segments = Segments(Path(sys.argv[1]), "traffic", Limits(2, 10), None)
segments.append([b"last words"])
os.kill(os.getpid(), signal.SIGKILL)
"""
    root = Path(__file__).resolve().parents[3]
    environment = os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{root / 'src'}"}
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "traffic")], env=environment, check=False)
    survivor = opened(days=2)
    survivor.append([b"on and on"])
    survivor.clean()
    assert lines(tmp_path) == [b"last words", b"on and on"]
    age(files(tmp_path)[0], 3 * DAY)
    survivor.clean()
    assert lines(tmp_path) == [b"on and on"]


def test_an_idle_worker_ends_its_old_segment(opened, tmp_path, monkeypatch):
    monkeypatch.setattr("api.serving.segments.LONGEST_SECONDS", 0.05)
    segments = opened(days=0.1 / DAY)
    segments.append([b"x"])
    time.sleep(0.15)
    segments.clean()
    assert files(tmp_path) == []


def test_a_clock_that_jumps_starts_another_segment_and_lines_from_the_future_stay(opened, tmp_path, monkeypatch):
    segments = opened(days=2)
    now = time.time()
    for number, days in enumerate((0, 50, 1, 0)):
        monkeypatch.setattr("api.serving.segments.time.time", lambda moment=now + days * DAY: moment)
        segments.append([b"%d" % number])
        segments.clean()
    assert sorted(lines(tmp_path)) == [b"1", b"2", b"3"]  # the first one was over while the clock was ahead


def test_a_removed_folder_is_created_again(opened, tmp_path):
    segments = opened()
    segments.append([b"gone"])
    for path in (tmp_path / "traffic").iterdir():
        path.unlink()
    (tmp_path / "traffic").rmdir()
    segments.append([b"again"])
    assert lines(tmp_path) == [b"again"]


def test_files_that_are_no_segments_are_left_alone(opened, tmp_path):
    (tmp_path / "traffic").mkdir()
    foreign = tmp_path / "traffic" / "notes.jsonl"
    foreign.write_bytes(b"x" * 2_000_000)
    segments = opened(megabytes=1)
    for _ in range(100):
        segments.append([b"x" * segments.batch_bytes])
    assert foreign.stat().st_size == 2_000_000


def test_a_lock_that_another_worker_does_not_release_is_an_error_and_not_a_hang(opened, tmp_path, monkeypatch):
    monkeypatch.setattr("api.serving.segments.WAIT_SECONDS", 0.05)
    (tmp_path / "traffic").mkdir()
    segments = opened()
    with locked(tmp_path / "traffic" / LOCK), pytest.raises(BlockingIOError):
        segments.append([b"x"])
    segments.append([b"y"])
    assert lines(tmp_path) == [b"y"]
