"""Cells that were probably not read as meant are warned about: joined rows, control characters, broken UTF-8."""

from pathlib import Path

import pytest

from textlab.concerns import Concern, ConcernKind
from textlab.data.reading import tables

ROWS = [f"tweet {number},{'pos' if number % 2 else 'neg'}" for number in range(40)]


def write(path: Path, lines: list[str], encoding: str = "utf-8") -> Path:
    path.write_bytes("\n".join([*lines, ""]).encode(encoding))
    return path


def with_quote(first: int, last: int) -> list[str]:
    """A table whose quote opens in one row and closes at the text's end in a later one."""
    rows = list(ROWS)
    rows[first] = f'"{rows[first]}'
    text, _, label = rows[last].rpartition(",")
    rows[last] = f'{text}",{label}'
    return ["text,label", *rows]


def found(path: Path, encoding: str = "utf-8") -> list[Concern]:
    return tables.concerns(tables.read(path, encoding), path, encoding)


def test_quote_that_is_closed_twenty_rows_later_is_a_serious_concern(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (concern,) = found(write(tmp_path / "t.csv", with_quote(9, 29)))
    assert concern.kind is ConcernKind.UNUSUAL_TEXT
    assert concern.is_serious
    assert concern.finding == (
        "One cell of the column 'text' begins in line 11 and spans 21 lines, and 20 of them look like rows of their "
        "own."
    )
    assert caplog.messages == [f"{tmp_path / 't.csv'}: {concern.text}"]


@pytest.mark.parametrize("last", [10, 11])
def test_quote_that_is_closed_soon_is_found_by_the_labels_inside(last: int, tmp_path: Path) -> None:
    (concern,) = found(write(tmp_path / "t.csv", with_quote(9, last)))
    assert f"spans {last - 8} lines, and {last - 9} of them" in concern.finding


def test_joined_rows_are_found_if_the_label_comes_first(tmp_path: Path) -> None:
    rows = [f"{'pos' if number % 2 else 'neg'};tweet {number}" for number in range(40)]
    rows[5], rows[9] = 'pos;"tweet 5', 'pos;tweet 9"'
    (concern,) = found(write(tmp_path / "t.csv", ["label;text", *rows]))
    assert "begins in line 7 and spans 5 lines, and 4 of them" in concern.finding


def test_texts_of_several_lines_are_no_concern(tmp_path: Path) -> None:
    texts = ['"Dear crew,\nthanks, all\nof you",pos', '"one,\ntwo",neg', '"a, b\nc, d\ne, f\ng, h",neg']
    assert found(write(tmp_path / "t.csv", ["text,label", *ROWS, *texts])) == []


def test_text_of_many_lines_is_a_slight_concern(tmp_path: Path) -> None:
    poem = "\n".join(f"verse {number}" for number in range(30))
    (concern,) = found(write(tmp_path / "t.csv", ["text,label", f'"{poem}",pos', *ROWS]))
    assert not concern.is_serious
    assert concern.finding == "1 cell(s) span more than 20 lines; the longest begins in line 2 and spans 30 lines."


def test_lines_in_json_are_no_concern(tmp_path: Path) -> None:
    assert found(write(tmp_path / "t.jsonl", ['{"text": "' + "a,pos\\n" * 30 + '", "label": "pos"}'])) == []


def test_joined_rows_are_logged_while_a_file_is_scored(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write(tmp_path / "t.csv", with_quote(9, 29))
    assert len(list(tables.rows(path))) == 21
    assert caplog.messages == [f"{path}, line 11: one cell spans 21 lines. Check the quotes if no text is that long."]


def test_ordinary_rows_are_not_logged_while_a_file_is_scored(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    list(tables.rows(write(tmp_path / "t.csv", ["text,label", *ROWS, '"Dear crew,\nthanks\nall\nof you\nbye",pos'])))
    list(tables.rows(write(tmp_path / "one.csv", ["text", '"one\ntwo\nthree\nfour\nfive\nsix"'])))
    assert caplog.messages == []


def test_cp1252_read_as_latin_1_is_a_concern_that_names_cp1252(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", ["text,label", "10 €,x", "fine,y", "it’s,x"], "cp1252")
    (concern,) = found(path, "latin-1")
    assert concern.finding == (
        "The column 'text' contains control characters (U+0080 to U+009F) in 2 rows, lines 2, 4."
    )
    assert "encoding=cp1252" in concern.advice
    assert concern.is_serious
    assert found(path, "cp1252") == []


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
@pytest.mark.parametrize("text", ["café", "I ♥ it’s", "😀 ok", "спасибо", "“so”", "Ärger", "â la crème – ça"])
def test_utf_8_read_in_another_encoding_is_a_concern(text: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    broken = text.encode().decode(encoding, errors="replace")
    write(path, ['{"text": "fine"}', f'{{"text": "{broken}"}}'])
    concerns = found(path)
    assert any("UTF-8 that was read in another encoding" in concern.finding for concern in concerns)
    assert all("line 2" in concern.finding for concern in concerns)


@pytest.mark.parametrize(
    "text", ["café”—", "Spaß“", "MANHÃ boa", "naïve", "£5 – “so”", "São Paulo ©", "â", "ÐÑ", "tab\\tand\\nline", "Â"]
)
def test_unusual_but_sound_texts_are_no_concern(text: str, tmp_path: Path) -> None:
    assert found(write(tmp_path / "t.jsonl", [f'{{"text": "{text}"}}'])) == []


def test_few_control_characters_are_a_slight_concern(tmp_path: Path) -> None:
    (concern,) = found(write(tmp_path / "t.csv", ["text,label", *ROWS, "\x07bell,pos"]))
    assert "(below U+0020, or U+007F) in line 42" in concern.finding
    assert not concern.is_serious
