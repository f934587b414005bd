"""Profiles of people: what their texts hold, what they never hold, and how they are written."""

import json
import stat
from collections import Counter
from pathlib import Path

import pytest

from textlab.data.profiles.aggregation import make_profile
from textlab.data.profiles.csv_tables import read_repositories, read_users
from textlab.data.profiles.identity import Anonymiser, Removed
from textlab.data.profiles.people import Profile, Repository, User
from textlab.data.profiles.report import LeftOut, PreparationReport
from textlab.data.profiles.snapshot import write_profiles

ADA = User("ada-l", "Ada Lindqvist", "Hi, I'm Ada. I build compilers.", "Oslo, Norway")
PLACES = frozenset({"oslo", "norway", "lagos", "sao paulo", "ho chi minh city"})


def cleaned(text: str, user: User = ADA, kept: tuple[str, ...] = ()) -> str:
    return Anonymiser(user, PLACES, kept, Counter()).biography(text)


def profile_of(user: User, *repositories: Repository, report: PreparationReport | None = None) -> Profile:
    profile = make_profile(user, repositories, PLACES, report or PreparationReport())
    assert profile is not None
    return profile


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi, I'm Ada Lindqvist. I build compilers.", "I build compilers."),
        ("I'm Ada, a compiler engineer.", "a compiler engineer."),
        ("ADA LINDQVIST | compilers", "compilers"),
        ("ada lindqvist writes compilers", "writes compilers"),
        ("Lindqvist's compilers", "compilers"),
        ("Compilers. Mail: ada.l@example.org", "Compilers."),
        ("Compilers. ada (at) example.org", "Compilers."),
        ("Compilers at @bigcorp", "Compilers at"),
        ("Compilers, see https://ada-l.github.io/cv.", "Compilers, see"),
        ("ada-l.github.io compilers", "compilers"),
        ("Compilers (she/her)", "Compilers"),
        ("She/they. Compilers", "Compilers"),
        ("Mother of two, compilers", "of two, compilers"),
        ("Norwegian engineer based in Oslo, Norway. Compilers.", "engineer. Compilers."),
        ("From São Paulo, now in Ho Chi Minh City: compilers", "compilers"),
        ("🇳🇴 compilers 👩‍💻", "compilers \u200d💻"),
        ("Compilers in Lagos-based teams", "Compilers teams"),
    ],
)
def test_a_biography_loses_what_tells_who_the_person_is(text: str, expected: str) -> None:
    assert cleaned(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Node.js, socket.io and ASP.NET",
        "@angular/core and @types/node",
        "Latency below 3 ms; man-in-the-middle proxies",
        "An adage about adaptive grids",
        "C++, C# and F#",
        "",
    ],
)
def test_other_words_stay(text: str) -> None:
    assert cleaned(text) == text


def test_a_language_that_is_also_a_name_stays_in_the_text() -> None:
    julia = User("jb", "Julia Brandt")
    assert cleaned("Julia Brandt solves equations in Julia", julia, ("julia",)) == "solves equations in Julia"


def test_a_name_that_is_an_ordinary_word_is_removed_where_it_is_capitalised() -> None:
    assert cleaned("I'm Can Demir. Can builds what you can use.", User("cd", "Can Demir")) == "builds what you can use."


def test_a_place_in_a_description_stays_unless_it_is_the_persons_own() -> None:
    profile = profile_of(
        ADA, Repository("ada-l", "a", "Noise map of Lagos", stars=2), Repository("ada-l", "b", "Trams of Oslo", stars=1)
    )
    assert "Noise map of Lagos" in profile.text
    assert "Oslo" not in profile.text


def test_what_was_removed_is_counted() -> None:
    removed: Counter[Removed] = Counter()
    Anonymiser(ADA, PLACES, (), removed).biography("Ada, Oslo, she/her, a@b.org, @x, https://y.org, ada-l")
    assert removed == dict.fromkeys(Removed, 1)


