"""Titles and tasks of O*NET: a text of several classes is dropped, and a rare class stays in training."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

import textlab.data
from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.data.sources import onet
from textlab.data.sources.onet import classes, files
from textlab.data.split import duplicate_keys

CODES = ("11-1011.00", "13-1011.00", "53-1011.00", "55-1011.00")
SOFTWARE = (f"{CODES[0]},Paper Planner,Planning software,N", f"{CODES[0]},Mail Master,Mail software,Y")
RELATED = (
    f"{CODES[0]},{CODES[1]},Primary-Short,1",
    f"{CODES[0]},{CODES[2]},Primary-Long,2",
    f"{CODES[1]},{CODES[3]},Supplemental,1",
)
NAMES = ("Chief Executives", "Agents", "Drivers", "Officers")


def fill(mirror: Path, monkeypatch: pytest.MonkeyPatch, groups: tuple[str, ...] = ("11", "13", "53")) -> None:
    titles = [f"{code},title {number} of {code[:2]}" for code in CODES for number in range(10)]
    contents = {
        "OCCUPATIONS": ["O*NET-SOC Code,Title,Description", *map('{},{},"a, b"'.format, CODES, NAMES)],
        "TITLES": ["O*NET-SOC Code,Alternate Title", *titles, f"{CODES[0]},Helper", f"{CODES[1]},helper"],
        "TASKS": [
            "O*NET-SOC Code,Task ID,Task,Task Type",
            *(f"{code},{number},task {number} of {code},Core" for code in CODES[:3] for number in range(10)),
            f"{CODES[0]},99,task 0 of {CODES[0]},",
        ],
        "SOFTWARE": ["O*NET-SOC Code,Example,Commodity Title,Hot Technology", *SOFTWARE],
        "RELATED": ["O*NET-SOC Code,Related O*NET-SOC Code,Relatedness Tier,Index", *RELATED],
    }
    (mirror / "onet").mkdir()
    for name, lines in contents.items():
        content = "".join(f"{line}\n" for line in lines).encode()
        (mirror / getattr(files, name).path).write_bytes(content)
        known = replace(getattr(files, name), checksums=(hashlib.sha256(content).hexdigest(),))
        monkeypatch.setattr(files, name, known)
    monkeypatch.setattr(classes, "MAJOR_GROUPS", {group: classes.MAJOR_GROUPS[group] for group in groups})


def test_titles_belong_to_the_major_group_in_their_code(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(mirror, monkeypatch)
    dataset = onet.load("titles_major_group")
    assert dataset.label_names[:2] == ("Management", "Business and Financial Operations")
    rows = dataset.train.set_index("text")["label"]
    assert rows.filter(regex="of 11$").eq(0).all()
    assert rows.filter(regex="of 53$").eq(2).all()


def test_military_titles_are_in_no_major_group_but_are_occupations(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(mirror, monkeypatch)
    major, occupation = onet.load("titles_major_group"), onet.load("titles_occupation")
    texts = {name: [t for _, f in d.splits() for t in f["text"]] for name, d in (("m", major), ("o", occupation))}
    assert not [text for text in texts["m"] if text.endswith("of 55") or text == "Officers"]
    assert set(texts["o"]) - set(texts["m"]) == {"Officers", *(f"title {number} of 55" for number in range(10))}
    assert occupation.label_names == NAMES


def test_title_of_two_occupations_is_dropped_and_its_lines_are_named(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(mirror, monkeypatch)
    dropped = onet.load("titles_occupation").preparation.dropped
    assert dropped["line"].to_list() == ["alternate_titles.csv:42", "alternate_titles.csv:43"]
    assert set(dropped["reason"]) == {"same text with another label"}


def test_occupation_with_two_titles_is_in_training_only(
    mirror: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fill(mirror, monkeypatch)
    path = mirror / files.TITLES.path
    lines = path.read_text().splitlines(keepends=True)
    content = "".join(line for line in lines if not line.startswith(CODES[2]) or "title 3 " in line).encode()
    path.write_bytes(content)
    monkeypatch.setattr(files, "TITLES", replace(files.TITLES, checksums=(hashlib.sha256(content).hexdigest(),)))
    dataset = onet.load("titles_occupation")
    assert dataset.class_counts()["Drivers"].to_list() == [2, 0, 0]
    assert "split 'test': no example has the label(s) 'Drivers'" in caplog.text


def test_tasks_lose_their_copies_and_keep_their_lines(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(mirror, monkeypatch)
    dataset = onet.load("tasks_major_group")
    assert [len(frame) for _, frame in dataset.splits()] == [24, 3, 3]
    assert dataset.preparation.dropped["line"].to_list() == ["task_statements.csv:32"]


def grades_of(dataset: RetrievalDataset, text: str) -> dict[str, int]:
    """Return the grades of the documents for the query with this text."""
    for split, frame in dataset.splits():
        for query in frame.loc[frame["text"] == text, "id"]:
            return dataset.relevant(split)[query]
    raise AssertionError(f"no query {text}")


def test_occupations_are_found_by_their_titles_and_less_so_by_those_of_related_ones(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(mirror, monkeypatch)
    dataset = onet.load("search")
    assert grades_of(dataset, "title 0 of 11") == {CODES[0]: 3, CODES[1]: 2, CODES[2]: 1}
    assert grades_of(dataset, "title 0 of 13") == {CODES[1]: 3, CODES[3]: 1}
    assert grades_of(dataset, "title 0 of 55") == {CODES[3]: 3}


def test_title_of_two_occupations_is_one_query_with_the_higher_grades(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(mirror, monkeypatch)
    dataset = onet.load("search")
    assert sum(frame["text"].str.casefold().eq("helper").sum() for _, frame in dataset.splits()) == 1
    assert grades_of(dataset, "Helper") == {CODES[0]: 3, CODES[1]: 3, CODES[2]: 1, CODES[3]: 1}
    dropped = dataset.preparation.dropped
    assert dropped[["line", "reason"]].to_numpy().tolist() == [
        ["alternate_titles.csv:43", "merged with a row of the same text"]
    ]


def test_document_reads_as_title_description_tasks_and_software(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(mirror, monkeypatch)
    documents = onet.load("search").documents.set_index("id")
    first, second, third = documents.loc[CODES[0], "text"].split("\n")
    assert documents.loc[CODES[0], "title"] == "Chief Executives"
    assert first == "Chief Executives. a, b"
    assert second.startswith(f"Tasks: task 0 of {CODES[0]} task 1 of")
    assert third == "Software: Mail Master, Paper Planner."
    assert documents.loc[CODES[3], "text"] == "Officers. a, b"


def test_limit_draws_held_out_queries_and_counts_the_others(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(mirror, monkeypatch)
    whole, limited = onet.load("search"), onet.load("search", limit=2)
    assert [len(frame) for _, frame in whole.splits()] == [33, 4, 4]
    assert [len(frame) for _, frame in limited.splits()] == [33, 2, 2]
    assert limited.test.equals(whole.test.head(2))
    assert limited.preparation.counts()["beyond the limit of held-out queries"] == 4
    assert set(limited.relevance["query"]) == {query for _, frame in limited.splits() for query in frame["id"]}


@pytest.mark.parametrize(
    ("variant", "limit", "message"),
    [
        ("search", -1, "Option limit=-1 is negative. Write the most queries in validation and in test, or 0."),
        ("titles_occupation", 5, "Option limit=5 is for onet/search. Leave it out for onet/titles_occupation."),
    ],
)
def test_limit_that_means_nothing_is_refused(
    variant: str, limit: int, message: str, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(mirror, monkeypatch)
    with pytest.raises(ValueError, match=message):
        onet.load(variant, limit=limit)


def test_missing_file_says_how_to_make_it(raw_data: Path) -> None:
    with pytest.raises(FileNotFoundError) as error:
        textlab.data.fetch("onet/tasks_major_group")
    assert 'take "Task Statements.txt" from the text files of the O*NET 27 database' in str(error.value)
    assert files.TASKS.checksums[0] in str(error.value)


@pytest.mark.parametrize(
    ("variant", "sizes", "classes"),
    [
        ("titles_major_group", [34_949, 4_368, 4_368], 22),
        ("titles_occupation", [32_188, 4_022, 4_022], 1016),
        ("tasks_major_group", [13_992, 1_749, 1_749], 22),
    ],
)
def test_real_variants_share_no_text_between_splits(
    variant: str, sizes: list[int], classes: int, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXTLAB_MIRROR", str(real_data))
    dataset = textlab.data.load(f"onet/{variant}")
    assert [len(frame) for _, frame in dataset.splits()] == sizes
    assert dataset.train["label"].nunique() == len(dataset.label_names) == classes
    keys = [key for _, frame in dataset.splits() for key in duplicate_keys(frame["text"])]
    assert len(set(keys)) == len(keys)


def test_real_titles_search_the_real_occupations(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTLAB_MIRROR", str(real_data))
    dataset = textlab.data.load("onet/search", RetrievalDataset)
    assert [len(frame) for _, frame in dataset.splits()] == [36_848, 4_606, 4_606]
    assert len(dataset.documents) == 1_016
    grades = dataset.relevance["grade"].value_counts()
    assert grades[3] == 56_560 - 2  # two rows repeat a title of the same occupation
    keys = [key for _, frame in dataset.splits() for key in duplicate_keys(frame["text"])]
    assert len(set(keys)) == len(keys)
