import hashlib
import multiprocessing

import numpy as np
import pytest

from textlab.features.images.row_cache import RowCache

DIGESTS = [hashlib.sha256(bytes([number])).hexdigest() for number in range(6)]


def made(positions):
    for position in positions:
        yield np.full((1, 2), position + 1, np.float32)


def forbidden(positions):
    raise AssertionError(f"{len(positions)} rows are made again")


def fails_after_two(positions):
    yield from made(positions[:2])
    raise KeyboardInterrupt


def fill(folder):
    RowCache(folder, (2,)).rows(DIGESTS, made)


def test_rows_come_in_the_order_of_the_digests_and_zeros_for_none(tmp_path):
    cache = RowCache(tmp_path, (2,))
    assert cache.rows([DIGESTS[1], "", DIGESTS[1], DIGESTS[2]], made)[:].tolist() == [[1, 1], [0, 0], [1, 1], [4, 4]]
    assert cache.rows([DIGESTS[2], DIGESTS[1]], forbidden)[:].tolist() == [[4, 4], [1, 1]]


def test_rows_that_are_asked_for_alone_are_read(tmp_path):
    rows = RowCache(tmp_path, (2,)).rows([*DIGESTS, ""], made)
    assert rows[np.array([6, 5, 0])].tolist() == [[0, 0], [6, 6], [1, 1]]
    assert rows[2:4].tolist() == [[3, 3], [4, 4]]
    assert len(rows) == 7


def test_no_digest_at_all_makes_no_file(tmp_path):
    assert RowCache(tmp_path / "none", (2,)).rows(["", ""], forbidden)[:].tolist() == [[0, 0], [0, 0]]
    assert not (tmp_path / "none").exists()


def test_interrupted_run_keeps_the_rows_that_were_made(tmp_path):
    cache = RowCache(tmp_path, (2,))
    with pytest.raises(KeyboardInterrupt):
        cache.rows(DIGESTS, fails_after_two)
    assert cache.rows(DIGESTS[:2], forbidden)[:].tolist() == [[1, 1], [2, 2]]


@pytest.mark.parametrize("leftover", [("rows", b"half"), ("digests", b"half a digest")])
def test_row_that_a_killed_process_began_does_not_count(tmp_path, leftover):
    cache, (name, content) = RowCache(tmp_path, (2,)), leftover
    cache.rows(DIGESTS[:2], made)
    with (tmp_path / name).open("ab") as file:
        file.write(content)
    assert cache.rows([*DIGESTS[:2], DIGESTS[4]], made)[:].tolist() == [[1, 1], [2, 2], [3, 3]]
    assert RowCache(tmp_path, (2,)).rows([DIGESTS[4], DIGESTS[1]], forbidden)[:].tolist() == [[3, 3], [2, 2]]


def test_processes_that_fill_a_cache_at_once_write_each_row_once(tmp_path):
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=fill, args=(tmp_path,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    assert (tmp_path / "digests").stat().st_size == 32 * len(DIGESTS)
    assert RowCache(tmp_path, (2,)).rows(DIGESTS, forbidden)[:].tolist() == [[n, n] for n in range(1, 7)]
