"""Pretrained vectors are loaded by path or name; replaced functions of gensim's downloader simulate the network."""

import gzip
import json
from pathlib import Path
from urllib.error import URLError

import pytest
from gensim import downloader

from textlab import paths
from textlab.features.vectors.pretrained import load_word_vectors

LIST = {
    "models": {"glove-tiny-2": {"file_name": "glove-tiny-2.gz", "parts": 1}, "__testing": {}},
    "corpora": {"text8": {}},
}


@pytest.fixture
def offline(monkeypatch, tmp_path):
    def refuse(*_: object, **__: object) -> None:
        raise URLError("no route to host")

    monkeypatch.setattr(downloader, "BASE_DIR", str(tmp_path / "gensim-data"))
    monkeypatch.setattr(downloader, "urlopen", refuse)
    monkeypatch.setattr(downloader.urllib, "urlretrieve", refuse)
    return tmp_path / "gensim-data"


def put_list(folder: Path) -> None:
    """Return the list of vectors that gensim keeps when it has no network."""
    folder.mkdir()
    (folder / "information.json").write_text(json.dumps(LIST))


def test_name_without_network_is_an_error_that_suggests_alternatives(offline, caplog):
    with pytest.raises(ConnectionError, match=r"no connection\. Train vectors instead \(word2vec, .*local file\."):
        load_word_vectors("glove-twitter-100")
    assert "Traceback" not in caplog.text


def test_unknown_name_is_an_error_that_lists_the_known_ones(offline):
    put_list(offline)
    with pytest.raises(ValueError, match=r"Unknown word vectors 'text8'\. .* vectors \(glove-tiny-2\), or give"):
        load_word_vectors("text8")


def test_broken_download_is_an_error(offline):
    put_list(offline)
    with pytest.raises(ConnectionError, match=r"Could not download 'glove-tiny-2': .*no route to host.*Train vectors"):
        load_word_vectors("glove-tiny-2")


def test_named_vectors_are_downloaded_without_running_their_code(offline, monkeypatch):
    put_list(offline)

    def fetch(name: str, return_path: bool) -> str:
        assert return_path, "gensim would run the Python file that it downloads"
        (offline / name).mkdir()
        (offline / name / "__init__.py").write_text("raise SystemExit('ran')")
        (offline / name / f"{name}.gz").write_bytes(gzip.compress(b"2 2\ngood 1 2\nbad 3 4\n"))
        return str(offline / name / f"{name}.gz")

    monkeypatch.setattr(downloader, "load", fetch)
    assert load_word_vectors("glove-tiny-2").words == ("good", "bad")
    monkeypatch.delattr(downloader, "load")
    assert load_word_vectors("glove-tiny-2", words={"bad"}).matrix.tolist() == [[3, 4]]  # now without a network


def test_relative_path_is_looked_up_in_the_checkout(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "tiny.txt").write_text("good 1 2\n")
    assert load_word_vectors("tiny.txt", width=2).words == ("good",)


@pytest.mark.parametrize("source", ["nowhere/tiny", "tiny.vec"])
def test_missing_path_is_not_taken_for_a_name(source):
    with pytest.raises(FileNotFoundError, match=f"There is no file {source} in "):
        load_word_vectors(source)
