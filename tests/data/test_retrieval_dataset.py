"""A retrieval dataset keeps its promises, and says what broke one."""

from dataclasses import replace

import pandas as pd
import pytest
from tiny_data import tiny_retrieval_dataset

from textlab.data import RetrievalDataset
from textlab.search.fields import FieldKind

TINY = tiny_retrieval_dataset()


def changed(frame: pd.DataFrame, row: int, column: str, value: object) -> pd.DataFrame:
    copy = frame.astype({column: object})
    copy.at[row, column] = value
    return copy


def pairs(first: str = "a", similarity: float = 0.5) -> pd.DataFrame:
    return pd.DataFrame({"first": [first], "second": ["b"], "similarity": [similarity]})


def with_rows(*rows: tuple[str, str, int]) -> pd.DataFrame:
    return pd.concat([TINY.relevance, pd.DataFrame(rows, columns=["query", "document", "grade"])], ignore_index=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"documents": TINY.documents.drop(columns="text")},
            r"documents: the column\(s\) text are missing; it has id, title, place, languages, years\. Add or rename",
        ),
        ({"documents": TINY.documents.head(0)}, r"documents: there are no rows\. Add at least one\."),
        (
            {"documents": changed(TINY.documents, 2, "text", " ")},
            r"documents: the text of id 'd2' is empty\. Remove such rows first\.",
        ),
        ({"documents": changed(TINY.documents, 2, "id", 2)}, r"documents: the id 2 is not a string\. Convert"),
        ({"documents": changed(TINY.documents, 2, "id", "d1")}, r"documents: the id 'd1' occurs twice\. Make ids"),
        ({"train": TINY.train.head(0)}, r"split 'train': there are no rows\. Add at least one\."),
        ({"test": changed(TINY.test, 0, "id", "train-0")}, r"queries: the id 'train-0' occurs twice\. Make ids unique"),
        (
            {"test": changed(TINY.test, 0, "text", TINY.train["text"].iloc[0])},
            r"the text of a query occurs in both 'train' and 'test'\. Remove duplicates before splitting\.",
        ),
        (
            {"relevance": with_rows(("test-0", "x", 1), ("test-1", "x", 1), ("test-1", "y", 1))},
            r"relevance: 3 rows with 2 unknown document ids: x and y\. Add what is missing, or remove the rows\.",
        ),
        ({"relevance": with_rows(("q", "d1", 1))}, r"relevance: 1 row with 1 unknown query id: q\. Add what"),
        ({"relevance": with_rows(("test-0", "d1", 0))}, r"relevance: a grade is 0\. Write integers from 1 on"),
        ({"relevance": TINY.relevance.assign(grade=0.5)}, r"relevance: a grade is 0\.5\. Write integers from 1 on"),
        ({"relevance": TINY.relevance.head(0)}, r"relevance: there are no rows\."),
        (
            {"relevance": pd.concat([TINY.relevance, TINY.relevance.head(1)])},
            r"relevance: document 'd0' occurs twice for query 'train-0'\. Keep one grade\.",
        ),
        (
            {"relevance": TINY.relevance[TINY.relevance["query"] != "test-3"]},
            r"relevance: 1 query has no relevant document: test-3\. Remove them, or add documents that answer them\.",
        ),
        (
            {"fields": {"city": FieldKind.WORD}},
            r"the field 'city' is not a column that may be a field\. Available: place, languages, years\.",
        ),
        ({"fields": {"place": "date"}}, r"the field 'place' has the kind 'date'\. Choose word, words or number\."),
        (
            {"documents": changed(TINY.documents, 1, "years", "nine")},
            r"the field 'years' of id 'd1' is 'nine'\. A field of the kind number holds a number\.",
        ),
        (
            {"documents": changed(TINY.documents, 1, "languages", "sql")},
            r"the field 'languages' of id 'd1' is 'sql'\. A field of the kind words holds a list of strings\.",
        ),
        (
            {"test": changed(TINY.test, 0, "conditions", "place=Oslo")},
            r"split 'test': the conditions of id 'test-0' are no JSON object\. Write an object such as \{\}\.",
        ),
        (
            {"test": changed(TINY.test, 0, "conditions", '{"town": "Oslo"}')},
            r"the conditions of id 'test-0' name the unknown field\(s\) town\. Available: place, languages, years\.",
        ),
        (
            {"pairs": pairs(similarity=1.5)},
            r"pairs: a similarity is 1\.5\. Scale similarities to numbers from 0 to 1\.",
        ),
        ({"pairs": pairs("")}, r"pairs: a first is empty\. Remove such rows first\."),
        ({"pairs": pairs().drop(columns="similarity")}, r"pairs: the column\(s\) similarity are missing"),
    ],
)
def test_broken_promise_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=rf"^Dataset 'tiny'.*{message}"):
        replace(TINY, **changes)  # type: ignore[arg-type]


