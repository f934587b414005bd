"""Cells of tables name pictures by paths that must not leave the table's folder."""

import os

import pytest
from tiny_pictures import picture

from textlab.inputs import ReceivedError, kind_of
from textlab.inputs.picture_files import read_file
from textlab.inputs.pictures import PictureError
from textlab.inputs.references import file_reference, read

IMAGE = kind_of("image")


@pytest.fixture
def table(tmp_path):
    """The folder of a table, with a picture below it and another beside it."""
    folder = tmp_path / "table"
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "cup.png").write_bytes(picture())
    (tmp_path / "outside.png").write_bytes(picture())
    return folder


@pytest.mark.parametrize(
    "cell", ["pictures/cup.png", "./pictures/cup.png", "pictures/../pictures/cup.png", " pictures/cup.png "]
)
def test_cell_names_a_picture_below_the_table(table, cell):
    assert read(IMAGE.from_cell(cell, table)) == picture()


@pytest.mark.parametrize("cell", ["", "  "])
def test_blank_cell_is_no_picture(table, cell):
    assert IMAGE.from_cell(cell, table) == ""


def test_link_is_followed_inside_the_folder_only(table, tmp_path):
    (table / "link.png").symlink_to("pictures/cup.png")
    assert read_file("link.png", table) == picture()
    (table / "out.png").symlink_to(tmp_path / "outside.png")
    (table / "up").symlink_to(tmp_path)
    for cell in ("out.png", "up/outside.png"):
        with pytest.raises(PictureError, match=r"It lies outside the folder of the table\. Put the pictures beside"):
            read_file(cell, table)


def test_path_through_a_folder_that_is_not_there_names_no_picture(table):
    with pytest.raises(PictureError, match=r"^It is not there\."):
        read_file("absent/../pictures/cup.png", table)


def test_picture_whose_name_ends_like_that_of_a_sealed_file_is_read(table):
    path = table / "cup.png.sealed"
    path.write_bytes(picture())
    assert read(file_reference(str(path), picture())) == picture()


def test_table_behind_a_link_reads_its_pictures(table, tmp_path):
    (tmp_path / "linked").symlink_to(table)
    assert read_file("pictures/cup.png", tmp_path / "linked") == picture()


@pytest.mark.parametrize(
    "cell", ["../outside.png", "pictures/../../outside.png", "/etc/passwd", "{table}/pictures/cup.png"]
)
def test_path_that_leaves_the_folder_is_refused(table, cell):
    with pytest.raises(PictureError, match="It lies outside the folder of the table"):
        read_file(cell.format(table=table), table)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("pictures/hat.png", "It is not there. Correct the path: it starts at the folder of the table."),
        ("pictures", "It is no file. Correct the path"),
        ("pictures/cup.png/x", "It is not there."),
        ("pipe", "It is no file."),
        ("a" * 5_000, "The file cannot be read."),
        ("a\x00b", "The file cannot be read."),
        ("loop", "The file cannot be read."),
    ],
)
def test_what_is_no_file_is_explained_and_never_waited_for(table, cell, message):
    os.mkfifo(table / "pipe")
    (table / "loop").symlink_to("loop")
    with pytest.raises(PictureError, match=message):
        read_file(cell, table)


def test_large_file_is_not_read_to_its_end(table):
    (table / "large.png").write_bytes(b"x" * 100)
    assert len(read_file("large.png", table, 10)) == 11


def test_broken_picture_is_a_received_error(table):
    (table / "text.jpg").write_text("no picture")
    with pytest.raises(ReceivedError, match=r"It is a text, not a picture\. Put a PNG or JPEG in its place\."):
        IMAGE.from_cell("text.jpg", table)


def test_option_names_a_file_anywhere(table, tmp_path, monkeypatch):
    monkeypatch.chdir(table)
    for option in ("pictures/cup.png", "../outside.png", str(tmp_path / "outside.png")):
        assert read(IMAGE.from_option(option)) == picture()
    with pytest.raises(ReceivedError, match="It is no file"):
        IMAGE.from_option("hat.png")
    assert kind_of("text").from_option("hat.png") == kind_of("text").from_cell("hat.png", table) == "hat.png"
