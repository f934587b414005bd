"""Pretrained vectors by path and by name; the network is played by replaced functions of gensim's downloader."""

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
    """What gensim keeps of its list since it last had a network."""
    folder.mkdir()
    (folder / "information.json").write_text(json.dumps(LIST))


def test_a_name_without_a_network_says_what_can_be_done(offline, caplog):
    with pytest.raises(
        ConnectionError, match=r"no connection\. Train on the corpus instead \(word2vec, .*local file\."
    ):
        load_word_vectors("glove-twitter-100")
    assert "Traceback" not in caplog.text


def test_an_unknown_name_lists_the_known_ones(offline):
    put_list(offline)
    with pytest.raises(ValueError, match=r"Unknown word vectors 'text8'\. .* Pretrained: glove-tiny-2, or the path"):
        load_word_vectors("text8")


def test_a_download_that_breaks_off_says_so(offline):
    put_list(offline)
    with pytest.raises(ConnectionError, match=r"Could not download 'glove-tiny-2': .*no route to host.*Train on the"):
        load_word_vectors("glove-tiny-2")


def test_a_name_is_downloaded_and_read_without_running_what_comes_with_it(offline, monkeypatch):
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


def test_a_path_is_found_from_the_checkout(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "tiny.txt").write_text("good 1 2\n")
    assert load_word_vectors("tiny.txt", width=2).words == ("good",)


@pytest.mark.parametrize("source", ["nowhere/tiny", "tiny.vec"])
def test_a_missing_path_is_no_name(source):
    with pytest.raises(FileNotFoundError, match=f"There is no file {source}, from "):
        load_word_vectors(source)
