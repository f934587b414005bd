"""Published files are downloaded once, verified, and never left half written."""

import hashlib
import io
import logging
import threading
import zipfile
from pathlib import Path

import pytest
from loopback import Server

from textlab.data.reading import files
from textlab.data.reading.files import RemoteFile

CONTENT = b"a tweet\n" * 5000


def remote(server: Server, content: bytes = CONTENT, **changes: str) -> RemoteFile:
    checksum = hashlib.sha256(content).hexdigest()
    fields = {"path": "airline/Tweets.csv", "url": f"{server.url}/Tweets.csv"} | changes
    return RemoteFile(checksums=(checksum,), **fields)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_missing_file_is_downloaded_once(server: Server, raw_data: Path) -> None:
    server.contents["/Tweets.csv"] = CONTENT
    path = files.obtain(remote(server))
    assert path == raw_data / "airline" / "Tweets.csv"
    assert path.read_bytes() == CONTENT
    files.obtain(remote(server))
    assert server.requests == 1
    assert names_in(raw_data) == ["Tweets.csv"]


def test_download_with_a_wrong_checksum_is_renamed_and_not_used(server: Server, raw_data: Path) -> None:
    server.contents["/Tweets.csv"] = b"something else"
    with pytest.raises(ValueError, match=r"Tweets.csv has sha256 \w{64}; expected \w{64}. It was moved to") as error:
        files.obtain(remote(server))
    assert "Run again to download it." in str(error.value)
    assert names_in(raw_data) == ["Tweets.csv.bad"]
    server.contents["/Tweets.csv"] = CONTENT
    assert files.obtain(remote(server)).read_bytes() == CONTENT


def test_file_that_was_changed_on_disk_is_renamed(server: Server, raw_data: Path) -> None:
    (raw_data / "airline").mkdir(parents=True)
    for number in (1, 2):
        (raw_data / "airline" / "Tweets.csv").write_bytes(b"changed %d" % number)
        with pytest.raises(ValueError, match="It was moved to"):
            files.obtain(remote(server))
    assert names_in(raw_data) == ["Tweets.csv.2.bad", "Tweets.csv.bad"]
    assert (raw_data / "airline" / "Tweets.csv.2.bad").read_bytes() == b"changed 2"
    assert server.requests == 0


def test_broken_connection_leaves_no_file(server: Server, raw_data: Path) -> None:
    server.contents["/Tweets.csv"] = CONTENT
    server.broken.add("/Tweets.csv")
    with pytest.raises(ConnectionError, match=r"Could not download .*: the connection broke off half-way\."):
        files.obtain(remote(server))
    assert names_in(raw_data) == []


def test_error_without_network_suggests_a_mirror(server: Server, raw_data: Path) -> None:
    server.stop()
    with pytest.raises(ConnectionError) as error:
        files.obtain(remote(server, by_hand="By hand: ask a friend."))
    assert str(error.value) == (
        f"Could not download {server.url}/Tweets.csv: no connection. Check the network, or set TEXTLAB_MIRROR to a "
        "folder that holds airline/Tweets.csv. By hand: ask a friend."
    )
    assert error.value.__suppress_context__


def test_answer_404_is_an_error_that_quotes_it(server: Server, raw_data: Path) -> None:
    with pytest.raises(ConnectionError, match="the server answered 404 Not Found"):
        files.obtain(remote(server))
    assert names_in(raw_data) == []


