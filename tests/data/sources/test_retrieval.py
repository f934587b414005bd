"""A folder in BEIR's layout becomes a dataset; what cannot be used is dropped with its line, or is a clear error."""

import json
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

import textlab.data
from textlab import paths
from textlab.data import RetrievalDataset
from textlab.data.sources.retrieval import load
from textlab.sealing import Keys, SealError
from textlab.sealing.key_files import new_key
from textlab.sealing.purposes import FEEDBACK
from textlab.sealing.rewriting import seal_file

Write = Callable[..., Path]
CORPUS = [{"_id": f"d{n}", "title": f"Title {n}", "text": f"text {n}"} for n in range(6)]
QUERIES = [{"_id": f"q{n}", "text": f"query {n}"} for n in range(12)]
QRELS = {"train": [("q0", "d0", 1), ("q1", "d1", 2)], "dev": [("q2", "d2", 1)], "test": [("q3", "d3", 1)]}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a folder and return its path. None leaves a file out; a string is a file's content."""

    def lines(content: Iterable[Any] | str) -> str:
        return content if isinstance(content, str) else "".join(f"{json.dumps(each)}\n" for each in content)

    def make(corpus: Any = CORPUS, queries: Any = QUERIES, qrels: dict[str, Any] | None = QRELS, **others: str) -> Path:
        folder = tmp_path / "mine"
        (folder / "qrels").mkdir(parents=True, exist_ok=True)
        for name, content in (("corpus.jsonl", corpus), ("queries.jsonl", queries)):
            if content is not None:
                (folder / name).write_text(lines(content), encoding="utf-8")
        for name, rows in (qrels or {}).items():
            header = "query-id\tcorpus-id\tscore\n"
            body = rows if isinstance(rows, str) else header + "".join("\t".join(map(str, row)) + "\n" for row in rows)
            (folder / "qrels" / f"{name}.tsv").write_text(body)
        for name, content in others.items():
            (folder / name.replace("_", ".")).write_text(content, encoding="utf-8")
        return folder

    return make


def ids(dataset: RetrievalDataset) -> dict[str, list[str]]:
    return {split: frame["id"].to_list() for split, frame in dataset.splits()}


def dropped(dataset: RetrievalDataset) -> dict[str, str]:
    assert dataset.preparation is not None
    return dict(zip(dataset.preparation.dropped["line"], dataset.preparation.dropped["reason"], strict=True))


def concerns(dataset: RetrievalDataset) -> str:
    assert dataset.preparation is not None
    return " ".join(concern.text for concern in dataset.preparation.concerns)


def test_folder_becomes_documents_and_queries_in_the_splits_of_its_qrels(write: Write) -> None:
    dataset = textlab.data.load(f"retrieval:{write()}", RetrievalDataset)
    assert ids(dataset) == {"train": ["q0", "q1"], "validation": ["q2"], "test": ["q3"]}
    assert dataset.relevant("train") == {"q0": {"d0": 1}, "q1": {"d1": 2}}
    assert dataset.documents.iloc[0].to_dict() == {"id": "d0", "text": "Title 0 text 0", "title": "Title 0"}
    assert set(dropped(dataset).values()) == {"query without a relevant document"}
    assert dataset.preparation.rows_kept == 6 + 4 + 4  # type: ignore[union-attr]
    assert textlab.data.load(dataset.name, RetrievalDataset).digest == dataset.digest


def test_title_is_only_shown_if_asked(write: Write) -> None:
    documents = load(str(write()), title="show").documents
    assert documents.loc[0, ["text", "title"]].to_list() == ["text 0", "Title 0"]


def test_document_without_a_text_has_its_title_and_without_both_is_dropped(write: Write) -> None:
    corpus = [*CORPUS[:4], {"_id": "e", "title": "Only a title", "text": ""}, {"_id": "f", "title": "", "text": None}]
    folder = write(corpus)
    dataset = load(str(folder))
    assert dataset.documents["text"].iloc[-1] == "Only a title"
    assert dropped(dataset)["corpus.jsonl:6"] == "empty text"
    assert dropped(load(str(folder), title="show"))["corpus.jsonl:5"] == "empty text"


