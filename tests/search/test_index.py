"""Searching an index by vectors, by terms, and by both."""

import threading

import numpy as np
import pytest

from textlab.search import (
    Document,
    FieldKind,
    Index,
    IndexSettings,
    SearchIndexError,
    build_index,
    fused,
    parse_filters,
)
from textlab.search import vectors as stored_vectors
from textlab.search.ranking import best_positions

FIELDS = {"place": FieldKind.WORD, "languages": FieldKind.WORDS, "years": FieldKind.NUMBER}
PEOPLE = [
    Document("ada", "writes C++ and node.js servers", "Ada", {"place": "Berlin", "languages": ["C++"], "years": 3}),
    Document("ben", "uses .NET and C# daily", "Ben", {"place": "Paris", "languages": ["C#", "Go"], "years": 7.5}),
    Document("cem", "runs Python servers", "Cem", {"place": "BERLIN", "languages": ["Python", "Go"], "years": 9}),
    Document("dee", "paints walls", "Dee"),
]


def random_vectors(count, dimension=12, seed=0):
    return np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people") / "index"
    build_index(folder, PEOPLE, IndexSettings(4, terms=True, fields=FIELDS), np.eye(4))
    return Index(folder)


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words") / "index"
    build_index(folder, PEOPLE, IndexSettings(0, terms=True, fields=FIELDS))
    return Index(folder)


def ids(hits):
    return [hit.id for hit in hits]


def passing(index, document):
    return parse_filters(document, index.settings.fields)


@pytest.mark.parametrize("vector_type", ["float32", "float16", "int8"])
def test_vectors_find_the_highest_cosines(tmp_path, vector_type):
    vectors, queries = random_vectors(300), random_vectors(5, seed=1)
    documents = [Document(f"d{row}", "text") for row in range(300)]
    build_index(
        tmp_path / "index", documents, IndexSettings(12, vector_type=vector_type), iter([vectors[:7], vectors[7:]])
    )
    index = Index(tmp_path / "index")
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for query, ranked in zip(queries, index.rank([""] * 5, queries, 10), strict=True):
        cosines = unit @ query / np.linalg.norm(query)
        hits = index.search("", query, 10)
        assert [hit.position for hit in hits] == [hit.position for hit in ranked]
        tolerance = {"float32": 1e-6, "float16": 1e-3, "int8": 0.02}[vector_type]
        np.testing.assert_allclose([hit.score for hit in hits], np.sort(cosines)[::-1][:10], atol=tolerance)
    assert index.loss["largest_error"] <= tolerance
    assert index.loss["documents"] == 300


def test_first_pass_finds_what_the_exact_search_finds(tmp_path, monkeypatch):
    for name, value in {"EXACT": 500, "CANDIDATES": 300}.items():
        monkeypatch.setattr(stored_vectors, name, value)
        monkeypatch.setattr(f"textlab.search.vector_writing.{name}", value, raising=False)
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(20, 64))
    vectors = centres[rng.integers(0, 20, 3000)] + 0.7 * rng.normal(size=(3000, 64))
    numbers = [Document(f"d{row}", "text", fields={"years": row}) for row in range(3000)]
    settings = IndexSettings(64, fields={"years": FieldKind.NUMBER})
    build_index(tmp_path / "index", numbers, settings, vectors)
    index = Index(tmp_path / "index")
    assert (tmp_path / "index" / "signs.npy").exists()
    assert index.loss["first_pass_recall_10"] > 0.95
    queries = vectors[:40] + 0.3 * rng.normal(size=(40, 64))
    for low in (0, 1500, 2720, 2990):
        chosen = parse_filters({"years": {"min": low}}, settings.fields)
        exact = index.rank([""] * 40, queries, 10, [chosen] * 40)
        found = [index.search("", query, 10, chosen) for query in queries]
        recall = np.mean([len({*ids(one)} & {*ids(other)}) / len(one) for one, other in zip(exact, found, strict=True)])
        assert recall > 0.97
        assert all(hit.position >= low for hits in found for hit in hits)
        assert {len(hits) for hits in found} == {10}


def test_few_documents_that_pass_a_filter_are_all_found(people):
    hits = people.search("", np.ones(4), 10, passing(people, {"place": "berlin", "years": {"min": 4}}))
    assert ids(hits) == ["cem"]
    assert people.search("", np.ones(4), 10, passing(people, {"place": "Rome"})) == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"place": "berlin"}, {"ada", "cem"}),
        ({"place": ["Paris", "Rome"]}, {"ben"}),
        ({"languages": ["go", "Python"]}, {"cem"}),
        ({"languages": {"any": ["C#", "Python"]}}, {"ben", "cem"}),
        ({"languages": {"all": ["Go"], "any": ["C#"]}}, {"ben"}),
        ({"years": {"min": 7.5}}, {"ben", "cem"}),
        ({"years": {"min": 3, "max": 7.5}}, {"ada", "ben"}),
        ({"place": "\ud800"}, set()),
        ({}, {"ada", "ben", "cem", "dee"}),
    ],
)
def test_filters_keep_the_documents_that_meet_them(people, filters, expected):
    hits = people.search("", np.ones(4), 10, passing(people, filters))
    assert {*ids(hits)} == expected
    (ranked,) = people.rank([""], np.ones((1, 4)), 10, [passing(people, filters)])
    assert ids(ranked) == ids(hits)


