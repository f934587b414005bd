"""Building an index, adding documents and removing them."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from textlab.search import (
    Document,
    FieldKind,
    Index,
    IndexSettings,
    SearchIndexError,
    add_documents,
    build_index,
    remove_documents,
    set_encoder,
)

FIELDS = {"place": FieldKind.WORD, "languages": FieldKind.WORDS, "years": FieldKind.NUMBER}
SECRET = "Zyxxquaddle"
SETTINGS = IndexSettings(8, terms=True, fields=FIELDS)


def documents(first, last):
    return [
        Document(
            f"d{row}", f"text number{row} about topic{row % 5}", f"Title {row}", {"place": f"p{row % 3}", "years": row}
        )
        for row in range(first, last)
    ]


def vectors(first, last):
    return np.random.default_rng(0).normal(size=(100, 8))[first:last]


@pytest.fixture
def built(tmp_path):
    build_index(tmp_path / "old", documents(0, 20), SETTINGS, vectors(0, 20), "e" * 64)
    return tmp_path / "old"


def answers(folder):
    """Return the ids and scores that an index finds for a few queries."""
    index = Index(folder)
    queries = np.random.default_rng(1).normal(size=(3, 8))
    hits = [index.search(f"topic{row} number7 zebra", query, 50) for row, query in enumerate(queries)]
    return [[(hit.id, hit.score) for hit in each] for each in hits]


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("vector_type", ["float16", "int8"])
def test_added_documents_are_found_as_if_they_had_always_been_there(tmp_path, vector_type):
    settings = IndexSettings(8, vector_type, terms=True, fields=FIELDS)
    build_index(tmp_path / "old", documents(0, 20), settings, vectors(0, 20))
    add_documents(tmp_path / "old", tmp_path / "new", documents(20, 30), vectors(20, 30))
    build_index(tmp_path / "whole", documents(0, 30), settings, vectors(0, 30))
    assert answers(tmp_path / "new") == answers(tmp_path / "whole")
    assert Index(tmp_path / "new").field_values("place") == Index(tmp_path / "whole").field_values("place")
    assert Index(tmp_path / "new").document("d25") == documents(25, 26)[0]
    assert Index(tmp_path / "old").count == 20


def test_removed_documents_are_gone_and_the_others_rank_as_if_these_had_never_been_there(built, tmp_path):
    remove_documents(built, tmp_path / "new", ["d3", "d19", "d0"])
    rows = [row for row in range(20) if row not in (0, 3, 19)]
    kept = [documents(row, row + 1)[0] for row in rows]
    build_index(tmp_path / "whole", kept, SETTINGS, vectors(0, 20)[rows], "e" * 64)
    assert answers(tmp_path / "new") == answers(tmp_path / "whole")
    assert list(Index(tmp_path / "new").ids()) == [document.id for document in kept]
    changed = {path for path, held in content(tmp_path / "new").items() if held != content(tmp_path / "whole")[path]}
    assert {path.name for path in changed} <= {"index.json", "documents.sqlite"}  # loss; the layout of SQLite


def test_nothing_of_a_removed_document_is_in_any_byte_of_the_new_index(built, tmp_path):
    person = Document(
        "secret-id", f"{SECRET}text", f"{SECRET}title", {"place": f"{SECRET}place", "languages": [SECRET]}
    )
    vector = np.random.default_rng(5).normal(size=(1, 8))
    add_documents(built, tmp_path / "with", [person], vector)
    held = [person.text, person.title, person.fields["place"], SECRET.casefold(), person.id]
    kept_vector = Index(tmp_path / "with").vectors_of([person.id]).astype(np.float16).tobytes()
    everything = b"".join(content(tmp_path / "with").values())
    assert all(text.encode() in everything for text in held)
    assert kept_vector in everything
    remove_documents(tmp_path / "with", tmp_path / "without", [person.id])
    everything = b"".join(content(tmp_path / "without").values())
    assert not [text for text in held if text.encode() in everything]
    assert SECRET.casefold().encode() not in everything.lower()
    assert kept_vector not in everything


def test_signs_come_and_go_with_the_documents(tmp_path, monkeypatch):
    monkeypatch.setattr("textlab.search.vectors.EXACT", 10)
    monkeypatch.setattr("textlab.search.vector_writing.EXACT", 10)
    build_index(tmp_path / "small", documents(0, 10), SETTINGS, vectors(0, 10))
    assert not (tmp_path / "small" / "signs.npy").exists()
    add_documents(tmp_path / "small", tmp_path / "large", documents(10, 20), vectors(10, 20))
    add_documents(tmp_path / "large", tmp_path / "larger", documents(20, 30), vectors(20, 30))
    remove_documents(tmp_path / "larger", tmp_path / "back", [f"d{row}" for row in range(20, 30)])
    signs = [np.load(tmp_path / name / "signs.npy") for name in ("large", "larger", "back")]
    assert (signs[1][:, :20] == signs[0]).all()
    assert (signs[2] == signs[0]).all()
    remove_documents(tmp_path / "back", tmp_path / "least", [f"d{row}" for row in range(10, 20)])
    assert answers(tmp_path / "least") == answers(tmp_path / "small")
    assert not (tmp_path / "least" / "signs.npy").exists()


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda old, new: add_documents(old, new, documents(5, 6), vectors(5, 6)), "The id 'd5' occurs twice."),
        (lambda old, new: remove_documents(old, new, ["d1", "x9"]), "The index holds no document 'x9'."),
        (lambda old, new: add_documents(old, new, documents(20, 21), np.ones((1, 9))), "the index has 8 dimensions"),
        (
            lambda old, new: add_documents(old, new, documents(20, 22), vectors(20, 21)),
            "fewer vectors than the 2",
        ),
        (
            lambda old, new: add_documents(old, new, documents(20, 21), vectors(20, 22)),
            "more vectors than the 1",
        ),
        (lambda old, new: add_documents(old, new, documents(20, 21)), "There are fewer vectors than the 1"),
        (lambda old, new: add_documents(old, new, documents(20, 21), np.full((1, 8), np.inf)), "is not finite"),
        (
            lambda old, new: add_documents(old, new, documents(20, 21), vectors(20, 21), "f" * 64),
            "The index holds vectors of the encoder eeeeeeeeeeee, not of ffffffffffff.",
        ),
        (
            lambda old, new: add_documents(old, new, [Document("x", "t", fields={"years": "3"})], vectors(0, 1)),
            "The field 'years' of document 'x' is not a finite number.",
        ),
        (
            lambda old, new: add_documents(old, new, [Document("x", "t", fields={"languages": "Go"})], vectors(0, 1)),
            "The field 'languages' of document 'x' is not a list of texts.",
        ),
        (
            lambda old, new: add_documents(old, new, [Document("x", "t", fields={"city": "B"})], vectors(0, 1)),
            "Document 'x' has the field 'city', which the index lacks.",
        ),
        (lambda old, new: add_documents(old, new, [Document("", "t")], vectors(0, 1)), "Document 21 has the id ''."),
        (lambda old, new: add_documents(old, old, [], vectors(0, 0)), "already exists"),
        (lambda old, new: add_documents(new, old, [], vectors(0, 0)), "holds no finished index"),
    ],
)
def test_bad_change_is_refused_and_leaves_nothing(built, tmp_path, act, message):
    before = content(built)
    with pytest.raises(SearchIndexError) as error:
        act(built, tmp_path / "new")
    assert message in str(error.value)
    assert content(built) == before
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_index_of_another_encoder_is_refused(built):
    assert Index(built, "e" * 64).encoder == "e" * 64
    with pytest.raises(SearchIndexError, match="Build an index with this encoder, or use the encoder of the index"):
        Index(built, "f" * 64)
    set_encoder(built, "f" * 64)
    assert Index(built, "f" * 64).count == 20


def damage_of(name, how):
    def damage(folder):
        path = folder / name
        if how == "missing":
            path.unlink()
        elif how == "cut":
            os.truncate(path, path.stat().st_size // 2)
        else:
            path.write_bytes(b"x" * path.stat().st_size)

    return damage


@pytest.mark.parametrize("how", ["missing", "cut", "scrambled"])
@pytest.mark.parametrize(
    "name", ["index.json", "vectors.npy", "documents.sqlite", "terms/lists/ends.npy", "fields/2/values.npy"]
)
def test_damaged_index_is_refused_in_two_sentences(built, name, how):
    damage_of(name, how)(built)
    with pytest.raises(SearchIndexError) as error:
        Index(built)
    assert str(built) in str(error.value)
    assert str(error.value).count(". ") >= 1


def test_half_a_surrogate_pair_and_odd_texts_are_kept_out_of_trouble(tmp_path):
    odd = ["", "\ud83d", "😀😀", "a\x00b", "x" * 10_000, "ﬁne ①"]
    build_index(tmp_path / "index", [Document(str(row), text) for row, text in enumerate(odd)], SETTINGS, vectors(0, 6))
    index = Index(tmp_path / "index")
    assert index.document("1").text == "?"
    assert index.document("3").text == "a\x00b"
    for text in odd:
        assert len(index.search(text, np.ones(8), 6)) == 6


def test_killed_build_leaves_no_index(tmp_path):
    code = (
        "import sys, time, numpy as np\n"
        "from pathlib import Path\n"
        "from textlab.search import Document, IndexSettings, add_documents\n"
        "def slow():\n"
        "    for row in range(10**6):\n"
        "        if row == 50: print('begun', flush=True)\n"
        "        if row > 50: time.sleep(0.01)\n"
        "        yield Document(f'new{row}', 'text')\n"
        "add_documents(Path(sys.argv[1]), Path(sys.argv[2]), slow(), np.ones((10**6, 8)))\n"
    )
    build_index(tmp_path / "old", documents(0, 20), SETTINGS, vectors(0, 20))
    before = content(tmp_path / "old")
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "old"), str(tmp_path / "new")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not (tmp_path / "new").exists()
    assert content(tmp_path / "old") == before
    (left,) = [path for path in tmp_path.iterdir() if path.name != "old"]
    assert left.name.endswith(".partial")
    with pytest.raises(SearchIndexError, match="holds no finished index"):
        Index(left)
    add_documents(tmp_path / "old", tmp_path / "new", documents(20, 21), vectors(20, 21))
    assert Index(tmp_path / "new").count == 21


def test_description_lists_every_file_with_its_size(built):
    description = json.loads((built / "index.json").read_text())
    files = {str(path): len(held) for path, held in content(built).items() if path.name != "index.json"}
    assert description["files"] == files
    assert description["loss"]["recall_10"] > 0.9