def test_fields_tags_and_conditions_are_read_from_lines_or_metadata(write: Write) -> None:
    corpus = [
        {"_id": "d0", "text": "a", "metadata": {"place": "Oslo", "languages": ["Go", "C"], "years": 3}},
        {"_id": "d1", "text": "b", "place": "Rome", "languages": "Go", "years": None, "metadata": {}},
        *({"_id": f"d{n}", "text": f"text {n}"} for n in (2, 3)),
    ]
    queries = [
        {"_id": "q0", "text": "go in oslo", "metadata": {"tags": ["skills", "place"], "conditions": {"place": "Oslo"}}},
        *({"_id": f"q{n}", "text": f"query {n}", "tags": "skills"} for n in (1, 2, 3)),
    ]
    kinds = '{"place": "word", "languages": "words", "years": "number"}'
    dataset = load(str(write(corpus, queries, fields_json=kinds)))
    fields = dataset.documents[["place", "languages", "years"]].to_numpy().tolist()
    assert fields[0] == ["Oslo", ["Go", "C"], 3]
    assert fields[1][:2] == ["Rome", ["Go"]]
    assert fields[2][:2] == ["", []]
    assert all(row[2] != row[2] for row in fields[1:])
    assert dataset.train["tags"].to_list() == ["skills place", "skills"]
    assert dataset.train["conditions"].to_list() == ['{"place": "Oslo"}', "{}"]


def test_pairs_are_read(write: Write) -> None:
    pairs = "first\tsecond\tsimilarity\na\tb\t0.5\n \tb\t0.1\n"
    dataset = load(str(write(pairs_tsv=pairs)))
    assert dataset.pairs is not None
    assert dataset.pairs.to_numpy().tolist() == [["a", "b", 0.5]]
    assert dropped(dataset)["pairs.tsv:3"] == "empty text"


def test_judgements_that_cannot_be_used_are_dropped_and_unknown_ids_named(write: Write) -> None:
    test = [
        ("q3", "d3", 1),
        ("q3", "d4", 0),
        ("q3", "nothing", 1),
        ("nobody", "d3", 1),
        ("q3", "d3", 2),
        ("q3", "d5", -1),
    ]
    dataset = load(str(write(qrels=QRELS | {"test": test})))
    assert dataset.relevant("test") == {"q3": {"d3": 2}}
    assert {line: reason for line, reason in dropped(dataset).items() if line.startswith("qrels")} == {
        "qrels/test.tsv:2": "pair is judged twice",
        "qrels/test.tsv:3": "judged as not relevant",
        "qrels/test.tsv:4": "document is unknown or was dropped",
        "qrels/test.tsv:5": "query is unknown or was dropped",
        "qrels/test.tsv:7": "judged as not relevant",
    }
    assert "Judgements of 1 unknown document id were dropped (1 in all): nothing." in concerns(dataset)
    assert "Judgements of 1 unknown query id were dropped (1 in all): nobody." in concerns(dataset)


def test_query_judged_in_two_splits_belongs_to_the_later_one(write: Write) -> None:
    dataset = load(str(write(qrels=QRELS | {"train": [("q0", "d0", 1), ("q3", "d1", 1)]})))
    assert ids(dataset)["train"] == ["q0"]
    assert dataset.relevant("test") == {"q3": {"d3": 1}}
    assert dropped(dataset)["qrels/train.tsv:3"] == "query is judged in a later split"


def test_text_of_a_test_query_is_in_no_other_split_and_is_one_query_within_its_split(write: Write) -> None:
    queries = [*QUERIES[:4], {"_id": "a", "text": "QUERY 3"}, {"_id": "b", "text": "Query  0"}]
    train = [("q0", "d0", 1), ("b", "d4", 2), ("a", "d5", 1)]
    dataset = load(str(write(queries=queries, qrels=QRELS | {"train": train})))
    assert ids(dataset)["train"] == ["q0"]
    assert dataset.relevant("train") == {"q0": {"d0": 1, "d4": 2}}
    assert dropped(dataset)["queries.jsonl:5"] == "text is also in test"
    assert dropped(dataset)["queries.jsonl:6"] == "merged with a row of the same text"


