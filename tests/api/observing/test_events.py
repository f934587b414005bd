from api.observing.events import TextHash


def test_hash_is_equal_in_all_workers_and_differs_between_installations(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    hashes = [TextHash(tmp_path / name)("tweet") for name in ("one", "one", "two")]
    assert hashes[0] == hashes[1] != hashes[2]