def test_concurrent_downloads_do_not_collide(server: Server, raw_data: Path) -> None:
    server.contents["/Tweets.csv"] = CONTENT
    paths: list[Path] = []
    threads = [threading.Thread(target=lambda: paths.append(files.obtain(remote(server)))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(paths) == 6
    assert names_in(raw_data) == ["Tweets.csv"]
    assert paths[0].read_bytes() == CONTENT


def test_partial_file_of_a_killed_download_is_ignored(server: Server, raw_data: Path) -> None:
    (raw_data / "airline").mkdir(parents=True)
    (raw_data / "airline" / ".Tweets.csv.0123.partial").write_bytes(CONTENT[:100])
    server.contents["/Tweets.csv"] = CONTENT
    assert files.obtain(remote(server)).read_bytes() == CONTENT


def test_member_of_a_zip_is_unpacked_and_verified(server: Server, raw_data: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("inner.csv", CONTENT)
    server.contents["/Tweets.csv"] = archive.getvalue()
    assert files.obtain(remote(server, member="inner.csv")).read_bytes() == CONTENT
    assert names_in(raw_data) == ["Tweets.csv"]


def test_sign_in_page_in_place_of_a_zip_is_an_error(server: Server, raw_data: Path) -> None:
    server.contents["/Tweets.csv"] = b"<html>Please sign in</html>"
    with pytest.raises(ValueError, match=r"is not a zip archive with inner.csv in it\. By hand: so\."):
        files.obtain(remote(server, member="inner.csv", by_hand="By hand: so."))
    assert names_in(raw_data) == []


def test_mirror_is_read_instead_of_the_network(server: Server, mirror: Path) -> None:
    (mirror / "airline").mkdir()
    (mirror / "airline" / "Tweets.csv").write_bytes(CONTENT)
    assert files.obtain(remote(server)) == mirror / "airline" / "Tweets.csv"
    assert server.requests == 0


def test_file_that_the_mirror_lacks_is_an_error_and_not_downloaded(server: Server, mirror: Path) -> None:
    server.contents["/Tweets.csv"] = CONTENT
    with pytest.raises(FileNotFoundError, match=r"TEXTLAB_MIRROR is .*, which has no airline/Tweets.csv\."):
        files.obtain(remote(server))
    assert server.requests == 0


def test_wrong_file_in_the_mirror_is_an_error_but_stays(server: Server, mirror: Path) -> None:
    (mirror / "airline").mkdir()
    (mirror / "airline" / "Tweets.csv").write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"Replace it in the mirror\."):
        files.obtain(remote(server))
    assert names_in(mirror) == ["Tweets.csv"]


def test_download_is_logged(server: Server, raw_data: Path, caplog: pytest.LogCaptureFixture) -> None:
    server.contents["/Tweets.csv"] = CONTENT
    with caplog.at_level(logging.INFO, logger="textlab.data"):
        path = files.obtain(remote(server))
    assert caplog.messages == [f"Downloaded {server.url}/Tweets.csv ({len(CONTENT)} bytes) to {path}."]


def test_missing_file_without_an_address_is_an_error_that_names_it(server: Server, raw_data: Path) -> None:
    with pytest.raises(FileNotFoundError) as error:
        files.obtain(remote(server, url="", by_hand="By hand: ask a friend."))
    path = raw_data / "airline" / "Tweets.csv"
    assert str(error.value) == f"There is no file {path}, and it cannot be downloaded. By hand: ask a friend."
    assert not files.was_set_aside("airline/Tweets.csv")


def test_error_mentions_a_file_that_was_renamed_before(server: Server, raw_data: Path) -> None:
    (raw_data / "airline").mkdir(parents=True)
    (raw_data / "airline" / "Tweets.csv").write_bytes(b"changed")
    with pytest.raises(ValueError, match=r"Put the right file in its place\."):
        files.obtain(remote(server, url=""))
    assert files.was_set_aside("airline/Tweets.csv")
    with pytest.raises(FileNotFoundError, match=r"no file .* Tweets.csv.bad beside it had the wrong content\.$"):
        files.obtain(remote(server, url=""))


def test_error_does_not_suggest_a_download_for_a_file_without_an_address(server: Server, mirror: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no airline/Tweets.csv\. Put the file there\. By hand: so\.$"):
        files.obtain(remote(server, url="", by_hand="By hand: so."))