def test_copies_of_documents_stay_with_a_concern_and_copies_of_a_line_do_not(write: Write) -> None:
    corpus = [*CORPUS, {"_id": "copy", "title": "Title 0", "text": "text 0"}, CORPUS[1]]
    dataset = load(str(write(corpus)))
    assert "copy" in set(dataset.documents["id"])
    assert "1 documents repeat the text of another. They stay" in concerns(dataset)
    assert dropped(dataset)["corpus.jsonl:8"] == "id occurs twice"


@pytest.mark.parametrize(
    ("kept", "sizes", "note"),
    [
        (
            ("train", "test"),
            {"train": 9, "validation": 1, "test": 2},
            "no judgements for validation, so queries",
        ),
        (
            ("dev", "test"),
            {"train": 9, "validation": 1, "test": 2},
            "no judgements for train, so queries",
        ),
        (("train", "dev"), {"train": 8, "validation": 2, "test": 2}, "no judgements for test, so queries of train"),
        (("test",), {"train": 8, "validation": 2, "test": 2}, "Scores on test cannot be compared with published"),
    ],
)
def test_missing_split_is_drawn_and_said(kept: tuple[str, ...], sizes: dict[str, int], note: str, write: Write) -> None:
    names = [*[kept[0]] * 10, *[kept[-1]] * 2]
    qrels: dict[str, list[tuple[str, str, int]]] = {name: [] for name in kept}
    for number, name in enumerate(names):
        qrels[name].append((f"q{number}", "d0", 1))
    folder = str(write(qrels=qrels))
    dataset = load(folder)
    assert {split: len(queries) for split, queries in ids(dataset).items()} == sizes
    assert note in concerns(dataset)
    assert ids(load(folder)) == ids(dataset) != ids(load(folder, seed=14))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"corpus": None, "queries": None}, "lacks corpus.jsonl and queries.jsonl. Add what is missing: docs/guides/"),
        ({"qrels": None}, "lacks qrels/test.tsv. Add what is missing"),
        ({"corpus": '{"_id": "d0", "text": "a"}\n{"_id": "d1", \n'}, "corpus.jsonl, line 2, character"),
        ({"corpus": [{"id": "d0", "text": "a"}]}, "corpus.jsonl has no _id; it has id, text. Rename what is meant"),
        ({"corpus": [*CORPUS, {"text": "a"}]}, "corpus.jsonl, line 7: _id is missing. Give each line an id."),
        (
            {"corpus": [*CORPUS, {"_id": "d1", "text": "other"}]},
            "the id 'd1' has 2 texts; first lines corpus.jsonl:2, 7. Give each text an id of its own.",
        ),
        ({"qrels": {"test": "a\tb\nq3\td3\n"}}, "test.tsv has no query-id, corpus-id and score; it has a, b."),
        ({"qrels": {"test": [("q3", "d3", "good")]}}, "test.tsv, line 2: the score 'good' is not a number. Write"),
        ({"qrels": {"test": [("q3", "d3", 0.5)]}}, "test.tsv, line 2: a score is 0.5. Write whole numbers."),
        (
            {"qrels": {"test": [("x", "d3", 1), ("q1", "d1", 0)]}},
            "none of 2 judgements gives a known query a known document with a score of 1 or more. Check that the ids",
        ),
        ({"qrels": {"test": [("q3", "d3", 1)]}}, "There are 1 distinct queries, and a split into 3 parts needs"),
        ({"fields_json": '{"place": '}, "fields.json, line 1: Expecting value. Write an object such as"),
        (
            {"fields_json": '{"place": "town"}'},
            "does not give each field the kind word, words or number. Write an object such",
        ),
        ({"pairs_tsv": "first\tsecond\tsimilarity\na\tb\t5\n"}, "pairs.tsv, line 2: a similarity is 5. Scale them"),
    ],
)
def test_broken_folder_is_a_clear_error(changes: dict[str, Any], message: str, write: Write) -> None:
    folder = write(**changes)
    with pytest.raises((ValueError, FileNotFoundError)) as error:
        load(str(folder))
    assert message in str(error.value)


def test_field_of_the_wrong_kind_names_the_document(write: Write) -> None:
    folder = write(
        [{"_id": f"d{n}", "text": f"a{n}", "years": "many"} for n in range(6)], fields_json='{"years": "number"}'
    )
    with pytest.raises(ValueError, match=r"the field 'years' of id 'd0' is 'many'\. A field of the kind number holds"):
        load(str(folder))


