"""The skills of talents: their names, the works that show them, and the words in which laymen ask for them.

Each TOML file holds a table per skill:

    names       terms that a profile or an expert's request uses
    languages   programming languages, the most usual first
    near        skills whose people are a second choice (grade 1)
    works       things that a person with the skill builds, as noun phrases
    lay         wordings of a layman, as phrases that follow "someone who is good at"; they share no content word with
                the names and works of the skill
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Concept:
    """A skill.

    Attributes:
        key: its name in the file, such as "web_performance".
        domain: the name of its file, such as "web".
        names, languages, near, works, lay: see the package.
    """

    key: str
    domain: str
    names: tuple[str, ...]
    languages: tuple[str, ...]
    near: tuple[str, ...]
    works: tuple[str, ...]
    lay: tuple[str, ...]


@cache
def concepts() -> dict[str, Concept]:
    """Return all skills by their keys, in the order of the files."""
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for key, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            found[key] = Concept(key, path.stem, **{name: tuple(values) for name, values in table.items()})
    return found


@cache
def asked_nearby() -> dict[str, tuple[str, ...]]:
    """Return, for each skill, the skills to which it is a second choice."""
    return {key: tuple(other.key for other in concepts().values() if key in other.near) for key in concepts()}
