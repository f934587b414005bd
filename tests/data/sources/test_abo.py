"""A shop's articles are read from archives like those that are published, and nothing else in them is trusted."""

import csv
import gzip
import io
import json
import logging
import tarfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from loopback import Server
from tiny_pictures import picture

import textlab.data
from textlab import paths
from textlab.data import Dataset
from textlab.data.sources.abo import archives
from textlab.inputs import kind_of

KINDS = ("CHAIR", "LAMP_SHADE", "RUG")
EACH = 60


def listing(number: int, kind: str, **changes: object) -> dict[str, object]:
    titles = [
        {"language_tag": "de_DE", "value": f"Ding {number}"},
        {"language_tag": "en_GB", "value": f"Brand {kind.title()}  no {number}, blue"},
    ]
    fields = {"item_id": f"B{number:05d}", "item_name": titles, "product_type": [{"value": kind}]}
    return fields | {"main_image_id": f"{number}+L"} | changes


LISTINGS = [listing(number, KINDS[number % 3]) for number in range(3 * EACH)]
ODD = [
    listing(1, "CHAIR"),  # listed again
    listing(900, "CHAIR", item_name=[{"language_tag": "de_DE", "value": "Stuhl"}]),
    listing(901, "RUG", product_type=[]),
    listing(902, "RUG", main_image_id="2+L"),  # the picture of another article
    listing(903, "SHOES"),  # a rare kind
]


