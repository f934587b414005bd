import os

import pytest

from api.observing.events import TextHash


def test_hash_is_equal_in_all_workers_and_differs_between_installations(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    hashes = [TextHash(tmp_path / name)("tweet") for name in ("one", "one", "two")]
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize("content", [b"", b"short", os.urandom(1_000), None])
def test_damaged_key_is_set_aside(tmp_path, content):
    path = tmp_path / "hash.key"
    path.mkdir() if content is None else path.write_bytes(content)
    assert TextHash(tmp_path)("tweet") == TextHash(tmp_path)("tweet")
    assert len(path.read_bytes()) == 32
    assert (tmp_path / "hash.key.damaged").exists()


def test_a_name_with_half_of_a_surrogate_pair_has_a_hash(tmp_path):
    assert len(TextHash(tmp_path)("\ud800")) == 16


def test_hashes_go_on_without_a_folder(tmp_path):
    hashed = TextHash(tmp_path / "missing")
    assert len(hashed("tweet")) == 16
    (tmp_path / "missing").mkdir()
    hashed._tried -= 60
    assert hashed("tweet") == TextHash(tmp_path / "missing")("tweet")