def test_terms_find_stems_and_names_of_technologies(words):
    assert ids(words.search("running a server", None, 10)) == ["cem", "ada"]
    assert ids(words.search("C++", None, 10)) == ["ada"]
    assert ids(words.search("c#", None, 10)) == ["ben"]
    assert ids(words.search(".net", None, 10)) == ["ben"]
    assert ids(words.search("Node.js", None, 10)) == ids(words.search("node", None, 10)) == ["ada"]
    assert words.search("zebra 😀", None, 10) == words.search("", None, 10) == []
    assert words.rank(["c#", "zebra"], None, 1) == [words.search("c#", None, 1), []]


def test_scores_of_terms_equal_those_of_bm25s(tmp_path):
    import bm25s

    from textlab.search.tokens import Tokenizer

    rng = np.random.default_rng(0)
    texts = [" ".join(f"w{word}" for word in rng.zipf(1.5, rng.integers(1, 40)) % 200) for _ in range(300)]
    build_index(
        tmp_path / "index", [Document(str(row), text) for row, text in enumerate(texts)], IndexSettings(0, terms=True)
    )
    tokenizer = Tokenizer("english")
    peer = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    peer.index([tokenizer.terms(text) for text in texts], show_progress=False)
    index = Index(tmp_path / "index")
    for query in ("w1 w3 w77", "w5 w5 w190", "w2"):
        expected = peer.get_scores(tokenizer.terms(query))
        hits = index.search(query, None, 300)
        np.testing.assert_allclose([hit.score for hit in hits], expected[[hit.position for hit in hits]], rtol=1e-5)
        assert len(hits) == np.count_nonzero(expected)


def test_fusion_follows_its_formula():
    positions, scores = fused(np.array([5, 2]), np.array([2, 9]), 10, constant=60)
    assert positions.tolist() == [2, 5, 9]
    np.testing.assert_allclose(scores, [0.5 / 62 + 0.5 / 61, 0.5 / 61, 0.5 / 62])
    assert fused(np.array([5, 2]), np.array([2, 9]), 10, term_weight=0)[0].tolist() == [5, 2]
    assert fused(np.array([5, 2]), np.array([2, 9]), 10, term_weight=1)[0].tolist() == [2, 9]
    nothing = np.empty(0, np.int64)
    assert fused(nothing, nothing, 10)[0].tolist() == []


def test_best_positions_are_exact_and_ties_go_by_position():
    scores = np.random.default_rng(0).integers(0, 50, 20_000).astype(np.float32)
    expected = np.lexsort((np.arange(20_000), -scores))
    for count in (1, 10, 1000):
        assert best_positions(scores, count).tolist() == expected[:count].tolist()
    scores[:] = -np.inf
    scores[7] = 1
    assert best_positions(scores, 10).tolist() == [7]


def test_index_tells_its_documents_and_the_values_of_fields(people):
    assert people.document("ben") == PEOPLE[1]
    assert list(people.ids()) == ["ada", "ben", "cem", "dee"]
    assert people.field_values("place")[0] in {"Berlin", "BERLIN"}
    assert people.field_values("languages", 1) == ["Go"]
    assert people.number_range("years") == (3.0, 9.0)
    np.testing.assert_array_equal(people.vectors_of(["cem"]), [[0, 0, 1, 0]])


def test_threads_share_an_index(people):
    expected, found = people.search("python servers", np.ones(4), 3), []

    def search():
        found.extend(people.search("python servers", np.ones(4), 3) == expected for _ in range(30))

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 120


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda index: index.search("x", np.ones(4), 0), "k is 0. Ask for at least 1 document."),
        (
            lambda index: index.search("x", np.ones(3), 1),
            "the shape (1, 3); the index has 4 dimensions.",
        ),
        (lambda index: index.search("x", None, 1), "Give the vector of each query"),
        (lambda index: index.search("x", np.full(4, np.nan), 1), "holds a number that is not finite"),
        (lambda index: index.document("eve"), "The index holds no document 'eve'. Check the ids"),
        (lambda index: index.vectors_of(["eve", "fay"]), "The index holds no document 'eve' and 1 more."),
        (lambda index: index.field_values("years"), "The index has no field of words 'years'."),
        (lambda index: index.number_range("place"), "The index has no field of numbers 'place'."),
    ],
)
def test_bad_questions_are_refused(people, act, message):
    with pytest.raises(SearchIndexError) as error:
        act(people)
    assert message in str(error.value)


def test_empty_index_finds_nothing(tmp_path):
    build_index(tmp_path / "index", [], IndexSettings(4, terms=True, fields=FIELDS), np.empty((0, 4)))
    index = Index(tmp_path / "index")
    assert index.search("x", np.ones(4), 5) == []
    assert index.rank(["x"], np.ones((1, 4)), 5) == [[]]
    assert index.field_values("place") == []


@pytest.mark.parametrize("document", [{}, {"fields": []}, {"fields": {"x": "y"}}, {"fields": {}, "dimension": "x"}])
def test_damaged_settings_are_refused(document):
    with pytest.raises(SearchIndexError, match="damaged or of another version"):
        IndexSettings.from_document(document)