def tar(contents: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as opened:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            opened.addfile(member, io.BytesIO(content))
    return written.getvalue()


def listing_archive(rows: list[dict[str, object]]) -> bytes:
    halves = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    return tar(
        {
            f"listings/metadata/listings_{k}.json.gz": gzip.compress("\n".join(map(json.dumps, half)).encode())
            for k, half in zip("0f", halves, strict=True)
        }
        | {"README.md": b"read me"}
    )


def picture_archive(
    numbers: list[int],
    path: str = "{0:02x}/{0:08x}.jpg",
    folder: str = "images/small/",
    broken: Collection[int] = (),
) -> bytes:
    index = io.StringIO()
    writer = csv.writer(index)
    writer.writerow(("image_id", "height", "width", "path"))
    writer.writerows((f"{number}+L", 24, 24, path.format(number)) for number in numbers)
    stored = {folder + path.format(number): picture(seed=number, format="JPEG") for number in numbers}
    stored |= {folder + path.format(number): b"<svg/>" for number in broken}
    return tar({"images/metadata/images.csv.gz": gzip.compress(index.getvalue().encode())} | stored)


@pytest.fixture
def shop(server: Server, raw_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    for name in ("LISTINGS", "PICTURES"):
        remote = getattr(archives, name)
        monkeypatch.setattr(archives, name, replace(remote, url=f"{server.url}/{Path(remote.path).name}"))
    server.contents["/abo-listings.tar"] = listing_archive([*LISTINGS, *ODD])
    server.contents["/abo-images-small.tar"] = picture_archive([number for number in range(3 * EACH) if number != 5])
    return server


def test_articles_have_title_picture_and_kind(shop: Server, tmp_path: Path) -> None:
    dataset = textlab.data.load("abo?classes=3")
    assert dataset.label_names == ("chair", "lamp shade", "rug")
    assert dataset.inputs == ("text", "image")
    assert sum(len(frame) for _, frame in dataset.splits()) == 3 * EACH
    row = rows_of(dataset).set_index("id").loc["B00007"]
    assert row["text"] == "Brand Lamp_Shade no 7, blue"
    assert kind_of("image").encode([row["image"]]) == [picture(seed=7, format="JPEG")]
    assert row["group"] == "brand lamp_shade no 7"


def rows_of(dataset: Dataset) -> pd.DataFrame:
    return pd.concat([frame for _, frame in dataset.splits()])


def test_rows_that_are_dropped_are_accounted_for(shop: Server) -> None:
    dataset = textlab.data.load("abo?classes=3")
    assert dataset.preparation is not None
    dropped = dataset.preparation.dropped[["line", "reason"]].itertuples(index=False, name=None)
    assert {line: str(reason) for line, reason in dropped} == {
        "listings_f.json.gz:89": "id occurs twice",
        "listings_f.json.gz:90": "empty text",
        "listings_f.json.gz:91": "empty label",
        "listings_f.json.gz:92": "copy of another row",
    }


def test_article_whose_picture_the_archive_lacks_has_none(shop: Server, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        dataset = textlab.data.load("abo?classes=3")
    assert rows_of(dataset).set_index("id").loc["B00005", "image"] == ""
    assert "the archive lacks 1 of 180 pictures" in caplog.text


def test_picture_that_is_none_is_left_out(shop: Server, caplog: pytest.LogCaptureFixture) -> None:
    shop.contents["/abo-images-small.tar"] = picture_archive(list(range(180)), broken={7})
    with caplog.at_level(logging.WARNING):
        dataset = textlab.data.load("abo?classes=3")
    assert rows_of(dataset).set_index("id").loc["B00007", "image"] == ""
    assert "abo: images/small/07/00000007.jpg is left out. It is" in caplog.text


def test_archives_are_downloaded_once_and_pictures_written_once(shop: Server, tmp_path: Path) -> None:
    first = textlab.data.load("abo?classes=3")
    folder = tmp_path / "data" / "processed" / "abo"
    written = {path: path.stat().st_mtime_ns for path in folder.rglob("[!.]*") if path.is_file()}
    assert textlab.data.load("abo?classes=3").digest == first.digest
    assert shop.requests == 2
    assert len(written) == 3 * EACH - 1
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("[!.]*") if path.is_file()} == written


def test_archive_that_changes_after_its_first_use_is_refused(
    shop: Server, raw_data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        textlab.data.fetch("abo")
    assert "No checksum of abo/abo-images-small.tar is known. Its sha256 is" in caplog.text
    (raw_data / "abo" / "abo-listings.tar").unlink()
    shop.contents["/abo-listings.tar"] = listing_archive(LISTINGS)
    with pytest.raises(
        ValueError, match=r"has sha256 \w{64}; expected \w{64}\. That was recorded when the file was first"
    ):
        textlab.data.fetch("abo")


def test_recorded_checksum_is_one_that_sha256sum_can_check(shop: Server, raw_data: Path) -> None:
    textlab.data.fetch("abo")
    recorded = (raw_data / "abo" / "abo-listings.tar.sha256").read_text()
    assert recorded.endswith("  abo-listings.tar\n")
    assert len(recorded.split()[0]) == 64


@pytest.mark.parametrize("path", ["../{0:08x}.jpg", "/tmp/{0:08x}.jpg", "00/../../{0:08x}.jpg", "00/{0:08x}.svg"])
def test_picture_with_a_strange_path_is_refused(shop: Server, tmp_path: Path, path: str) -> None:
    shop.contents["/abo-images-small.tar"] = picture_archive(list(range(10)), path)
    with pytest.raises(ValueError, match=r"names the path .* Do not use this archive"):
        textlab.data.load("abo?classes=3")
    assert not [path for path in (tmp_path / "data" / "processed").rglob("[!.]*") if path.is_file()]


def test_picture_beside_the_folder_is_not_taken(shop: Server) -> None:
    shop.contents["/abo-images-small.tar"] = picture_archive(list(range(10)), folder="../images/small/")
    assert set(rows_of(textlab.data.load("abo?classes=3"))["image"]) == {""}


def test_line_that_is_no_listing_is_named(shop: Server) -> None:
    shop.contents["/abo-listings.tar"] = listing_archive([*LISTINGS, {"name": "no listing"}])
    with pytest.raises(ValueError, match=r"listings_f\.json\.gz:91: this is no listing of Amazon Berkeley Objects\."):
        textlab.data.load("abo?classes=3")


def test_broken_download_leaves_nothing(shop: Server, raw_data: Path) -> None:
    shop.broken.add("/abo-listings.tar")
    with pytest.raises(ConnectionError, match=r"set TEXTLAB_MIRROR to a folder that holds abo/abo-listings\.tar"):
        textlab.data.load("abo")
    assert not list(raw_data.rglob("*.tar*"))
