"""Make one profile from a user and the user's repositories."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from textlab.data.profiles.identity import Anonymiser, folded
from textlab.data.profiles.people import Profile, Repository, User
from textlab.data.profiles.report import LeftOut, PreparationReport

LEAST_SHARE = 0.05  # a language with a smaller share of a person's code is not listed
MOST_LANGUAGES, MOST_TOPICS = 8, 12
MOST_DESCRIPTIONS = 12  # descriptions in a profile, those with the most stars
MOST_CHARACTERS = 300  # characters of a description
DAYS_A_YEAR = 365.25


@dataclass
class _Work:
    """The repositories of one person, added up."""

    bytes: Counter[str] = field(default_factory=Counter)
    repositories: Counter[str] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    described: list[Repository] = field(default_factory=list)
    stars: int = 0
    first: str = ""
    last: str = ""

    def add(self, repository: Repository) -> None:
        self.bytes.update(repository.languages)
        if repository.language:
            self.repositories[repository.language] += 1
        self.topics.update(repository.topics)
        self.stars += repository.stars
        self.first = min(filter(None, (self.first, repository.created)), default="")
        self.last = max(self.last, repository.pushed, repository.created)
        self.described.append(repository)
        if len(self.described) > 2 * MOST_DESCRIPTIONS:  # bounded memory for a person with many repositories
            self.described = self.best()

    def best(self) -> list[Repository]:
        """Return the repositories with most stars; equal ones in the order of their names."""
        return sorted(self.described, key=lambda each: (-each.stars, each.name))[:MOST_DESCRIPTIONS]

    def languages(self) -> tuple[str, ...]:
        """Return the languages with a share of the bytes of code, or of the repositories if bytes are unknown."""
        counts = self.bytes or self.repositories
        ordered = sorted(counts, key=lambda language: (-counts[language], language))
        least = LEAST_SHARE * counts.total()
        return tuple(language for language in ordered if counts[language] >= least)[:MOST_LANGUAGES]

    def years(self) -> int:
        if not self.first:
            return 0
        days = (date.fromisoformat(self.last[:10]) - date.fromisoformat(self.first[:10])).days
        return int(days / DAYS_A_YEAR)


def make_profile(
    user: User, repositories: Iterable[Repository], places: frozenset[str], report: PreparationReport
) -> Profile | None:
    """Make the profile of one person.

    Args:
        user: the person.
        repositories: the person's repositories, in any order; they are read once.
        places: the folded parts of the locations of all users, see `identity.parts_of_place`.
        report: counts forks and what is removed.

    Returns:
        The profile; None if nothing that could be searched remains.
    """
    work = _Work()
    for repository in repositories:
        if repository.is_fork:
            report.leave_out(LeftOut.FORK)
        else:
            work.add(repository)
    languages = work.languages()
    kept = {folded(name) for name in (*languages, *work.repositories)}
    clean = Anonymiser(user, places, kept, report.removed)
    topics = sorted(work.topics, key=lambda topic: (-work.topics[topic], topic))[:MOST_TOPICS]
    descriptions = (clean.description(_described(each)[:MOST_CHARACTERS]) for each in work.best())
    sentences = [
        clean.biography(user.biography),
        *dict.fromkeys(filter(None, descriptions)),
        f"Topics: {', '.join(clean.description(topic.replace('-', ' ')) for topic in topics)}" if topics else "",
        f"Languages: {', '.join(languages)}" if languages else "",
    ]
    text = " ".join(_ended(sentence) for sentence in sentences if sentence)
    if not text:
        return None
    place = user.location.split(",")[0].strip()
    return Profile(user.login, user.name or user.login, text, place, languages, work.years(), work.stars)


def _described(repository: Repository) -> str:
    """Return the description, or the words of the name where there is none."""
    return repository.description or repository.name.replace("-", " ").replace("_", " ")


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
