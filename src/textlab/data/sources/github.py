"""Profiles of real people from users.csv and repositories.csv: "github:path/to/folder".

`python -m textlab profiles collect` writes such a folder; files of your own do as well. Nobody judged who answers a
request. Therefore one repository of each person is held out of the profile, and its description is a query whose
answer is its owner (known-item search). This measures whether a search finds people by work that their profile does not
name. Others may have built the same thing, and the measurement counts them as wrong: compare models by it, and do not
read its level as a quality.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from textlab.data.preparation import Preparation
from textlab.data.profiles.aggregation import make_profile
from textlab.data.profiles.csv_tables import REPOSITORIES, USERS, read_repositories, read_users
from textlab.data.profiles.identity import Anonymiser
from textlab.data.profiles.joining import JoinedPeople
from textlab.data.profiles.people import FIELDS, Profile, Repository
from textlab.data.profiles.report import PreparationReport
from textlab.data.query_split import split_queries
from textlab.data.reading import files
from textlab.data.retrieval_dataset import RetrievalDataset

DESCRIPTION = "Profiles from users.csv and repositories.csv; each query describes a held-out repository of one person."
ARGUMENT = "FOLDER"
SHARES = (0.6, 0.2, 0.2)
FEWEST_WORDS = 4  # a description with fewer distinct words is not used as a query
FEWEST_QUERIES = 10
_WORD = re.compile(r"[^\W_]+")


def load(folder: str, *, seed: int = 13) -> RetrievalDataset:
    """Build the profiles, and make queries from held-out repositories.

    Args:
        folder: the folder of the two files. A relative path is looked up in the working directory, then in the
            checkout.
        seed: seed of the choice of repositories and of the split of the queries.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is not a table of users or repositories, or fewer than ten people have a repository to hold
            out.
    """
    users, repositories = fetch(folder)
    report = PreparationReport()
    profiles: list[Profile] = []
    queries: list[dict[str, str]] = []
    with (
        TemporaryDirectory() as temporary,
        closing(
            JoinedPeople(
                Path(temporary) / "people.db",
                read_users(users, report),
                read_repositories(repositories, report),
                report,
            )
        ) as people,
    ):
        places = people.places()
        for user, own in people:
            kept = list(own)
            held_out = _held_out(kept, seed)
            rest = [each for each in kept if each is not held_out]
            profile = make_profile(user, rest, places, report)
            if profile is None:
                continue
            profiles.append(profile)
            if held_out is not None:
                cleaner = Anonymiser(user, places, _languages(kept), Counter())
                text = cleaner.description(held_out.description)
                if _is_query(text):
                    queries.append({"text": text, "document": profile.id})
    return _dataset(folder, profiles, pd.DataFrame(queries, columns=["text", "document"]), seed, report)


def fetch(folder: str) -> list[Path]:
    """Return the two files; there is nothing to download.

    Raises:
        FileNotFoundError: a file is missing.
    """
    located = files.locate(folder)
    for name in (USERS, REPOSITORIES):
        if not (located / name).is_file():
            raise FileNotFoundError(
                f"{located} has no {name}. Collect it with `python -m textlab profiles collect`, or write it: "
                "data/README.md describes its columns."
            )
    return [located / USERS, located / REPOSITORIES]


def _held_out(repositories: Sequence[Repository], seed: int) -> Repository | None:
    """Choose the repository that becomes a query by a hash; None if the person has too few to hold one out."""
    described = [each for each in repositories if not each.is_fork and _is_query(each.description)]
    own = [each for each in repositories if not each.is_fork]
    if len(own) < 2 or not described:
        return None
    return min(described, key=lambda each: hashlib.sha256(f"{seed}\0{each.owner}\0{each.name}".encode()).digest())


def _is_query(text: str) -> bool:
    return len(set(_WORD.findall(text.casefold()))) >= FEWEST_WORDS


def _languages(repositories: Sequence[Repository]) -> list[str]:
    return [each.language.casefold() for each in repositories if each.language]


def _dataset(
    folder: str, profiles: Sequence[Profile], queries: pd.DataFrame, seed: int, report: PreparationReport
) -> RetrievalDataset:
    if len(queries) < FEWEST_QUERIES:
        raise ValueError(
            f"{folder}: {len(queries)} people have a described repository to hold out, and {FEWEST_QUERIES} are "
            "needed. Collect more users."
        )
    # Two people with the same description are two answers to one query.
    queries = queries.assign(key=queries["text"].str.casefold())
    first = queries.drop_duplicates("key")
    first = first.assign(id=[f"query-{number:06d}" for number in range(1, len(first) + 1)], tags="known_item")
    relevance = queries.merge(first[["key", "id"]], on="key").rename(columns={"id": "query"})
    train, validation, test = (
        part.reset_index(drop=True) for part in split_queries(first[["id", "text", "tags"]], SHARES, seed)
    )
    documents = pd.DataFrame(
        [{"id": each.id, "text": each.text, "title": each.title, **each.fields()} for each in profiles]
    )
    users, repositories = fetch(folder)
    version = hashlib.sha256(f"{files.checksum(users)}{files.checksum(repositories)}".encode()).hexdigest()[:12]
    return RetrievalDataset(
        f"github:{folder}",
        version,
        documents,
        train,
        validation,
        test,
        relevance[["query", "document"]].assign(grade=1),
        fields=FIELDS,
        people=True,
        preparation=Preparation(report.users_read + report.repositories_read),
    )
