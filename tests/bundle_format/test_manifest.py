import json
import os

import pytest

from textlab.bundle_format.documents import BundleError, UnfinishedBundleError
from textlab.bundle_format.manifest import verify_manifest, write_manifest


@pytest.fixture
def bundle(tmp_path):
    folder = tmp_path / "bundle"
    (folder / "assets").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"\x00program")
    (folder / "assets/words.txt").write_text("kind\nrude\n")
    write_manifest(folder)
    return folder


def test_verified_bundle_is_identified_by_the_digest_of_its_manifest(bundle):
    digest = verify_manifest(bundle)
    assert len(digest) == 64
    assert verify_manifest(bundle) == digest
    (bundle / "assets/words.txt").write_text("kind\n")
    write_manifest(bundle)
    assert verify_manifest(bundle) != digest


def test_every_difference_is_named(bundle):
    (bundle / "saved_model.pb").write_bytes(b"\x01program")
    (bundle / "assets/words.txt").unlink()
    (bundle / "assets/more.txt").write_text("x")
    expected = r"missing: assets/words\.txt; not listed: assets/more\.txt; changed: saved_model\.pb"
    with pytest.raises(BundleError, match=expected):
        verify_manifest(bundle)


def test_folder_without_a_manifest_is_an_unfinished_bundle(bundle):
    (bundle / "assets.extra/manifest.json").unlink()
    with pytest.raises(UnfinishedBundleError, match="is not a finished bundle") as caught:
        verify_manifest(bundle)
    assert isinstance(caught.value, FileNotFoundError)


@pytest.mark.parametrize("content", [b"", b'{"sha256": {"a', b"{}", b"[]", b'{"sha256": []}', b"\xff", b"[" * 100_000])
def test_damaged_manifest_is_named_as_such(bundle, content):
    (bundle / "assets.extra/manifest.json").write_bytes(content)
    with pytest.raises(BundleError, match=r"damaged: assets\.extra/manifest\.json does not list any files"):
        verify_manifest(bundle)


@pytest.mark.parametrize("name", ["assets/link.txt", "assets.extra/link", "link"])
def test_link_is_refused_even_if_its_content_is_listed(bundle, name):
    (bundle / name).write_text("kind\nrude\n")
    write_manifest(bundle)
    (bundle / name).unlink()
    (bundle / name).symlink_to(bundle / "assets/words.txt")
    with pytest.raises(BundleError, match=f"contains {name}, which is a link"):
        verify_manifest(bundle)


def test_linked_folder_and_linked_manifest_are_refused(bundle, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (bundle / "more").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleError, match="contains more, which is a link"):
        verify_manifest(bundle)
    (bundle / "more").unlink()
    (bundle / "assets.extra/manifest.json").rename(tmp_path / "manifest.json")
    (bundle / "assets.extra/manifest.json").symlink_to(tmp_path / "manifest.json")
    with pytest.raises(BundleError, match=r"contains assets\.extra/manifest\.json, which is a link"):
        verify_manifest(bundle)


def test_special_file_is_refused(bundle):
    os.mkfifo(bundle / "assets/pipe")
    with pytest.raises(BundleError, match="contains assets/pipe, which is a link or a special file"):
        verify_manifest(bundle)


def test_listed_path_outside_the_bundle_counts_as_missing(bundle, tmp_path):
    (tmp_path / "secret.txt").write_text("kind\nrude\n")
    manifest = bundle / "assets.extra/manifest.json"
    manifest.write_text(manifest.read_text().replace("assets/words.txt", "../secret.txt"))
    (bundle / "assets/words.txt").unlink()
    with pytest.raises(BundleError, match=r"missing: \.\./secret\.txt"):
        verify_manifest(bundle)


def test_message_names_few_files_and_only_printable_characters(bundle):
    manifest = bundle / "assets.extra/manifest.json"
    document = json.loads(manifest.read_text())
    document["sha256"] |= {f"assets/{number:04}": "x" for number in range(1000)} | {"Z\ud800\x1b[31m\n": "x"}
    manifest.write_text(json.dumps(document))
    with pytest.raises(BundleError, match=r"missing: 'Z\\ud800\\x1b\[31m\\n', assets/0000, .* and 981 more") as caught:
        verify_manifest(bundle)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("error", [RecursionError, PermissionError])
def test_folder_that_cannot_be_read_is_refused(bundle, monkeypatch, error):
    """A tree of a thousand folders would do, but pytest could not remove it."""

    def fail(*_):
        raise error

    monkeypatch.setattr("pathlib.Path.rglob", fail)
    with pytest.raises(BundleError, match=f"cannot be read .{error.__name__}"):
        verify_manifest(bundle)
