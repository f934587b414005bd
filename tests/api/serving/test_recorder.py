import threading
import time

import pytest
from exposition import samples, total

from api.file_locks import locked
from api.observing.metrics import Metrics
from api.serving import recorder as recorder_module
from api.serving.recorder import Recorder
from api.serving.segments import LOCK, Limits, Segments
from textlab.sealing import read_lines


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "shadow").mkdir()
    return tmp_path / "shadow"


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
def recording(folder, metrics):
    """A function that starts a recorder of words."""
    made = []

    def start(encode=lambda words: [word.encode() for word in words], share=1.0, megabytes=10):
        made.append(Recorder("shadow", Segments(folder, "shadow", Limits(30, megabytes), None), encode, metrics, share))
        return made[-1]

    yield start
    for recorder in made:
        recorder.close()


def wait_for(condition):
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def kept(folder):
    return [line.decode() for path in sorted(folder.glob("*.jsonl")) for line in read_lines(path, "shadow", None)]


def counted(metrics, name, **labels):
    return total(samples(metrics.exposition().decode()), f"textlab_{name}_total", kind="shadow", **labels)


def test_items_are_written_soon_in_their_order_and_counted(recording, folder, metrics):
    recorder = recording()
    recorder.record(["one", "two"], 6)
    recorder.record(["three"], 5)
    wait_for(lambda: kept(folder) == ["one", "two", "three"])
    wait_for(lambda: counted(metrics, "recorded") == 3)
    assert counted(metrics, "recorded_bytes") == len("one\ntwo\nthree\n")
    assert not recorder.is_failing


def test_items_that_take_long_to_encode_are_no_fault(recording, folder, monkeypatch):
    monkeypatch.setattr(recorder_module, "HANGING_SECONDS", 0.3)

    def encode(words):
        for word in words:
            time.sleep(0.1)
            yield word.encode()

    recorder = recording(encode)
    recorder.record(list("abcdefg"), 7)
    while len(kept(folder)) < 7:
        assert not recorder.is_failing
        time.sleep(0.02)


def test_items_are_written_before_the_worker_stops(recording, folder):
    recorder = recording()
    recorder.record([str(number) for number in range(1_000)], 3_000)
    recorder.close()
    assert kept(folder) == [str(number) for number in range(1_000)]


def test_nothing_waits_while_the_disk_hangs_and_what_finds_no_room_is_counted(recording, folder, metrics, monkeypatch):
    monkeypatch.setattr("api.serving.recorder.BACKLOG_CHARACTERS", 100_000)
    monkeypatch.setattr("api.serving.segments.WAIT_SECONDS", 3_600)
    recorder = recording()
    with locked(folder / LOCK):  # the writing thread waits for it
        recorder.record(["first"], 5)
        time.sleep(0.3)
        for _ in range(100):
            recorder.record(["x" * 2_000], 2_000)
        assert recorder.is_failing
    wait_for(lambda: len(kept(folder)) == 44)  # (100,000 - 305) / 2,300 fit, after the first
    wait_for(lambda: counted(metrics, "recording_dropped", reason="backlog") == 57)
    wait_for(lambda: not recorder.is_failing)


def test_a_write_that_hangs_is_a_fault_although_there_is_room_for_new_items(recording, folder, monkeypatch):
    monkeypatch.setattr("api.serving.recorder.HANGING_SECONDS", 0.1)
    recorder = recording()
    with locked(folder / LOCK):
        recorder.record(["first"], 5)
        wait_for(lambda: recorder.is_failing)
    wait_for(lambda: not recorder.is_failing)
    assert kept(folder) == ["first"]


def test_an_error_of_the_disk_drops_items_and_recording_goes_on(recording, folder, metrics, monkeypatch, logged):
    monkeypatch.setattr("api.serving.recorder.RETRY_SECONDS", 0.05)
    folder.rmdir()
    folder.write_text("in the way")
    recorder = recording()
    recorder.record(["lost", "lost, too"], 13)
    wait_for(lambda: counted(metrics, "recording_dropped", reason="error") == 2)
    assert recorder.is_failing
    assert total(samples(metrics.exposition().decode()), "textlab_background_task_errors_total") >= 1
    folder.unlink()
    recorder.record(["kept"], 4)
    wait_for(lambda: kept(folder) == ["kept"])
    wait_for(lambda: not recorder.is_failing)
    assert "lost" not in str(logged)


def test_an_item_that_is_too_long_for_a_segment_is_dropped_alone(recording, folder, metrics):
    recorder = recording(megabytes=1)
    recorder.record(["before", "x" * 3_000, "after"], 3_011)
    wait_for(lambda: kept(folder) == ["before", "after"])
    wait_for(lambda: counted(metrics, "recording_dropped", reason="length") == 1)


def test_an_item_that_cannot_be_encoded_is_counted_and_recording_goes_on(recording, folder, metrics, monkeypatch):
    monkeypatch.setattr("api.serving.recorder.RETRY_SECONDS", 0.05)
    recorder = recording(lambda words: [word.encode("ascii") for word in words])
    recorder.record(["é"], 1)
    wait_for(lambda: counted(metrics, "recording_dropped", reason="error") == 1)
    recorder.record(["e"], 1)
    wait_for(lambda: kept(folder) == ["e"])


def test_a_share_of_the_items_is_recorded(recording, folder):
    recorder = recording(share=0.25)
    recorder.record([str(number) for number in range(4_000)], 16_000)
    recorder.close()
    assert 800 < len(kept(folder)) < 1_200
    assert len(set(kept(folder))) == len(kept(folder))


def test_items_of_many_threads_are_all_written_once(recording, folder):
    recorder = recording()
    threads = [
        threading.Thread(target=lambda start=start: [recorder.record([str(start + n)], 4) for n in range(500)])
        for start in range(0, 2_000, 500)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorder.close()
    assert sorted(map(int, kept(folder))) == list(range(2_000))
