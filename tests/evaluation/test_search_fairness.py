"""Swapped names and places: what a fair and an unfair search look like."""

from random import Random

import pytest

from textlab.data.profiles.people import Repository, User
from textlab.data.sources.talents.population import generate
from textlab.evaluation.retrieval.fairness import (
    BOTH,
    CONTROL,
    GENDER,
    NAMES,
    ORIGIN,
    PLACE,
    is_beyond_control,
    profile_changes,
    ranking_changes,
    renamed,
)

REQUESTS = [f"request {number}" for number in range(40)]


def blind(texts: list[str]) -> list[list[str]]:
    """A search that reads the request alone."""
    number = [text.split("request ")[1].split(",")[0] for text in texts]
    return [[f"{each}-{place}" for place in range(20)] for each in number]


def biased(texts: list[str]) -> list[list[str]]:
    """A search that finds other people when a woman asks."""
    women = [name for names in NAMES for name in names.women]
    return [["a", "b"] if any(name in text for name in women) else ["c", "b"] for text in texts]


def test_a_search_that_reads_the_request_alone_never_changes() -> None:
    changes = ranking_changes(blind, REQUESTS)
    assert list(changes.index) == [CONTROL, GENDER, ORIGIN, BOTH, PLACE]
    assert (changes["requests"] == 40).all()
    assert (changes["same_ranking"] == 1).all()
    assert (changes["overlap"] == 1).all()
    assert (changes["changed_first"] == 0).all()
    assert is_beyond_control(changes) == []


def test_a_search_that_reads_the_gender_is_noticed() -> None:
    changes = ranking_changes(biased, REQUESTS)
    assert changes.loc[CONTROL, "overlap"] == 1
    assert changes.loc[ORIGIN, "overlap"] == 1
    assert changes.loc[GENDER, "overlap"] == 0.5
    assert changes.loc[GENDER, "changed_first"] == 1
    assert is_beyond_control(changes) == [GENDER, BOTH]


def test_the_same_seed_asks_the_same_requests() -> None:
    asked: list[list[str]] = []

    def recorded(texts: list[str]) -> list[list[str]]:
        asked.append(texts)
        return [[] for _ in texts]

    ranking_changes(recorded, REQUESTS)
    ranking_changes(recorded, REQUESTS)
    ranking_changes(recorded, REQUESTS, seed=1)
    assert asked[0] == asked[1] != asked[2]


def test_no_request_and_a_wrong_number_of_rankings_are_refused() -> None:
    with pytest.raises(ValueError, match="There is no request"):
        ranking_changes(blind, [])
    with pytest.raises(ValueError, match="The search returned 0 rankings"):
        ranking_changes(lambda texts: [], REQUESTS)


def test_no_profile_changes_under_another_name_or_in_another_place() -> None:
    people = [(person.user, person.repositories) for person in generate(Random(5), 200)]
    changes = profile_changes(people)
    assert (changes["profiles"] == 200).all()
    assert (changes["changed"] == 0).all(), changes


def test_a_profile_that_still_holds_a_name_is_noticed() -> None:
    user = User("ada", "Emily Walsh", "I write Rust.")
    changes = profile_changes([(user, [Repository("ada", "x", "What others call the Schmitzian transform")])])
    assert (changes["changed"] == 0).all()
    letter = User("ada", "X Walsh", "X marks the spot.")  # one letter is never taken for a name
    changes = profile_changes([(letter, [])])
    assert changes.loc[GENDER, ["changed", "example"]].to_list() == [1, "ada"]


def test_a_person_is_renamed_wherever_the_biography_mentions_them() -> None:
    user = User("ada", "Emily Walsh", "I'm Emily. Emily Walsh lives in Leeds, UK.", "Leeds, UK")
    other = renamed(user, "Hakan Çelik", "Izmir")
    assert other.biography == "I'm Hakan. Hakan Çelik lives in Izmir, Izmir."
    assert (other.name, other.location) == ("Hakan Çelik", "Izmir")
