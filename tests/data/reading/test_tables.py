"""Tables are read cell by cell as written; a broken row is an error that names its line."""

from pathlib import Path

import pytest

from textlab.data.reading import tables


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_rows_keep_their_line_even_after_a_text_of_two_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", 'text,label\n"one\ntwo",x\n\nthree,y\r\n')
    frame = tables.read(path)
    assert frame.index.to_list() == [2, 5]
    assert frame["text"].to_list() == ["one\ntwo", "three"]


def test_cells_stay_as_written(tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", "text\tlabel\nNA\t007\nsay \u2028 this\t1.0\n")
    assert tables.read(path).to_numpy().tolist() == [["NA", "007"], ["say \u2028 this", "1.0"]]


def test_byte_order_mark_is_not_part_of_the_first_column_name(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", b"\xef\xbb\xbftext,label\na,x\n")
    assert list(tables.read(path)) == ["text", "label"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "t.csv",
            "text,label\na,x\nb, and c,y\n",
            r"t.csv, line 3: 3 cells in place of the header's 2: text",
        ),
        ("t.csv", "text,label\na,x\nb\n", r"t.csv, line 3: 1 cell in place of the header's 2"),
        (
            "t.csv",
            'text,label\na,x\n"never closed,y\nc,x\n',
            r"t.csv, line 3: a quoted cell is never closed\. Check the quotes",
        ),
        ("t.csv", "text,text\na,x\n", r"line 1: two columns have the same name"),
        ("t.csv", "text,label\n", r"t.csv has no rows"),
        ("t.csv", "", r"t.csv has no rows"),
        (
            "t.csv",
            b"text,label\ncaf\xe9,x\n",
            r"t.csv is not utf-8 \(.*line 2\)\. It would decode as cp1252 or latin-1\. Save it as",
        ),
        ("t.jsonl", '{"text": "a"}\n{"text": \n', r"t.jsonl, line 2, character 9: Expecting value"),
        ("t.jsonl", '{"a": 1}\nx\n{"b": 2}\n[\n', r"t.jsonl, 2 rows, lines 2, 4: not valid JSON; the first has at"),
        ("t.jsonl", '{"a": 1}\n5\n"x"\n', r"t.jsonl, 2 rows, lines 2, 3 are not objects"),
        (
            "t.csv",
            "text,label\n" + "a\na,x\n" * 7 + "b,c,x\n",
            r"t.csv, 8 rows, first lines 2, 4, 6, 8, 10: 1 or 3 cells in place of the header's 2: text, label\.",
        ),
        ("t.jsonl", "[1, 2]\n", r"t.jsonl, line 1 is not an object"),
        ("t.parquet", "no parquet", r"t.parquet is not a readable Parquet file"),
        ("t.xlsx", "", r"ends in '.xlsx'\. textlab reads .csv, .tsv, .parquet, .jsonl"),
    ],
)
def test_broken_file_is_an_error_that_names_the_line(
    name: str, content: str | bytes, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        tables.read(write(tmp_path / name, content))


def test_other_encodings_are_read_if_named(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", b"text,label\ncaf\xe9,x\n")
    assert tables.read(path, "latin-1").loc[2, "text"] == "café"
    with pytest.raises(ValueError, match="unknown encoding: klingon"):
        tables.read(path, "klingon")


def test_lone_surrogates_are_replaced_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write(
        tmp_path / "t.jsonl",
        '{"text": "fine \\ud83d\\ude00", "label": 1}\n{"text": "secret \\ud800"}\n\n{"text": "\\udfff\\ud800"}\n',
    )
    frame = tables.read(path)
    assert frame["text"].to_list() == ["fine \U0001f600", "secret \ufffd", "\ufffd\ufffd"]
    assert frame["label"].to_list() == [1, None, None]
    assert caplog.messages == [
        f"{path}: 2 cell(s) of the column 'text' had lone surrogates, which are now U+FFFD; the first is in line 2."
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_byte_order_mark_of_another_encoding_is_recognised(encoding: str, tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "text,label\na,x\n".encode(encoding))
    with pytest.raises(
        ValueError, match=rf"t.csv is {encoding.upper()}, not utf-8\. Name that encoding: encoding={encoding}\."
    ) as error:
        tables.read(path)
    assert "latin-1" not in str(error.value)
    assert tables.read(path, encoding)["text"].to_list() == ["a"]


def test_quotes_are_plain_text_in_a_tsv_file_that_is_not_quoted(tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", 'text\tlabel\n"Great" he said\tx\n"not\ty\n\nclosed"\tx\n"whole"\ty\n')
    frame = tables.read(path)
    assert frame["text"].to_list() == ['"Great" he said', '"not', 'closed"', '"whole"']
    assert frame.index.to_list() == [2, 3, 5, 6]


def test_quotes_enclose_cells_in_a_tsv_file_that_is_quoted(tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", '"text"\t"label"\n"say ""hi"""\tx\n"tab\there"\ty\n"two\nlines"\tx\n')
    assert tables.read(path)["text"].to_list() == ['say "hi"', "tab\there", "two\nlines"]


def test_missing_quote_in_a_quoted_tsv_file_is_an_error_that_names_the_line(tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", 'text\tlabel\n"tab\there"\tx\n"never closed\ty\n')
    with pytest.raises(ValueError, match=r"t.tsv, line 3: a quoted cell is never closed\. Check the quotes"):
        tables.read(path)