def test_other_encoding_is_named(write: Write) -> None:
    folder = write()
    (folder / "corpus.jsonl").write_bytes('{"_id": "d0", "text": "café"}\n'.encode("latin-1"))
    with pytest.raises(ValueError, match=r"corpus\.jsonl is not utf-8"):
        load(str(folder))


def test_missing_folder_is_said_before_anything_is_read(tmp_path: Path) -> None:
    for act in (textlab.data.load, textlab.data.fetch):
        with pytest.raises(FileNotFoundError, match=r"There is no folder .*nowhere\. Check the path after"):
            act(f"retrieval:{tmp_path}/nowhere")


def test_fetch_needs_the_files(write: Write) -> None:
    assert textlab.data.fetch(f"retrieval:{write()}") == []
    folder = write()
    (folder / "queries.jsonl").unlink()
    with pytest.raises(FileNotFoundError, match=r"lacks queries\.jsonl\. Add what is missing"):
        textlab.data.fetch(f"retrieval:{folder}")


def test_unknown_qrels_file_is_not_read_and_said(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    load(str(write(qrels=QRELS | {"extra": [("q5", "d5", 1)]})))
    assert "extra.tsv of no split that textlab knows; not read." in caplog.text


def test_relative_folder_is_looked_up_in_the_checkout(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    assert len(load("mine").documents) == 6


def feedback(query: str, document: str, fits: bool = True, **others: Any) -> dict[str, Any]:
    return {"task": "retrieval", "query": query, "document": document, "fits": fits} | others


def test_feedback_adds_training_queries_and_documents_and_never_what_does_not_fit(write: Write, tmp_path: Path) -> None:
    lines = [
        feedback("new query", "d4"),
        feedback("New  Query", "d4"),
        feedback("new query", "d5", fits=False),
        feedback("query 0", "d5"),
        feedback("disputed", "d1"),
        feedback("disputed", "d1", fits=False),
        feedback("query 3", "d1"),
        feedback("query 2", "d1"),
        feedback("lost", "gone"),
        {"task": "classification", "text": "a", "label": "b"},
        {"task": "retrieval", "query": 5},
        feedback("  ", "d1"),
    ]
    path = tmp_path / "feedback.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines) + "not json\n")
    dataset = load(str(write()), feedback=str(path))
    new = dataset.train[dataset.train["id"].str.startswith("feedback-")]
    assert new["text"].to_list() == ["new query"]
    assert dataset.relevant("train") == {"q0": {"d5": 2, "d0": 1}, "q1": {"d1": 2}, new["id"].iloc[0]: {"d4": 2}}
    assert (ids(dataset)["validation"], ids(dataset)["test"]) == (["q2"], ["q3"])
    assert dataset.relevant("test") == {"q3": {"d3": 1}}
    reasons = [reason for line, reason in dropped(dataset).items() if line.startswith("feedback")]
    assert sorted(reasons) == [
        "copy of another row",
        "document is unknown or was dropped",
        "empty text",
        "feedback on another task",
        "judged as not relevant",
        "judged as not relevant",
        "judged as not relevant",
        "line is not a JSON object",
        "line is not a JSON object",
        "text is also in test",
        "text is also in validation",
    ]


def test_sealed_feedback_is_opened_with_the_key_of_the_environment(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, key = tmp_path / "feedback.jsonl", new_key("first")
    path.write_text(json.dumps(feedback("new query", "d4")) + "\n")
    clear = load(str(write()), feedback=str(path))
    seal_file(path, FEEDBACK, Keys.from_environment({"TEXTLAB_SEAL_KEYS": key}) or Keys({}))
    with pytest.raises(SealError, match="key"):
        load(str(write()), feedback=str(path))
    monkeypatch.setenv("TEXTLAB_SEAL_KEYS", key)
    assert load(str(write()), feedback=str(path)).digest == clear.digest


def test_no_text_of_a_person_is_in_an_error_or_in_the_log(
    write: Write, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "ask ada about her salary"
    path = tmp_path / "feedback.jsonl"
    path.write_text(json.dumps(feedback(secret, "gone")) + "\n")
    load(str(write()), feedback=str(path))
    assert secret not in caplog.text
