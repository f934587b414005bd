"""The people of talents: their skills, accounts and repositories.

No word of a profile may be a content word of a layman's request to which the person is an answer. Therefore each
fragment of a profile is drawn from those that share no stem with these requests.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from textlab.data.profiles.people import Repository, User
from textlab.data.sources.talents import phrases
from textlab.data.sources.talents.concepts import Concept, asked_nearby, concepts
from textlab.data.sources.talents.cultures import CULTURES, TOWNS
from textlab.data.sources.talents.words import content_stems

SKILLS = {1: 20, 2: 40, 3: 30, 4: 10}  # percent of people by number of skills
NEAR_SHARE = 0.6  # share of further skills that are near one of the person's own
AT_HOME_SHARE = 0.6  # share of people who live in a town of the culture of their name
ASPIRATION_SHARE = 0.15
NO_DESCRIPTION_SHARE = 0.05
FORK_SHARE = 0.3
FIRST_YEAR, LAST_YEAR = 2008, 2025
FEWEST_WORKS = 2  # usable works; a skill with fewer is replaced by another one
_SLOT = re.compile(r"{\w+}")
PRONOUNS = (("she/her", "She"), ("he/him", "He"), ("they/them", "They"))


@dataclass(frozen=True)
class Person:
    """A generated person.

    Attributes:
        user, repositories: what the profile is made from.
        skills: the keys of the person's concepts, the main one first.
    """

    user: User
    repositories: tuple[Repository, ...]
    skills: tuple[str, ...]


@cache
def request_stems() -> frozenset[str]:
    """Return the stems of the content words in the templates of laymen's requests."""
    return content_stems(" ".join(phrases.LAY_REQUESTS).replace("{lay}", " "))


@cache
def lay_stems(key: str) -> frozenset[str]:
    """Return the stems of the content words in the lay wordings of a skill."""
    return content_stems(" ".join(concepts()[key].lay))


def answered_by(skills: Sequence[str]) -> tuple[str, ...]:
    """Return the skills whose requests a person answers: their own, and those near their main one."""
    return (*skills, *asked_nearby()[skills[0]])


@cache
def _fragment_stems(fragment: str) -> frozenset[str]:
    return content_stems(_SLOT.sub(" ", fragment))


@dataclass(frozen=True)
class _Wardrobe:
    """The fragments that a person's profile may hold: those without a stem in `forbidden`."""

    random: Random
    forbidden: frozenset[str]

    def allowed(self, fragments: Sequence[str]) -> list[str]:
        return [each for each in fragments if self.forbidden.isdisjoint(_fragment_stems(each))]

    def pick(self, fragments: Sequence[str]) -> str:
        """Return one of the allowed fragments; "" if there is none."""
        allowed = self.allowed(fragments)
        return allowed[int(self.random.random() * len(allowed))] if allowed else ""


def generate(random: Random, count: int) -> list[Person]:
    """Generate people, each with a login of their own."""
    return [_person(random, number) for number in range(1, count + 1)]


def _person(random: Random, number: int) -> Person:
    skills = _skills(random)
    wardrobe = _Wardrobe(random, _forbidden(skills))
    culture = random.choice(CULTURES)
    gender = random.choices((0, 1, 2), (45, 45, 10))[0]
    first = random.choice((culture.women, culture.men, culture.women + culture.men)[gender])
    last = random.choice(culture.last)
    town = random.choice(culture.towns if random.random() < AT_HOME_SHARE else TOWNS)
    login = f"talent-{number:05d}"
    identity = {
        "name": f"{first} {last}",
        "first": first,
        "login": login,
        "place": town.split(",")[0],
        "origin": random.choice(culture.towns).split(",")[0],
        "pronouns": PRONOUNS[gender][0],
        "they": PRONOUNS[gender][1],
    }
    start = random.randint(FIRST_YEAR, LAST_YEAR - 1)
    repositories = _repositories(wardrobe, login, skills, start)
    user = User(login, identity["name"], _biography(wardrobe, skills, identity), town)
    return Person(user, repositories, skills)


def _skills(random: Random) -> tuple[str, ...]:
    """Draw skills that can be described together without a word of a layman's request for any of them."""
    known = concepts()
    wanted = random.choices(tuple(SKILLS), tuple(SKILLS.values()))[0]
    skills: tuple[str, ...] = (random.choice(tuple(known)),)
    for _ in range(8 * wanted):
        if len(skills) == wanted:
            break
        near = [key for skill in skills for key in known[skill].near]
        skill = random.choice(near if random.random() < NEAR_SHARE else tuple(known))
        if skill not in skills and _can_be_described((*skills, skill)):
            skills = (*skills, skill)
    return skills


