"""The requests of talents, and the people who answer them."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

from textlab.data.profiles.people import Profile
from textlab.data.sources.talents import phrases
from textlab.data.sources.talents.concepts import concepts
from textlab.data.sources.talents.population import Person

EXACT, NEIGHBOUR = 2, 1  # grades
KINDS = {"skills": 0.3, "paraphrase": 0.45, "conditions": 0.25}  # shares of each split
TEST_SHARE, VALIDATION_SHARE = 0.2, 0.1  # shares of the skills that only this split names
TRAIN_WORDINGS, VALIDATION_WORDINGS = (
    4,
    5,
)  # lay wordings 0 to 3 are for training, 4 for validation, the others for test
UNSEEN_SHARE = 0.5  # share of requests in validation and test that name a skill unknown to training
COMBINED_SHARE = 0.3  # share of skill requests that name two skills
LAY_CONDITIONS_SHARE = 0.3  # share of requests with conditions whose skill is in a layman's words
LEAST_STARS = (10, 50, 100, 500, 1000)
MOST_ATTEMPTS = 200

Relevance = dict[int, int]  # the grade of each person, by position


@dataclass(frozen=True)
class Query:
    """A request with its tags, its conditions as a filter, and the grades of the people who answer it."""

    text: str
    tags: tuple[str, ...]
    conditions: Mapping[str, Any]
    relevance: Relevance


@dataclass
class Requests:
    """Writes requests for the skills of one split.

    Args:
        random: the source of chance.
        people, profiles: n people and their profiles.
        split: "train", "validation" or "test".
        unseen: the skills that only this split names.
        shared: the skills that all splits name.
        written: the texts of all requests so far; no text is written twice.
    """

    random: Random
    people: Sequence[Person]
    profiles: Sequence[Profile]
    split: str
    unseen: Collection[str]
    shared: Collection[str]
    written: set[str] = field(default_factory=set)

    def queries(self, count: int) -> list[Query]:
        """Write `count` requests of all kinds, in random order.

        Raises:
            ValueError: there are too few people to write so many different requests.
        """
        made = []
        for kind, share in KINDS.items():
            write = {"skills": self._skills, "paraphrase": self._paraphrase, "conditions": self._conditions}[kind]
            made += [self._new(write) for _ in range(round(share * count))]
        self.random.shuffle(made)
        return made

    def _new(self, write: Any) -> Query:
        for _ in range(MOST_ATTEMPTS):
            query: Query | None = write()
            if query is not None and query.text.casefold() not in self.written:
                self.written.add(query.text.casefold())
                return query
        raise ValueError(f"{len(self.people)} people are too few for the requests of talents. Set people=1000 or more.")

    @cached_property
    def _experts(self) -> dict[str, list[int]]:
        """The people who have each skill, by position."""
        found: dict[str, list[int]] = {key: [] for key in concepts()}
        for position, person in enumerate(self.people):
            for key in person.skills:
                found[key].append(position)
        return found

    @cached_property
    def _mainly(self) -> dict[str, list[int]]:
        """The people whose main skill is each skill."""
        found: dict[str, list[int]] = {key: [] for key in concepts()}
        for position, person in enumerate(self.people):
            found[person.skills[0]].append(position)
        return found

    def _skill(self) -> str | None:
        """Draw a skill that somebody has."""
        is_unseen = bool(self.unseen) and self.random.random() < UNSEEN_SHARE
        key = self.random.choice(sorted(self.unseen if is_unseen else self.shared))
        return key if self._experts[key] else None

    def _tags(self, kind: str, *keys: str) -> tuple[str, ...]:
        return (kind, "unseen_skill") if self.unseen and set(keys) & set(self.unseen) else (kind,)

    def _relevance(self, key: str) -> Relevance:
        graded = {position: NEIGHBOUR for near in concepts()[key].near for position in self._mainly[near]}
        return graded | dict.fromkeys(self._experts[key], EXACT)

    def _template(self, pool: Sequence[str]) -> str:
        """Draw a template; the last third of a pool is for the test split alone."""
        known = len(pool) - len(pool) // 3
        return self.random.choice(pool if self.split == "test" else pool[:known])

    def _worded(self, key: str) -> str:
        """Return a skill as an expert words it."""
        concept = concepts()[key]
        template = self._template(phrases.SKILL_REQUESTS)
        return template.format(term=self.random.choice(concept.names), work=self.random.choice(concept.works))

    def _lay(self, key: str) -> str:
        """Return a wording of a layman; wordings of skills that all splits name are in one split only."""
        lay = concepts()[key].lay
        if key in self.unseen:
            return self.random.choice(lay)
        parts = {
            "train": lay[:TRAIN_WORDINGS],
            "validation": lay[TRAIN_WORDINGS:VALIDATION_WORDINGS],
            "test": lay[VALIDATION_WORDINGS:],
        }
        return self.random.choice(parts[self.split])

    def _skills(self) -> Query | None:
        key = self._skill()
        if key is None:
            return None
        if self.random.random() < COMBINED_SHARE:
            return self._combined(key)
        return Query(self._worded(key), self._tags("skills", key), {}, self._relevance(key))

    def _combined(self, key: str) -> Query | None:
        """Ask for two skills; people with one of them are a second choice."""
        person = self.people[self.random.choice(self._experts[key])]
        allowed = {*self.unseen, *self.shared}
        others = [other for other in person.skills if other != key and other in allowed]
        if not others:
            return None
        other = self.random.choice(others)
        names = [self.random.choice(concepts()[each].names) for each in (key, other)]
        text = self._template(phrases.COMBINED_REQUESTS).format(term=names[0], other=names[1])
        both = set(self._experts[key]) & set(self._experts[other])
        either = dict.fromkeys(sorted({*self._experts[key], *self._experts[other]}), NEIGHBOUR)
        tags = (*self._tags("skills", key, other), "combined")
        return Query(text, tags, {}, either | dict.fromkeys(sorted(both), EXACT))

    def _paraphrase(self) -> Query | None:
        key = self._skill()
        if key is None:
            return None
        text = self._template(phrases.LAY_REQUESTS).format(lay=self._lay(key))
        tags = self._tags("paraphrase", key)
        if self.split != "train" and len(tags) == 1:
            tags = (*tags, "unseen_wording")
        return Query(text, tags, {}, self._relevance(key))

    def _conditions(self) -> Query | None:
        """Ask for a skill with conditions that at least one person with the skill meets."""
        key = self._skill()
        if key is None:
            return None
        profile = self.profiles[self.random.choice(self._experts[key])]
        wordings = self._condition_wordings(profile)
        if not wordings:
            return None
        chosen = self.random.sample(sorted(wordings), min(len(wordings), self.random.choice((1, 2, 2, 3))))
        is_lay = self.random.random() < LAY_CONDITIONS_SHARE
        skill = self._lay(key) if is_lay else self.random.choice(concepts()[key].names)
        text = " ".join(
            [f"someone for {skill}" if is_lay else f"{skill} developer", *(wordings[name][0] for name in chosen)]
        )
        conditions = {name: wordings[name][1] for name in sorted(chosen)}
        relevance = {
            position: grade
            for position, grade in self._relevance(key).items()
            if meets(self.profiles[position], conditions)
        }
        tags = (*self._tags("conditions", key), *sorted(chosen), *(["lay"] if is_lay else []))
        return Query(text, tags, conditions, relevance)

    def _condition_wordings(self, profile: Profile) -> dict[str, tuple[str, Any]]:
        """Return conditions that a person meets: for each field, words and a filter."""
        wordings: dict[str, tuple[str, Any]] = {
            "place": (self._template(phrases.PLACE_CONDITIONS).format(place=profile.place), profile.place)
        }
        if profile.years >= 2:
            years = self.random.randint(2, profile.years)
            wordings["years"] = (self._template(phrases.YEARS_CONDITIONS).format(years=years), {"min": years})
        if profile.languages:
            count = min(len(profile.languages), self.random.choice((1, 1, 2)))
            languages = self.random.sample(profile.languages, count)
            words = self._template(phrases.LANGUAGES_CONDITIONS).format(languages=" and ".join(languages))
            wordings["languages"] = (words, languages)
        reached = [stars for stars in LEAST_STARS if stars <= profile.stars]
        if reached:
            stars = self.random.choice(reached)
            wordings["stars"] = (self._template(phrases.STARS_CONDITIONS).format(stars=stars), {"min": stars})
        return wordings


def meets(profile: Profile, conditions: Mapping[str, Any]) -> bool:
    """Return whether a person meets all conditions of a request."""
    return (
        profile.place == conditions.get("place", profile.place)
        and set(conditions.get("languages", ())) <= set(profile.languages)
        and profile.years >= conditions.get("years", {}).get("min", 0)
        and profile.stars >= conditions.get("stars", {}).get("min", 0)
    )


def partition(random: Random) -> dict[str, set[str]]:
    """Draw the skills that only validation and only test name; "train" holds those that all splits name."""
    keys = list(concepts())
    random.shuffle(keys)
    test, validation = round(TEST_SHARE * len(keys)), round(VALIDATION_SHARE * len(keys))
    return {
        "test": set(keys[:test]),
        "validation": set(keys[test : test + validation]),
        "train": set(keys[test + validation :]),
    }


def frame_columns(queries: Sequence[Query]) -> dict[str, list[str]]:
    """Return the columns of a split's frame, without ids."""
    return {
        "text": [query.text for query in queries],
        "tags": [" ".join(query.tags) for query in queries],
        "conditions": [json.dumps(query.conditions, sort_keys=True, ensure_ascii=False) for query in queries],
    }
