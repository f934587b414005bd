"""Users, their repositories, and the profiles that are made from both."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from textlab.search.fields import FieldKind

FIELDS: Mapping[str, FieldKind] = {
    "place": FieldKind.WORD,
    "languages": FieldKind.WORDS,
    "years": FieldKind.NUMBER,
    "stars": FieldKind.NUMBER,
}


@dataclass(frozen=True)
class User:
    """A person with an account.

    Attributes:
        login: the account's name; the profile's id.
        name: the person's name, which is shown but never searched.
        biography: what the person says about themselves.
        location: where the person says to live, as free text.
    """

    login: str
    name: str = ""
    biography: str = ""
    location: str = ""


@dataclass(frozen=True)
class Repository:
    """A public repository.

    Attributes:
        owner: the login of its owner.
        name, description: as on its page.
        language: the main programming language; "" if unknown.
        languages: bytes of code by language; {} if unknown.
        topics: the labels that the owner gave it.
        stars: number of people who marked it.
        is_fork: whether it is a copy of another repository.
        created, pushed: the dates of its creation and last change, as ISO 8601; "" if unknown.
    """

    owner: str
    name: str
    description: str = ""
    language: str = ""
    languages: Mapping[str, int] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    stars: int = 0
    is_fork: bool = False
    created: str = ""
    pushed: str = ""


@dataclass(frozen=True)
class Profile:
    """The searchable document of a person.

    Attributes:
        id: the user's login.
        title: the person's name, to be shown; never searched.
        text: what is searched. It holds no name, address, gender word, origin or place.
        place: the town that the person states; "" if none.
        languages: programming languages, the most used first.
        years: whole years from the first repository to the last change.
        stars: sum over the person's own repositories.
    """

    id: str
    title: str
    text: str
    place: str
    languages: tuple[str, ...]
    years: int
    stars: int

    def fields(self) -> dict[str, str | list[str] | int]:
        """Return the values that filters refer to, see `FIELDS`."""
        return {"place": self.place, "languages": list(self.languages), "years": self.years, "stars": self.stars}

    def document(self) -> dict[str, object]:
        """Return the profile as a line of BEIR's corpus.jsonl, with its digest."""
        content: dict[str, object] = {"_id": self.id, "title": self.title, "text": self.text, "metadata": self.fields()}
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=True)
        return content | {"digest": hashlib.sha256(canonical.encode()).hexdigest()}
