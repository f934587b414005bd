"""Changing the documents of a promoted search model, and deleting them everywhere."""

import json
import shutil
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from mlflow import MlflowClient
from typer.testing import CliRunner

from textlab import record
from textlab.__main__ import app
from textlab.bundle_format.manifest import graph_digest, verify_manifest, write_manifest
from textlab.bundle_format.retrieval_task import INDEX
from textlab.bundle_format.signature import Signature, Tensor, write_signature
from textlab.data.github.collection import RESPONSES
from textlab.data.github.responses import Responses
from textlab.promotion.catalog import Entry, read_catalog, write_entry
from textlab.promotion.champion import roll_back
from textlab.promotion.document_files import read_documents, without_documents
from textlab.promotion.forgetting import forget
from textlab.promotion.indexes import add_to_index
from textlab.record import registry
from textlab.search import Document, FieldKind, Index, IndexSettings, build_index, set_encoder
from textlab.search.postgres import PostgresIndex

FIELDS = {"place": FieldKind.WORD, "years": FieldKind.NUMBER}
SETTINGS = IndexSettings(2, fields=FIELDS)
SECRET = "Quillon Zyxomma restores harpsichords and writes Fortran"
PEOPLE = [
    Document("ada", "writes C++ servers", "Ada", {"place": "Berlin", "years": 3}),
    Document("qz", SECRET, "Quillon the Great", {"place": "Zyxtown", "years": 8}),
    Document("cem", "runs Python servers", "Cem", {"place": "Rome"}),
]


def embed(texts):
    """What the tiny graph answers: a unit vector that turns with the length of the text."""
    angles = np.array([len(text) for text in texts]) / 10
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def write_graph(folder):
    import tensorflow as tf

    class Turning(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
        def serve(self, text):
            angles = tf.cast(tf.strings.length(text), tf.float32) / 10
            return {"embedding": tf.stack([tf.cos(angles), tf.sin(angles)], axis=1)}

    module = Turning()
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.serve})


