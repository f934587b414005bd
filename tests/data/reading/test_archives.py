"""Members of archives are read one by one, and nothing that an archive says decides where a file is written."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from textlab.data.reading.archives import members, unzipped


def archive(folder: Path, contents: dict[str, bytes], mode: str = "w") -> Path:
    path = folder / "archive.tar"
    with tarfile.open(path, mode) as opened:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            opened.addfile(member, io.BytesIO(content))
    return path


def everything(_: str) -> bool:
    return True


def test_wanted_members_come_in_the_order_of_the_archive(tmp_path: Path) -> None:
    path = archive(tmp_path, {"b": b"2", "x": b"no", "a": b"1"})
    assert list(members(path, lambda name: name != "x", 10)) == [("b", b"2"), ("a", b"1")]


def test_path_out_of_the_archive_writes_nothing(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    path = archive(inside, {"../out.txt": b"1", "/tmp/out.txt": b"2"})
    assert [name for name, _ in members(path, everything, 10)] == ["../out.txt", "/tmp/out.txt"]
    assert [each.name for each in tmp_path.rglob("*")] == ["inside", "archive.tar"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_link_is_refused(tmp_path: Path, kind: bytes) -> None:
    path = tmp_path / "archive.tar"
    with tarfile.open(path, "w") as opened:
        member = tarfile.TarInfo("images/small/00/0.jpg")
        member.type, member.linkname = kind, "/etc/passwd"
        opened.addfile(member)
    with pytest.raises(ValueError, match=r"'images/small/00/0\.jpg' is not a regular file\. Do not use this archive\."):
        list(members(path, everything, 10))


def test_large_member_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = archive(tmp_path, {"a": b"1" * 11})
    with pytest.raises(ValueError, match="'a' has 11 bytes, and at most 10 are read"):
        list(members(path, everything, 10))


def test_archive_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, {"a": b"1" * 5000, "b": b"2" * 5000})
    path.write_bytes(path.read_bytes()[:7000])
    with pytest.raises(ValueError, match="Remove it to download it again"):
        list(members(path, everything, 10_000))


def test_compressed_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, {"a": b"1"}, "w:gz")
    with pytest.raises(ValueError, match="is not a complete tar file"):
        list(members(path, everything, 10))


def test_gzip_file_is_unpacked() -> None:
    assert unzipped(gzip.compress(b"text"), "a.gz", 10) == b"text"


def test_gzip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(bytes(30_000_000))
    assert len(bomb) < 50_000
    with pytest.raises(ValueError, match=r"a\.gz unpacks to more than 2,000,000 bytes\. Do not use this file\."):
        unzipped(bomb, "a.gz", 2_000_000)


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(b"text" * 100, mtime=0)[:-9]], ids=["text", "cut off"])
def test_broken_gzip_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"a\.gz is not a complete gzip file"):
        unzipped(content, "a.gz", 1000)
