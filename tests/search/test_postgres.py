"""An index in a real PostgreSQL with pgvector."""

import numpy as np
import pytest

from textlab.search import Document, FieldKind, IndexSettings, SearchIndexError, parse_filters, postgres_writing
from textlab.search.postgres import PostgresIndex
from textlab.search.postgres_writing import upload

pgserver = pytest.importorskip("pgserver", reason="needs pgserver, which carries PostgreSQL with pgvector")
FIELDS = {"place": FieldKind.WORD, "languages": FieldKind.WORDS, "years": FieldKind.NUMBER}
SETTINGS = IndexSettings(4, fields=FIELDS)
PEOPLE = [
    Document("a", "builds compilers", "Ada", {"place": "Berlin", "languages": ["Rust", "C++"], "years": 9}),
    Document("b", "draws maps", "Ben", {"place": "São Paulo", "languages": ["Python"], "years": 3}),
    Document("c", "draws 'quoted'; maps\x00", "Cy", {"place": "berlin", "languages": ["Python", "Rust"]}),
]
VECTORS = np.eye(4, dtype=np.float32)[:3]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def index(address):
    upload(address, "people", SETTINGS, "digest", zip(PEOPLE, VECTORS, strict=True))
    index = PostgresIndex(address, "people")
    yield index
    index.close()


def found(index, vector, k=10, filters=None):
    return [hit.id for hit in index.search("", np.array(vector), k, parse_filters(filters, FIELDS))]


def test_the_nearest_documents_come_first_with_their_cosines(index):
    hits = index.search("", np.array([0.6, 0.8, 0, 0]), 2)
    assert [hit.id for hit in hits] == ["b", "a"]
    assert [hit.score for hit in hits] == pytest.approx([0.8, 0.6])


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"place": "BERLIN"}, {"a", "c"}),
        ({"place": ["são paulo", "Paris"]}, {"b"}),
        ({"languages": ["python", "rust"]}, {"c"}),
        ({"languages": {"any": ["Python", "C++"]}}, {"a", "b", "c"}),
        ({"years": {"min": 4}}, {"a"}),
        ({"years": {"max": 4}, "languages": ["Python"]}, {"b"}),
        ({"place": "x' OR true --"}, set()),
        ({"place": "\x00\ud800"}, set()),
    ],
)
def test_every_condition_of_a_filter_holds(index, filters, ids):
    assert set(found(index, [1, 1, 1, 0], filters=filters)) == ids


def test_documents_come_back_as_they_were_uploaded(index):
    assert index.document("a") == PEOPLE[0]
    assert index.document("c").text == "draws 'quoted'; maps "
    assert index.count == 3
    assert index.field_values("languages") == ["Python", "Rust", "C++"]


def test_fields_that_json_in_the_database_cannot_hold_are_stored_without_the_characters(index):
    odd = Document("odd", "text", fields={"place": "x\x00y", "languages": ["a\ud800", "\\u0000"]})
    index.add([odd], np.eye(4)[3:])
    assert index.document("odd").fields == {"place": "x y", "languages": ["a?", "\\u0000"]}
    assert found(index, [0, 0, 0, 1], filters={"place": "X\x00Y"}) == ["odd"]


@pytest.mark.parametrize("address", ["postgresql//u:secret@host/x", "postgresql://u:secret@[host/x"])
def test_the_error_of_an_invalid_address_does_not_show_its_password(address):
    with pytest.raises(SearchIndexError, match="the address") as caught:
        PostgresIndex(address, "people")
    assert "secret" not in str(caught.value)


def test_documents_are_added_and_removed_whole_or_not_at_all(index):
    index.add([Document("d", "paints")], np.eye(4)[3:])
    assert found(index, [0, 0, 0, 1], k=1) == ["d"]
    with pytest.raises(SearchIndexError, match="in the index already"):
        index.add([Document("e", "sings"), Document("a", "again")], np.eye(4)[:2])
    assert index.count == 4
    with pytest.raises(SearchIndexError, match="1 of 2 ids are not in the index"):
        index.remove(["a", "nobody"])
    assert index.count == 4
    index.remove(["a", "d"])
    assert set(found(index, [1, 1, 1, 1])) == {"b", "c"}


def test_an_upload_that_fails_leaves_the_earlier_index(address, index):
    def breaking():
        yield PEOPLE[1], VECTORS[1]
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        upload(address, "people", SETTINGS, "other", breaking())
    assert PostgresIndex(address, "people").encoder == "digest"
    assert index.count == 3


def test_a_large_index_has_a_graph_and_a_filter_does_not_lower_its_recall(address, monkeypatch):
    monkeypatch.setattr(postgres_writing, "GRAPH_FROM", 2000)
    random = np.random.default_rng(0)
    vectors = random.normal(size=(2500, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    people = (Document(str(row), "", fields={"years": row % 50}) for row in range(len(vectors)))
    upload(address, "many", SETTINGS, "", zip(people, vectors, strict=True))
    index = PostgresIndex(address, "many")
    query = vectors[7]
    rare = [row for row in range(len(vectors)) if row % 50 == 23]
    expected = sorted(rare, key=lambda row: -float(vectors[row] @ query))[:10]
    assert found(index, query, filters={"years": {"min": 23, "max": 23}}) == [str(row) for row in expected]
    best = {str(row) for row in np.argsort(-(vectors @ query))[:10]}
    assert len(best & set(found(index, query))) >= 9


@pytest.mark.parametrize("vector", [None, np.ones(3), np.ones((1, 4))])
def test_a_vector_that_does_not_suit_is_refused(index, vector):
    with pytest.raises(SearchIndexError, match="needs a vector of 4 numbers"):
        index.search("", vector, 3)


def test_unknown_indexes_names_encoders_and_ids_are_refused(address, index):
    with pytest.raises(SearchIndexError, match="holds no index 'nobody'"):
        PostgresIndex(address, "nobody")
    with pytest.raises(SearchIndexError, match="another encoder"):
        PostgresIndex(address, "people", encoder="changed")
    with pytest.raises(SearchIndexError, match="not a valid name"):
        upload(address, 'x"; DROP TABLE y', SETTINGS, "", [])
    with pytest.raises(SearchIndexError, match="no document 'zz'"):
        index.document("zz")


def test_a_database_that_is_not_there_is_named_in_one_sentence():
    with pytest.raises(SearchIndexError, match="Check its address"):
        PostgresIndex("postgresql://nobody@127.0.0.1:1/none", "people")


def test_an_index_of_terms_alone_cannot_be_uploaded(address):
    with pytest.raises(SearchIndexError, match="ranks by vectors"):
        upload(address, "terms", IndexSettings(0, terms=True), "", [])