@pytest.fixture(scope="session")
def graph(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graph") / "model"
    write_graph(folder)
    return folder


@pytest.fixture
def promoted(store, graph, tmp_path):
    """`promoted(name, with_graph)` makes number 1 of a model from a run that logged its bundle."""

    def make(name, with_graph=False):
        client = MlflowClient(record.tracking_uri())
        experiment = record.prepare_store("tiny")
        run_id = client.create_run(experiment, run_name=name, tags={"textlab.status": "done"}).info.run_id
        bundle = tmp_path / f"{name}-run" / "bundle"
        outputs = (Tensor("embedding", "float32", 2),) if with_graph else ()
        if with_graph:
            shutil.copytree(graph, bundle)
        (bundle / "assets.extra").mkdir(parents=True)
        write_signature(bundle, Signature("retrieval", (Tensor("text", "string"),), outputs))
        (bundle / "assets.extra" / "card.json").write_text(json.dumps({"model": "tiny", "run_id": run_id}))
        settings = IndexSettings(2 if with_graph else 0, "float32", terms=not with_graph, fields=FIELDS)
        vectors = embed([person.text for person in PEOPLE]) if with_graph else None
        build_index(bundle / INDEX, PEOPLE, settings, vectors)
        set_encoder(bundle / INDEX, graph_digest(bundle))
        write_manifest(bundle)
        client.log_artifact(run_id, str(bundle))
        client.set_terminated(run_id)
        models = tmp_path / "models"
        shutil.copytree(bundle, models / name / "1")
        shutil.rmtree(bundle.parent)
        registry.register(name, 1, models / name / "1", run_id, experiment)
        write_entry(models, name, Entry(1))
        return models

    return make


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Run a command on the models in tmp_path/models; return its exit code and output."""
    for module in ("indexing", "forgetting"):
        monkeypatch.setattr(f"textlab.commands.{module}.MODELS", tmp_path / "models")

    def run(*arguments):
        result = CliRunner().invoke(app, list(arguments))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return run


def ids(folder):
    return list(Index(folder / INDEX).ids())


def lines(path, *documents):
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))
    return str(path)


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


def files_holding(text, *folders):
    """Files with the text, in any case; the needle is searched in the bytes of every file."""
    return [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and text.lower().encode() in path.read_bytes().lower()
    ]


@pytest.fixture
def backups(promoted, tmp_path):
    """A folder with a BEIR folder, tables, a copy of a bundle and a bare index, all of which hold the secret."""
    models = promoted("forgetting")
    folder = tmp_path / "backups"
    (folder / "beir" / "qrels").mkdir(parents=True)
    lines(
        folder / "beir" / "corpus.jsonl",
        {"_id": "ada", "text": "writes C++ servers"},
        {"_id": "qz", "title": "Quillon the Great", "text": SECRET, "metadata": {"place": "Zyxtown"}},
    )
    (folder / "beir" / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tada\t2\nq1\tqz\t1\n")
    (folder / "users.csv").write_text(f'login,bio\r\nada,"writes, C++"\r\nqz,"{SECRET}, ""really"""\r\n', newline="")
    shutil.copytree(models / "forgetting" / "1", folder / "bundle")
    shutil.copytree(models / "forgetting" / "1" / INDEX, folder / "bare")
    return folder


def test_forgotten_person_is_in_no_byte_of_any_file(command, backups, store, tmp_path):
    models = tmp_path / "models"
    others = MlflowClient(record.tracking_uri())
    assert len(files_holding("zyxomma", models, backups)) >= 7
    assert files_holding("zyxomma", store)
    command("index", "remove", "--name", "forgetting", "ada")
    code, output = command("forget", "--name", "forgetting", "qz", "--folder", str(backups))
    assert code == 0, output
    assert "models/forgetting/3 is the champion now." in output.replace("\n", "")
    assert "A running service keeps its version. Switch it with --swap URL" in output
    assert [ids(models / "forgetting" / number) for number in "123"] == [["ada", "cem"], ["cem"], ["cem"]]
    folders = [tmp_path / "models" / "forgetting", backups, *registry.version_folders("forgetting").values()]
    run_id = json.loads((models / "forgetting" / "3" / "assets.extra" / "card.json").read_text())["run_id"]
    folders.append(record.artifact(run_id, "bundle"))
    for text in ("zyxomma", "zyxtown", "quillon", "harpsichord"):
        assert files_holding(text, *folders) == []
    assert (backups / "users.csv").read_bytes() == b'login,bio\r\nada,"writes, C++"\r\n'
    assert (backups / "beir" / "qrels" / "test.tsv").read_text() == "query-id\tcorpus-id\tscore\nq1\tada\t2\n"
    for folder in (*(models / "forgetting" / number for number in "123"), backups / "bundle", folders[-1]):
        verify_manifest(folder)
    assert Index(backups / "bare").count == 2
    assert others.get_model_version_by_alias("forgetting", "champion").tags["textlab.number"] == "3"
    code, output = command("forget", "--name", "forgetting", "qz", "--folder", str(backups))
    assert code == 2
    assert "Neither a copy of 'forgetting' nor a file in the folders holds any of these documents." in output


def test_answers_of_github_are_deleted_too(backups, tmp_path):
    path = backups / RESPONSES
    with closing(Responses(path, {})) as answers:
        for login in ("ada", "QZ"):
            answers.put(f"https://api.github.com/users/{login}", "", "", {"login": login, "bio": f"bio of {login}"})
    forgotten = forget("forgetting", tmp_path / "models", ["qz"], [backups])
    assert (path, "1 answer of GitHub") in forgotten.changed
    assert files_holding("bio of qz", backups) == []
    assert files_holding("bio of ada", backups) == [path]


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


def test_documents_are_checked_before_they_are_encoded(promoted, monkeypatch):
    models = promoted("checked")
    monkeypatch.setattr("textlab.promotion.indexes.encode", lambda *_: pytest.fail("encoded"))
    with pytest.raises(ValueError, match="'years' of document 'c' is not a finite number"):
        add_to_index("checked", models, [Document("b", "x"), Document("c", "y", "", {"years": "many"})])
    with pytest.raises(ValueError, match="holds b more than once"):
        add_to_index("checked", models, [Document("b", "x"), Document("b", "y")])


def test_file_that_still_holds_the_text_is_named(command, backups):
    (backups / "letter.txt").write_text(f"Dear all, {SECRET}.")
    again = next(path for path in backups.iterdir() if path.is_dir()) / ".."  # the same folder
    folders = ("--folder", str(backups), "--folder", str(again))
    code, output = command("forget", "--name", "forgetting", "qz", *folders, "--json")
    assert code == 1
    assert json.loads(output)["remaining"] == [str(backups / "letter.txt")]


def test_person_who_is_only_in_an_older_number_is_deleted_without_a_new_champion(promoted, command, tmp_path):
    models = promoted("older")
    command("index", "remove", "--name", "older", "qz")
    forgotten = forget("older", models, ["qz"])
    assert forgotten.champion is None
    assert (models / "older" / "1", "1 document") in forgotten.changed
    assert files_holding("zyxomma", models / "older") == []
    assert read_catalog(models)["older"] == Entry(2, (1,))


def test_missing_folder_is_refused_before_anything_changes(promoted, tmp_path):
    models = promoted("early")
    with pytest.raises(FileNotFoundError, match=r"is not a folder\. Nothing was changed; correct the path\."):
        forget("early", models, ["qz"], [tmp_path / "nowhere"])
    assert ids(models / "early" / "1") == ["ada", "qz", "cem"]


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
