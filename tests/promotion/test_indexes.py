"""Changing the documents of a promoted search model."""

import json

import numpy as np
import pytest
from indexed import PEOPLE, embed, ids, lines

from textlab.bundle_format.manifest import verify_manifest
from textlab.bundle_format.retrieval_task import INDEX
from textlab.promotion.catalog import Entry, read_catalog
from textlab.promotion.champion import roll_back
from textlab.promotion.indexes import add_to_index
from textlab.record import registry
from textlab.search import Document, Index
from textlab.search.postgres import PostgresIndex


def test_documents_are_added_under_a_new_number_and_only_they_are_encoded(command, promoted, tmp_path):
    models = promoted("adding", with_graph=True)
    new = lines(
        tmp_path / "new.jsonl",
        {"id": "dee", "title": "Dee", "text": "paints walls", "place": "Oslo", "years": 2, "unknown": 1},
        {"_id": "eve", "text": "bakes", "metadata": {"place": "Bonn"}},
    )
    code, output = command("index", "add", "--name", "adding", "--file", new)
    assert code == 0, output
    assert "models/adding/2 is the champion: 5 documents, 2 added." in output.replace("\n", "")
    assert "Switch it with --swap URL" in output
    assert ids(models / "adding" / "2") == ["ada", "qz", "cem", "dee", "eve"]
    assert ids(models / "adding" / "1") == ["ada", "qz", "cem"]
    verify_manifest(models / "adding" / "2")
    index = Index(models / "adding" / "2" / INDEX)
    np.testing.assert_allclose(index.vectors_of(["dee"]), embed(["paints walls"]), atol=1e-6)
    assert index.document("eve").fields == {"place": "Bonn"}
    graphs = [models / "adding" / number / "saved_model.pb" for number in "12"]
    assert graphs[0].stat().st_ino == graphs[1].stat().st_ino
    cards = [json.loads((models / "adding" / number / "assets.extra" / "card.json").read_text()) for number in "12"]
    assert "promoted" not in cards[0]
    assert cards[1]["promoted"]["index"] == {"added": 2, "from": 1}
    assert sorted(registry.taken_numbers("adding"))[-1] == 2
    roll_back("adding", models)
    assert read_catalog(models)["adding"].champion == 1


def test_documents_are_replaced_only_if_asked(command, promoted, tmp_path):
    models = promoted("replacing")
    file = lines(tmp_path / "new.jsonl", {"id": "ada", "text": "writes Rust"}, {"id": "eve", "text": "bakes"})
    code, output = command("index", "add", "--name", "replacing", "--file", file)
    assert code == 2
    assert "already holds ada. Nothing was changed; give --replace" in output.replace("\n", " ")
    assert command("index", "add", "--name", "replacing", "--file", file, "--replace")[0] == 0
    assert ids(models / "replacing" / "2") == ["qz", "cem", "ada", "eve"]
    assert Index(models / "replacing" / "2" / INDEX).document("ada").text == "writes Rust"


def test_index_is_described(command, promoted):
    promoted("described", with_graph=True)
    code, output = command("index", "info", "--name", "described")
    assert code == 0
    for part in (
        "3 documents",
        "vectors of 2 numbers (float32)",
        "Field place (word): ",
        "Field years (number): 3 to 8.",
    ):
        assert part in output
    facts = json.loads(command("index", "info", "--name", "described", "--json")[1])
    assert (facts["documents"], facts["dimension"], facts["terms"]) == (3, 2, False)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    pgserver = pytest.importorskip("pgserver", reason="needs pgserver, which carries PostgreSQL with pgvector")
    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    yield server.get_uri()
    server.cleanup()


def test_index_is_uploaded_to_postgresql(command, promoted, database):
    models = promoted("uploaded", with_graph=True)
    code, output = command("index", "upload", "--name", "uploaded", "--postgres", database)
    assert code == 0, output
    assert "The database holds 3 documents" in output
    copy, local = PostgresIndex(database, "uploaded"), Index(models / "uploaded" / "1" / INDEX)
    vector = embed(["runs Python servers"])[0]
    assert [hit.id for hit in copy.search("", vector, 3)] == [hit.id for hit in local.search("", vector, 3)]
    assert copy.document("qz") == PEOPLE[1]
    copy.close()


def test_removed_documents_stay_in_the_older_number(command, promoted, tmp_path):
    models = promoted("removing")
    (tmp_path / "ids.txt").write_text("qz\n\n")
    code, output = command(
        "index", "remove", "--name", "removing", "ada", "--file", str(tmp_path / "ids.txt"), "--json"
    )
    assert code == 0
    assert json.loads(output)["documents"] == 1
    assert ids(models / "removing" / "2") == ["cem"]
    assert ids(models / "removing" / "1") == ["ada", "qz", "cem"]


def test_bad_change_is_refused_and_nothing_changes(command, promoted):
    models = promoted("refusing")
    for arguments, message in (
        (("remove", "--name", "refusing", "nobody"), "The index holds no document 'nobody'."),
        (("remove", "--name", "refusing"), "No ids were given."),
        (("remove", "--name", "unknown", "ada"), "No model is promoted as 'unknown'"),
        (("info", "--name", "refusing", "--number", "7"), "has no number 7"),
        (("add", "--name", "refusing", "--file", "missing.jsonl"), "missing.jsonl cannot be used"),
    ):
        code, output = command("index", *arguments)
        assert code == 2
        assert message in output.replace("\n", " ")
    assert read_catalog(models)["refusing"] == Entry(1)
    assert [path.name for path in (models / "refusing").iterdir()] == ["1"]


def test_documents_are_checked_before_they_are_encoded(promoted, monkeypatch):
    models = promoted("checked")
    monkeypatch.setattr("textlab.promotion.indexes.encode", lambda *_: pytest.fail("encoded"))
    with pytest.raises(ValueError, match="'years' of document 'c' is not a finite number"):
        add_to_index("checked", models, [Document("b", "x"), Document("c", "y", "", {"years": "many"})])
    with pytest.raises(ValueError, match="holds b more than once"):
        add_to_index("checked", models, [Document("b", "x"), Document("b", "y")])