@pytest.mark.parametrize(
    "name", ["Fatima Hussein", "Jürgen Müller", "Nguyễn Minh", "Jean-Luc O'Neill", "王小明", "Li Wu"]
)
def test_another_name_gives_the_same_text(name: str) -> None:
    def text(of: str) -> str:
        bio = f"Hi, I'm {of}. {of.split()[0]} maintains Rust parsers."
        return profile_of(User("u1", of, bio), Repository("u1", "x", f"Website of {of}: parsers")).text

    assert text(name) == text("Emma Smith")
    assert "Rust parsers" in text(name)


def test_languages_are_shares_of_bytes_and_rare_ones_are_left_out() -> None:
    profile = profile_of(
        ADA,
        Repository("ada-l", "a", "x", language="Go", languages={"Go": 900, "Shell": 10}),
        Repository("ada-l", "b", "y", language="C", languages={"C": 1200}),
    )
    assert profile.languages == ("C", "Go")


def test_languages_are_shares_of_repositories_where_bytes_are_unknown() -> None:
    repositories = [Repository("ada-l", f"r{number}", "x", language="Go") for number in range(3)]
    assert profile_of(ADA, *repositories, Repository("ada-l", "c", "x", language="C")).languages == ("Go", "C")


def test_years_are_whole_years_between_the_first_repository_and_the_last_push() -> None:
    first = Repository("ada-l", "a", "x", created="2015-06-01", pushed="2016-01-01", stars=5)
    last = Repository("ada-l", "b", "y", created="2018-01-01", pushed="2021-05-30", stars=7)
    profile = profile_of(ADA, last, first)
    assert (profile.years, profile.stars, profile.place) == (5, 12, "Oslo")


def test_forks_count_for_nothing() -> None:
    report = PreparationReport()
    fork = Repository("ada-l", "linux", "The kernel", language="C", stars=9, is_fork=True)
    profile = profile_of(ADA, fork, report=report)
    assert "kernel" not in profile.text
    assert (profile.languages, profile.stars, report.left_out[LeftOut.FORK]) == ((), 0, 1)


def test_nobody_has_a_profile_without_anything_to_search() -> None:
    assert make_profile(User("x", "Bo Ek", "I'm Bo Ek."), [], PLACES, PreparationReport()) is None


def test_many_repositories_give_a_short_text_and_all_their_stars() -> None:
    many = [Repository("ada-l", f"r{number}", f"work number {number}", stars=number) for number in range(500)]
    profile = profile_of(ADA, *many)
    assert profile.stars == sum(range(500))
    assert "work number 499" in profile.text
    assert "work number 400." not in profile.text


USERS = """login,name,bio,location
ada-l,Ada Lindqvist,"I'm Ada.
Compilers, mostly",Oslo
BO,Bo Ek,,Lagos
bo,Bo again,,
,nobody,,
"""
REPOSITORIES = """owner,name,description,language,topics,stargazers_count,fork,created_at,pushed_at
ada-l,parser,"A parser, fast",Rust,"[""parsing"", ""llvm""]",12,False,2019-01-01T00:00:00Z,2024-01-02T00:00:00Z
Bo,site,Static site,Go,web static,3,false,2020-01-01,2021-01-01
bo,site,Static site,Go,,3,false,2020-01-01,2021-01-01
bo,bad,Stars,Go,,many,false,,
bo,worse,Date,Go,,1,false,yesterday,
ghost,lost,Nobody's,Go,,1,false,,
bo,,No name,Go,,1,false,,
"""


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    (tmp_path / "users.csv").write_text(USERS, encoding="utf-8-sig")
    (tmp_path / "repositories.csv").write_text(REPOSITORIES, encoding="utf-8")
    return tmp_path


def built(tables: Path, output: Path) -> PreparationReport:
    report = PreparationReport()
    users = read_users(tables / "users.csv", report)
    write_profiles(output, users, read_repositories(tables / "repositories.csv", report), report)
    return report