def test_unknown_value_of_a_field_is_allowed() -> None:
    documents = TINY.documents.copy()
    for field, value in (("place", ""), ("languages", []), ("years", float("nan"))):
        documents = changed(documents, 0, field, value)
    assert replace(TINY, documents=documents).documents["place"].iloc[0] == ""


def test_digest_changes_with_everything_that_a_model_could_see() -> None:
    others = [
        replace(TINY, documents=changed(TINY.documents, 0, "text", "another")),
        replace(TINY, documents=changed(TINY.documents, 0, "languages", ["go"])),
        replace(TINY, test=changed(TINY.test, 0, "text", "another")),
        replace(TINY, relevance=changed(TINY.relevance, 0, "grade", 3).astype({"grade": int})),
        replace(TINY, fields={"place": FieldKind.WORD}),
        replace(TINY, pairs=pairs()),
    ]
    assert len({TINY.digest, *(other.digest for other in others)}) == len(others) + 1
    assert tiny_retrieval_dataset().digest == TINY.digest


def test_counts_and_lengths_describe_documents_and_queries() -> None:
    counts = TINY.counts()
    assert list(counts.index) == ["train", "validation", "test"]
    assert counts.loc["test", ["documents", "queries", "pairs", "grade_1", "grade_2"]].to_list() == [12, 8, 32, 12, 20]
    assert counts.loc["test", "per_query"] == 4
    assert list(TINY.text_lengths().index[:2]) == ["documents, shortest", "documents, longest"]


def test_sample_shows_the_best_documents_of_a_few_queries_by_their_titles() -> None:
    sample = TINY.sample("test", queries=3, most=2)
    assert len(sample) == 6
    assert list(sample) == ["query", "tags", "grade", "document"]
    assert set(sample["query"]) <= set(TINY.test["text"])
    assert sample["document"].str.startswith("Person ").all()
    assert sample.groupby("query")["grade"].first().eq(2).all()


def test_sample_of_documents_without_titles_shows_the_start_of_their_texts() -> None:
    sample = replace(TINY, documents=TINY.documents.drop(columns="title")).sample("test", queries=1)
    assert sample["document"].str.startswith("builds ").all()


def test_most_relevant_documents_come_from_training_queries_alone() -> None:
    queries = TINY.most_relevant_documents()["queries"]
    assert queries.is_monotonic_decreasing
    expected = TINY.relevance[TINY.relevance["query"].str.startswith("train") & (TINY.relevance["grade"] == 2)]
    assert queries.to_dict() == expected["document"].value_counts().to_dict()


def test_recorded_tables_hold_no_text_of_a_document() -> None:
    cells = {str(cell) for table in TINY.tables().values() for cell in table.reset_index().to_numpy().ravel()}
    assert not cells & {*TINY.documents["text"], *TINY.documents["title"]}


def test_dataset_of_another_task_is_refused() -> None:
    with pytest.raises(ValueError, match="Dataset 'tiny' has no input image; it has text"):
        TINY.require(["image"])
    assert isinstance(TINY.named("other"), RetrievalDataset)
