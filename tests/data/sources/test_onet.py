"""Titles and tasks of O*NET: a text of several classes is dropped, and a rare class stays in training."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

import textlab.data
from textlab.data.sources import onet
from textlab.data.split import duplicate_keys

CODES = ("11-1011.00", "13-1011.00", "53-1011.00", "55-1011.00")
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
    }
    (mirror / "onet").mkdir()
    for name, lines in contents.items():
        content = "".join(f"{line}\n" for line in lines).encode()
        (mirror / getattr(onet, name).path).write_bytes(content)
        known = replace(getattr(onet, name), checksums=(hashlib.sha256(content).hexdigest(),))
        monkeypatch.setattr(onet, name, known)
    monkeypatch.setattr(onet, "MAJOR_GROUPS", {group: onet.MAJOR_GROUPS[group] for group in groups})


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
    path = mirror / onet.TITLES.path
    lines = path.read_text().splitlines(keepends=True)
    content = "".join(line for line in lines if not line.startswith(CODES[2]) or "title 3 " in line).encode()
    path.write_bytes(content)
    monkeypatch.setattr(onet, "TITLES", replace(onet.TITLES, checksums=(hashlib.sha256(content).hexdigest(),)))
    dataset = onet.load("titles_occupation")
    assert dataset.class_counts()["Drivers"].to_list() == [2, 0, 0]
    assert "split 'test': no example has the label(s) 'Drivers'" in caplog.text


def test_tasks_lose_their_copies_and_keep_their_lines(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(mirror, monkeypatch)
    dataset = onet.load("tasks_major_group")
    assert [len(frame) for _, frame in dataset.splits()] == [24, 3, 3]
    assert dataset.preparation.dropped["line"].to_list() == ["task_statements.csv:32"]


def test_missing_file_says_how_to_make_it(raw_data: Path) -> None:
    with pytest.raises(FileNotFoundError) as error:
        textlab.data.fetch("onet/tasks_major_group")
    assert 'take "Task Statements.txt" from the text files of the O*NET 27 database' in str(error.value)
    assert onet.TASKS.checksums[0] in str(error.value)


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