def test_a_snapshot_has_beirs_layout_and_only_its_owner_may_read_it(tables: Path) -> None:
    folder = tables / "profiles"
    built(tables, folder)
    lines = [json.loads(line) for line in (folder / "corpus.jsonl").read_text().splitlines()]
    assert [line["_id"] for line in lines] == ["ada-l", "BO"]
    assert lines[0]["title"] == "Ada Lindqvist"
    assert lines[0]["text"] == "Compilers, mostly. A parser, fast. Topics: llvm, parsing. Languages: Rust."
    assert lines[0]["metadata"] == {"place": "Oslo", "languages": ["Rust"], "years": 5, "stars": 12}
    assert json.loads((folder / "fields.json").read_text())["languages"] == "words"
    assert sorted(path.name for path in folder.iterdir()) == ["corpus.jsonl", "fields.json", "manifest.json"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_rows_that_cannot_be_used_are_counted_with_their_lines(tables: Path) -> None:
    report = built(tables, tables / "profiles")
    assert report.left_out == {
        LeftOut.SAME_LOGIN: 1,
        LeftOut.NO_LOGIN: 1,
        LeftOut.SAME_REPOSITORY: 1,
        LeftOut.BAD_REPOSITORY: 2,
        LeftOut.UNKNOWN_OWNER: 1,
        LeftOut.NO_OWNER: 1,
    }
    assert report.lines[LeftOut.BAD_REPOSITORY] == [5, 6]
    manifest = json.loads((tables / "profiles" / "manifest.json").read_text())
    assert manifest["profiles"] == 2
    assert "Ada" not in json.dumps(manifest)


def test_the_order_of_rows_does_not_change_a_byte(tables: Path) -> None:
    for name, text in (("users.csv", USERS.replace("Ada.\n", "Ada. ")), ("repositories.csv", REPOSITORIES)):
        header, *rows = [row for row in text.splitlines() if not row.startswith("bo,")]
        for order, kept in (("first", rows), ("second", rows[::-1])):
            (tables / order).mkdir(exist_ok=True)
            (tables / order / name).write_text("\n".join([header, *kept]), encoding="utf-8")
    for order in ("first", "second"):
        built(tables / order, tables / order / "profiles")
    first, second = (tables / order / "profiles" / "corpus.jsonl" for order in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"name,bio\nx,y\n",
            "has no column login; it has name, bio. Write a first line with login, name, bio, location",
        ),
        (b"", "has no column login; it has none"),
        (b"login,bio\nx,\xff\xfe\n", "line 2 is not in UTF-8. Save the file as UTF-8"),
        (b'login,bio\nx,"open\n', "line 2: unexpected end of data. Quote cells"),
        (b"login,bio\nx," + b"y" * (1 << 21), "field larger than field limit"),
    ],
)
def test_a_damaged_file_is_refused_and_the_earlier_profiles_stay(tables: Path, content: bytes, message: str) -> None:
    folder = tables / "profiles"
    built(tables, folder)
    before = (folder / "corpus.jsonl").read_bytes()
    (tables / "users.csv").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        built(tables, folder)
    assert (folder / "corpus.jsonl").read_bytes() == before
    assert sorted(path.name for path in tables.iterdir()) == ["profiles", "repositories.csv", "users.csv"]


def test_a_folder_with_other_files_is_not_replaced(tables: Path) -> None:
    (tables / "profiles").mkdir()
    (tables / "profiles" / "queries.jsonl").write_text("mine")
    with pytest.raises(ValueError, match="holds other files than a snapshot of profiles"):
        built(tables, tables / "profiles")
    assert (tables / "profiles" / "queries.jsonl").read_text() == "mine"


def test_no_profile_is_an_error_and_leaves_no_folder(tables: Path) -> None:
    (tables / "users.csv").write_text("login\n")
    with pytest.raises(ValueError, match="No profile remains of 0 users"):
        built(tables, tables / "profiles")
    assert not (tables / "profiles").exists()
