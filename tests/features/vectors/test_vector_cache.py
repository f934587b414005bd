"""Word vectors are made once, also if several processes ask at the same time, and never read half written."""

import logging
import multiprocessing
import os
import signal
import time

import numpy as np
import pytest
from features.vectors.worlds import two_worlds

from textlab.features.vectors import cache as vector_cache
from textlab.features.vectors.cache import cached_word_vectors
from textlab.features.vectors.word_vectors import WordVectors
from textlab.reach import reach

FAST = {"width": 4, "epochs": 1}


def train_slowly(folder, marker, pause):
    """Make word vectors; note in `marker` that training starts, and wait `pause` seconds before it does."""
    original = vector_cache.train_word_vectors

    def slow(*arguments, **settings):
        with marker.open("a") as handle:
            handle.write("made\n")
        time.sleep(pause)
        return original(*arguments, **settings)

    vector_cache.train_word_vectors = slow
    cached_word_vectors("glove", two_worlds(), folder=folder, **FAST)


def start(folder, marker, pause) -> multiprocessing.Process:
    process = multiprocessing.get_context("fork").Process(target=train_slowly, args=(folder, marker, pause))
    process.start()
    return process


def entries(folder) -> list:
    return [path for path in folder.iterdir() if path.is_dir()]


def test_key_covers_the_training_code_but_not_the_cache_code():
    modules = set(reach(f"import {vector_cache.TRAINING_CODE}").modules)
    decisive = (
        "text.normalisation",
        "features.vectors.training",
        "features.vectors.glove",
        "features.vectors.subwords",
    )
    assert {f"textlab.{name}" for name in decisive} <= modules
    assert not {"textlab.features.vectors.cache", "textlab.paths"} & modules


@pytest.fixture
def made(monkeypatch):
    """The kinds that this process trains, in order."""
    trained, original = [], vector_cache.train_word_vectors

    def counting(kind, *arguments, **settings):
        trained.append(kind)
        return original(kind, *arguments, **settings)

    monkeypatch.setattr(vector_cache, "train_word_vectors", counting)
    return trained


def test_second_request_is_answered_from_the_cache(tmp_path, made, caplog):
    caplog.set_level(logging.INFO, "textlab")
    first = cached_word_vectors("fasttext", two_worlds(), folder=tmp_path, **FAST)
    second = cached_word_vectors("fasttext", two_worlds(), folder=tmp_path, **FAST)
    assert made == ["fasttext"]
    assert first.digest == second.digest
    assert "Word vectors 'fasttext' come from the cache" in caplog.text


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"width": 5}, {"window": 2}, {"minimum_count": 1}, {"epochs": 2}, {"texts": two_worlds()[1:]}],
)
def test_any_change_of_settings_or_texts_trains_again(tmp_path, made, change):
    for settings in ({}, change):
        cached_word_vectors("glove", **({"texts": two_worlds(), "folder": tmp_path} | FAST | settings))
    assert made == ["glove", "glove"]


def test_default_that_is_written_out_uses_the_same_entry(tmp_path, made):
    for window in (None, vector_cache.DEFAULTS["glove"].window):
        cached_word_vectors("glove", two_worlds(), window=window, folder=tmp_path, **FAST)
    assert made == ["glove"]


def test_key_depends_on_where_each_text_ends(tmp_path, made):
    for texts in (["a a", "b b b a"], ["a a b", "b b a"]):
        cached_word_vectors("glove", texts, minimum_count=1, folder=tmp_path, **FAST)
    assert made == ["glove", "glove"]


def test_changed_training_code_trains_again(tmp_path, made, monkeypatch):
    cached_word_vectors("glove", two_worlds(), folder=tmp_path, **FAST)
    monkeypatch.setattr(vector_cache, "code_digest", lambda *modules: "next")
    cached_word_vectors("glove", two_worlds(), folder=tmp_path, **FAST)
    assert made == ["glove", "glove"]


def test_processes_that_ask_at_the_same_time_train_once(tmp_path):
    marker = tmp_path / "marker"
    processes = [start(tmp_path / "cache", marker, pause=0.5) for _ in range(3)]
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert marker.read_text() == "made\n"
    assert len(entries(tmp_path / "cache")) == 1


def test_leftovers_of_a_killed_process_are_neither_used_nor_kept(tmp_path, made):
    marker, folder = tmp_path / "marker", tmp_path / "cache"
    process = start(folder, marker, pause=60)
    while not marker.exists():
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.join(60)
    key = next(folder.glob("*.lock")).stem
    half = folder / f".{key}.killed.partial"
    half.mkdir()
    (half / "matrix.npy").write_bytes(b"half")
    cached_word_vectors("glove", two_worlds(), folder=folder, **FAST)
    assert made == ["glove"]
    assert [path.name for path in entries(folder)] == [key]


@pytest.mark.parametrize("damage", ["truncate", "change", "remove", "scramble"])
def test_broken_entry_is_made_again(tmp_path, made, caplog, damage):
    first = cached_word_vectors("glove", two_worlds(), folder=tmp_path, **FAST)
    (entry,) = entries(tmp_path)
    matrix = entry / "matrix.npy"
    if damage == "truncate":
        matrix.write_bytes(matrix.read_bytes()[:-10])
    elif damage == "change":
        np.save(matrix, np.load(matrix) + 1)
    elif damage == "remove":
        matrix.unlink()
    else:
        (entry / "word_vectors.json").write_text('{"kind": "glove"')
    again = cached_word_vectors("glove", two_worlds(), folder=tmp_path, **FAST)
    assert made == ["glove", "glove"]
    assert again.digest == first.digest == WordVectors.load(entry).digest
    assert "cannot be read and is made again" in caplog.text


def test_pretrained_file_is_read_once_for_the_same_words_and_again_if_it_changes(tmp_path, monkeypatch):
    path, read, original = tmp_path / "tiny.txt", [], vector_cache.read_vector_file

    def counting(*arguments):
        read.append(arguments)
        return original(*arguments)

    monkeypatch.setattr(vector_cache, "read_vector_file", counting)
    path.write_text("good 1 2\nbad 3 4\n")
    for words in (None, None, {"bad", "good"}, ["good", "bad"]):
        vectors = cached_word_vectors(str(path), words=words, folder=tmp_path / "cache")
    assert len(read) == 2
    path.write_text("good 1 2\nbad 3 5\n")
    changed = cached_word_vectors(str(path), words=["good", "bad"], folder=tmp_path / "cache")
    assert len(read) == 3
    assert changed.digest != vectors.digest


def test_failure_leaves_no_entry(tmp_path):
    with pytest.raises(ValueError, match="0 words occur 3 times or more"):
        cached_word_vectors("glove", ["a b"], folder=tmp_path)
    assert entries(tmp_path) == []
