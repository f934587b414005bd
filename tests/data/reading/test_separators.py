"""The separator of a table is recognised by its header and its rows, or named by an option."""

from pathlib import Path

import pytest

from textlab.data.reading import separators, tables

SEMICOLONS = "text;label\nlate again, merci;neg\non time, merci;pos\n"


def write(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("separator", "name", "shown"),
    [(";", "semicolon", "semicolon (;)"), ("\t", "tab", "tab"), ("|", "pipe", "pipe (|)")],
)
def test_another_separator_in_a_csv_file_is_recognised_and_logged(
    separator: str, name: str, shown: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path / "t.csv", SEMICOLONS.replace(";", separator))
    table = tables.read(path)
    assert table.to_numpy().tolist() == [["late again, merci", "neg"], ["on time, merci", "pos"]]
    (message,) = caplog.messages
    assert message == f"{path} is read with the separator {shown}. To name it: separator={name}."


def test_rows_for_scoring_are_recognised_too(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", SEMICOLONS)
    assert next(tables.rows(path))[1] == ["text", "label"]


def test_named_separator_is_used_and_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write(tmp_path / "t.csv", SEMICOLONS)
    for separator in (";", "semicolon", "Semicolon"):
        assert list(tables.read(path, separator=separator)) == ["text", "label"]
    assert caplog.messages == []


@pytest.mark.parametrize("separator", ["", "xx", '"', "\n", "a", "semikolon"])
def test_separator_that_cannot_separate_is_an_error(separator: str) -> None:
    with pytest.raises(ValueError, match="Give one character, or one of comma, semicolon, tab, pipe"):
        separators.parse(separator)


def test_first_line_of_excel_states_the_separator(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "sep=;\r\ntext;label\r\na, b;x\r\n")
    table = tables.read(path)
    assert list(table) == ["text", "label"]
    assert table.index.to_list() == [3]


@pytest.mark.parametrize(
    "content",
    [
        "text,label\na; b; c,x\nd; e; f,y\n",  # as many semicolons in every row
        "text,label\nb, and c,x\nd, e,y\n",  # unquoted commas in every text
        "text;label,class\na;b,c\nd,e\n",  # a semicolon in the header, but not in each row
        "text\nwell; fine\nso; so\n",  # one column
        "the text; in full\nwell\nfine\n",
        "",
    ],
)
def test_usual_separator_stays_where_no_other_fits_better(content: str, tmp_path: Path) -> None:
    assert separators.recognise(write(tmp_path / "t.csv", content), "utf-8") == ","


def test_separator_is_recognised_in_spite_of_some_broken_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", SEMICOLONS + "fine; really;pos\n")
    with pytest.raises(ValueError, match=r"t.csv, line 4: 3 cells in place of the header's 2: text, label"):
        tables.read(path)


def test_separator_is_recognised_in_every_encoding(tmp_path: Path) -> None:
    for encoding in ("cp1252", "utf-16"):
        path = write(tmp_path / f"{encoding}.csv", "text;label\nun café, s'il vous plaît;x\n", encoding)
        assert tables.read(path, encoding).loc[2, "text"] == "un café, s'il vous plaît"
