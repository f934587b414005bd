"""Files of documents: what is read from them, and what is removed."""

from dataclasses import replace

import pytest
from indexed import SETTINGS, lines

from textlab.promotion.document_files import read_documents, without_documents
from textlab.search import Document


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "x"}', r"line 1 has no id or no text\."),
        ('{"id": "x", "text": " "}', r"line 1 has no id or no text\."),
        ('{"id": 3, "text": "y"}', r"line 1 has no id or no text\."),
        ('{"id": "x", ', "line 1, character"),
        ('"x"', "line 1 is not an object"),
    ],
)
def test_bad_line_of_new_documents_is_named(tmp_path, line, message):
    (tmp_path / "new.jsonl").write_text(line + "\n")
    with pytest.raises(ValueError, match=message):
        read_documents(tmp_path / "new.jsonl", SETTINGS)


def test_a_document_may_lack_what_another_has(tmp_path):
    lines(
        tmp_path / "new.jsonl", {"id": "a", "text": "x", "title": "A", "place": "Oslo"}, {"id": "b", "text": "y \ud800"}
    )
    read = read_documents(tmp_path / "new.jsonl", SETTINGS)
    assert read == [Document("a", "x", "A", {"place": "Oslo"}), Document("b", "y ?")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "\\ud800", "text": "x"}', "line 1: the id holds half of a surrogate pair"),
        ('{"id": "a", "text": "x", "metadata": ' + "[" * 100_000 + "]" * 100_000 + "}", "line 1 is nested too deeply"),
    ],
    ids=["surrogate", "nesting"],
)
def test_an_odd_line_is_named(tmp_path, line, message):
    (tmp_path / "new.jsonl").write_text(line)
    with pytest.raises(ValueError, match=message):
        read_documents(tmp_path / "new.jsonl", SETTINGS)


def test_the_title_of_a_new_document_is_searched_if_the_index_has_titles_in_its_texts(tmp_path):
    lines(tmp_path / "new.jsonl", {"id": "a", "text": "draws coasts", "title": "Maps"}, {"id": "b", "text": "sings"})
    read = read_documents(tmp_path / "new.jsonl", replace(SETTINGS, titles_in_text=True))
    assert read == [Document("a", "Maps draws coasts", "Maps"), Document("b", "sings")]


def test_other_lines_of_a_file_stay_as_they_are(tmp_path):
    path = tmp_path / "profiles.jsonl"
    kept = '{"id": "ada",  "text": "ünïcode \\u00e9", "n": 1.0}\n\nnot JSON qz\n[1, 2]\n{"id": "x", "text": "qz"}\n'
    path.write_text('{"id": "qz", "text": "t"}\n' + kept)
    assert without_documents(path, ["qz"]) == 1
    assert path.read_text() == kept
    before = path.stat().st_mtime_ns
    assert without_documents(path, ["qz"]) == 0
    assert path.stat().st_mtime_ns == before


def test_header_of_a_table_stays_even_if_a_document_is_called_like_a_column(tmp_path):
    path = tmp_path / "users.csv"
    path.write_text("login,bio\nlogin,one\nada,two\n")
    assert without_documents(path, ["login"]) == 1
    assert path.read_text() == "login,bio\nada,two\n"
