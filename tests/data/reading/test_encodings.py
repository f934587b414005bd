"""A wrong encoding is an error that names the encodings that fit, and shows nothing of the texts."""

from pathlib import Path

import pytest

from textlab.data.reading import tables

RUSSIAN = "text,label\nспасибо за обед,a\nужасный рейс,b\nзадержка рейса,c\n"


def write(path: Path, content: str, encoding: str) -> Path:
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("content", "encoding", "named"),
    [
        ("text,label\nfine,x\na café,y\n", "latin-1", "cp1252 or latin-1"),
        ("text,label\nfine,x\n10 € – a lot,y\n", "cp1252", "cp1252"),
        (RUSSIAN, "cp1251", ".*cp1251"),
        ("text,label\n谢谢你们,a\n航班晚点了,b\n", "gb18030", "gb18030"),
    ],
)
def test_encodings_that_would_decode_a_file_are_named(content: str, encoding: str, named: str, tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", content, encoding)
    with pytest.raises(ValueError, match=rf"t.csv is not utf-8 .* It would decode as {named}") as error:
        tables.read(path)
    assert f"encoding={encoding}" in str(error.value)
    assert str(error.value).isascii()
    assert tables.read(path, encoding).shape[1] == 2


def test_first_line_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "t.jsonl", '{"text": "a"}\n{"text": "café"}\n{"text": "thé"}\n', "cp1252")
    with pytest.raises(ValueError, match=r"first in line 2\)"):
        tables.read(path)


def test_latin_1_is_not_named_for_a_file_whose_bytes_would_become_control_characters(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not utf-8") as error:
        tables.read(write(tmp_path / "t.csv", "text,label\n10 €,x\n", "cp1252"))
    assert "latin-1" not in str(error.value)


@pytest.mark.parametrize("expected", ["utf-8", "latin-1", "cp1252"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_and_utf_32_are_named_even_if_they_would_decode(encoding: str, expected: str, tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "text,label\nfine,x\n", encoding)
    with pytest.raises(ValueError, match=f"not {expected}. Name that encoding: encoding={encoding}"):
        tables.read(path, expected)
    assert tables.read(path, encoding)["text"].to_list() == ["fine"]


@pytest.mark.parametrize("expected", ["latin-1", "utf-16", "ascii"])
def test_utf_8_with_a_byte_order_mark_is_named(expected: str, tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "text,label\nfine,x\n", "utf-8-sig")
    with pytest.raises(ValueError, match=f"t.csv is UTF-8, not {expected}. Name that encoding: encoding=utf-8."):
        tables.read(path, expected)


def test_utf_8_is_named_for_a_file_that_is_not_ascii(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "text,label\ncafé,x\n", "utf-8")
    with pytest.raises(ValueError, match=r"is not ascii .* It would decode as utf-8\."):
        tables.read(path, "ascii")