def _forbidden(skills: Sequence[str]) -> frozenset[str]:
    return request_stems().union(*(lay_stems(key) for key in answered_by(skills)))


@cache
def _can_be_described(skills: tuple[str, ...]) -> bool:
    wardrobe = _Wardrobe(Random(0), _forbidden(skills))
    return all(
        wardrobe.allowed(concept.names)
        and wardrobe.allowed(concept.languages)
        and len(wardrobe.allowed(concept.works)) >= FEWEST_WORKS
        for concept in (concepts()[key] for key in skills)
    )


def _biography(wardrobe: _Wardrobe, skills: Sequence[str], identity: dict[str, str]) -> str:
    random = wardrobe.random
    sentences = [wardrobe.pick(phrases.GREETINGS)]
    for key in skills[: random.randint(1, 2)]:
        sentences.append(_filled(wardrobe, wardrobe.pick(phrases.STATEMENTS), concepts()[key]))
    if random.random() < ASPIRATION_SHARE:
        others = [concept for key, concept in concepts().items() if key not in answered_by(skills)]
        other = wardrobe.pick(random.choice(others).names)
        if other:
            sentences.append(wardrobe.pick(phrases.ASPIRATIONS).replace("{other}", other))
    sentences.append(wardrobe.pick(phrases.CLOSINGS))
    text = " ".join(filter(None, sentences))
    for slot in ("name", "first", "login", "place", "origin", "pronouns"):
        text = text.replace(f"{{{slot}}}", identity[slot])
    return text.replace("{They}", identity["they"])


def _filled(wardrobe: _Wardrobe, template: str, concept: Concept) -> str:
    work, term = wardrobe.pick(concept.works), wardrobe.pick(concept.names)
    return (
        template.replace("{work}", work)
        .replace("{Work}", _capitalised(work))
        .replace("{term}", term)
        .replace("{Term}", _capitalised(term))
    )


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _repositories(wardrobe: _Wardrobe, login: str, skills: Sequence[str], start: int) -> tuple[Repository, ...]:
    random = wardrobe.random
    made = []
    for place, key in enumerate(skills):
        concept = concepts()[key]
        works = wardrobe.allowed(concept.works)
        for work in random.sample(works, min(len(works), random.randint(1, 3 if place == 0 else 2))):
            made.append(_repository(wardrobe, login, concept, work, start))
    for name, description in random.sample(phrases.SIDELINES, random.randint(0, 2)):
        if wardrobe.allowed([f"{name} {description}"]):
            made.append(
                _dated(random, start, owner=login, name=name, description=description, stars=random.randint(0, 3))
            )
    if random.random() < FORK_SHARE:
        copied = random.choice(tuple(concepts().values()))
        work = random.choice(copied.works)
        made.append(_dated(random, start, owner=login, name=_slug(work), description=work, stars=0, is_fork=True))
    return tuple(made)


def _repository(wardrobe: _Wardrobe, login: str, concept: Concept, work: str, start: int) -> Repository:
    random = wardrobe.random
    languages = wardrobe.allowed(concept.languages)
    language = languages[min(int(random.expovariate(1.2)), len(languages) - 1)] if languages else ""
    repository = _dated(
        random,
        start,
        owner=login,
        name=_slug(work),
        language=language,
        languages={language: int(random.lognormvariate(10, 1.2))} if language else {},
        topics=tuple(
            name.lower().replace(" ", "-") for name in wardrobe.allowed(concept.names) if random.random() < 0.3
        ),
        stars=int(random.lognormvariate(2.2, 1.7)),
    )
    template = wardrobe.pick([each for each in phrases.DESCRIPTIONS if language or "{language}" not in each])
    description = template.replace("{work}", work).replace("{Work}", _capitalised(work))
    description = description.replace("{language}", language).replace("{year}", repository.created[:4])
    shown = "" if random.random() < NO_DESCRIPTION_SHARE else description
    return Repository(**(vars(repository) | {"description": shown}))


def _dated(random: Random, start: int, **values: object) -> Repository:
    """Make a repository that was created after a person's first year, and changed later."""
    created = random.randint(start, LAST_YEAR)
    pushed = random.randint(created, LAST_YEAR)
    months = sorted((random.randint(1, 12), random.randint(1, 12)))
    day = random.randint(1, 28)
    return Repository(
        created=f"{created}-{months[0]:02d}-{day:02d}",
        pushed=f"{pushed}-{months[1]:02d}-{day:02d}",
        **values,  # type: ignore[arg-type]
    )


def _slug(work: str) -> str:
    words = [
        word.strip(".,").lower() for word in work.split() if word.lower() not in {"a", "an", "the", "of", "for", "with"}
    ]
    return "-".join(words[:3])
