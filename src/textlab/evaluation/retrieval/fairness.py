"""Tests of fairness: do names, genders, origins and places change whom a search finds?

Two tests of invariance, after Ribeiro et al. (2020), "Beyond accuracy: behavioral testing of NLP models":

- requests: the same request with another name or place in it. Any change of words moves a ranking a little. Therefore
  a name of the same gender and origin is the control, and only a change beyond the control speaks of bias.
- profiles: the same person under another name and in another place. The searchable text must be the same, byte by byte.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random

import pandas as pd

from textlab.data.profiles.aggregation import make_profile
from textlab.data.profiles.identity import parts_of_place
from textlab.data.profiles.people import Profile, Repository, User
from textlab.data.profiles.report import PreparationReport

Rank = Callable[[list[str]], list[list[str]]]  # maps n requests to the ids that are found for each, best first

TOP = 10
CONTROL, GENDER, ORIGIN, BOTH, PLACE = "another name, alike", "gender", "origin", "gender and origin", "place"
REQUEST = "{name} asks: {request}"
REQUEST_WITH_PLACE = "{request}, for a team in {place}"


@dataclass(frozen=True)
class Names:
    """Names that are usual in one part of the world, and a town there."""

    origin: str
    women: tuple[str, str]
    men: tuple[str, str]
    town: str


NAMES = (
    Names("English", ("Emily Walsh", "Claire Baker"), ("Greg Walsh", "Neil Baker"), "Leeds"),
    Names("German", ("Heike Schmitz", "Birgit Lang"), ("Uwe Schmitz", "Jens Lang"), "Leipzig"),
    Names("Hispanic", ("Carmen Ortiz", "Rosa Delgado"), ("Luis Ortiz", "Jorge Delgado"), "Quito"),
    Names("Arabic", ("Amina Qasim", "Huda Rashid"), ("Bilal Qasim", "Samir Rashid"), "Basra"),
    Names("Indian", ("Sunita Joshi", "Pooja Menon"), ("Manoj Joshi", "Vijay Menon"), "Jaipur"),
    Names("Chinese", ("Xiuying Liu", "Fang Guo"), ("Jianhua Liu", "Qiang Guo"), "Wuhan"),
    Names("West African", ("Folake Balogun", "Adaeze Eze"), ("Segun Balogun", "Obinna Eze"), "Ibadan"),
    Names("Turkish", ("Emine Çelik", "Derya Aydın"), ("Hakan Çelik", "Burak Aydın"), "Izmir"),
)


def ranking_changes(rank: Rank, requests: Sequence[str], seed: int = 0) -> pd.DataFrame:
    """Count how rankings change when a name or a place in the requests is swapped.

    Each request is asked by a drawn person; then by another person of the same gender and origin (the control), of
    the other gender, of another origin, and of both; and for a team in another place.

    Args:
        rank: the search. It is called once, with distinct texts.
        requests: n requests without names.
        seed: random seed of the names and places.

    Returns:
        A row per kind of swap, with the columns `requests` (n), `same_ranking` (the share of requests with the same ten
        results in the same order), `overlap` (the mean share of the ten results that stay) and `changed_first` (the
        share of requests with another first result).

    Raises:
        ValueError: there is no request, or `rank` returns a wrong number of rankings.
    """
    if not requests:
        raise ValueError("There is no request to swap names in. Pass at least one.")
    random = Random(seed)
    swaps = [swap for request in requests for swap in _swaps(random, request)]
    texts = list(dict.fromkeys(text for _, first, second in swaps for text in (first, second)))
    rankings = rank(texts)
    if len(rankings) != len(texts):
        raise ValueError(
            f"The search returned {len(rankings)} rankings for {len(texts)} requests. It must return one each."
        )
    found = {text: tuple(ranking[:TOP]) for text, ranking in zip(texts, rankings, strict=True)}
    rows = [(kind, *_change(found[first], found[second])) for kind, first, second in swaps]
    table = pd.DataFrame(rows, columns=["swap", "same_ranking", "overlap", "changed_first"])
    means = table.groupby("swap", sort=False).mean().astype(float)
    means.insert(0, "requests", table.groupby("swap", sort=False).size())
    return means


def _swaps(random: Random, request: str) -> list[tuple[str, str, str]]:
    """Return the kind of each swap, and the request before and after it."""
    here, there = random.sample(NAMES, 2)
    gender = random.choice(("women", "men"))
    other = "men" if gender == "women" else "women"
    number = random.randrange(2)
    name = getattr(here, gender)[number]
    others = {
        CONTROL: getattr(here, gender)[1 - number],
        GENDER: getattr(here, other)[1 - number],  # first and last name change, as in the control
        ORIGIN: getattr(there, gender)[number],
        BOTH: getattr(there, other)[number],
    }
    first = REQUEST.format(name=name, request=request)
    swaps = [(kind, first, REQUEST.format(name=each, request=request)) for kind, each in others.items()]
    places = [REQUEST_WITH_PLACE.format(request=request, place=names.town) for names in (here, there)]
    return [*swaps, (PLACE, places[0], places[1])]


def _change(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[bool, float, bool]:
    longest = max(len(before), len(after))
    overlap = len({*before} & {*after}) / longest if longest else 1.0
    return before == after, overlap, before[:1] != after[:1]


def profile_changes(people: Iterable[tuple[User, Sequence[Repository]]], seed: int = 0) -> pd.DataFrame:
    """Rebuild profiles under other names and places, and count the searchable texts that change. None should.

    Args:
        people: users with their repositories.
        seed: random seed of the names.

    Returns:
        A row per kind of swap, with the columns `profiles`, `changed` (their number) and `example` (the id of the first
        changed profile; "" if there is none).
    """
    random = Random(seed)
    counts: dict[str, list[str]] = {GENDER: [], ORIGIN: [], BOTH: [], PLACE: []}
    total = 0
    for user, repositories in people:
        before = _text(user, repositories)
        if before is None:
            continue
        total += 1
        here, there = random.sample(NAMES, 2)
        number = random.randrange(2)
        reference = _text(renamed(user, here.women[number], ""), repositories)
        swapped = {
            GENDER: renamed(user, here.men[number], ""),
            ORIGIN: renamed(user, there.women[number], ""),
            BOTH: renamed(user, there.men[number], ""),
            PLACE: renamed(user, "", there.town),
        }
        for kind, other in swapped.items():
            expected = before if kind == PLACE else reference
            if _text(other, repositories) != expected or reference != before:
                counts[kind].append(user.login)
    rows = [(kind, total, len(changed), next(iter(changed), "")) for kind, changed in counts.items()]
    return pd.DataFrame(rows, columns=["swap", "profiles", "changed", "example"]).set_index("swap")


def renamed(user: User, name: str, town: str) -> User:
    """Return a user under another name or in another town, also where the biography mentions them; "" keeps each."""
    biography = user.biography
    places = [part.strip() for part in user.location.split(",") if part.strip()]
    for number, place in enumerate(places):  # a place may hold a part of the name, such as Ho Chi Minh City
        biography = re.sub(rf"(?<!\w){re.escape(place)}(?!\w)", f"\ue010{number}\ue010", biography)
    if name and user.name:
        biography = biography.replace(user.name, name)
        first, *others = user.name.split()
        for old, new in ((first, name.split()[0]), *((other, name.split()[-1]) for other in others)):
            biography = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, biography)
    for number, place in enumerate(places):
        biography = biography.replace(f"\ue010{number}\ue010", town or place)
    return replace(user, name=name or user.name, location=town or user.location, biography=biography)


def _text(user: User, repositories: Sequence[Repository]) -> str | None:
    profile: Profile | None = make_profile(user, repositories, _PLACES, PreparationReport())
    return None if profile is None else profile.text


_PLACES = frozenset(part for names in NAMES for part in parts_of_place(names.town))


def is_beyond_control(changes: pd.DataFrame, tolerance: float = 0.02) -> list[str]:
    """Name the swaps of gender and origin that change rankings more than the control does.

    Args:
        changes: from `ranking_changes`.
        tolerance: how much lower the mean overlap may be than the control's.
    """
    overlaps = changes["overlap"].to_dict()
    return [kind for kind in (GENDER, ORIGIN, BOTH) if overlaps[kind] < overlaps[CONTROL] - tolerance]
