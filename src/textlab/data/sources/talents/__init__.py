"""`talents`: invented people with repositories, and requests for what they can do.

The dataset needs no download. data/README.md describes its requests, its relevance and the best possible score.
"""

from random import Random

import pandas as pd

from textlab.data.preparation import Preparation
from textlab.data.profiles.aggregation import make_profile
from textlab.data.profiles.identity import parts_of_place
from textlab.data.profiles.people import FIELDS, Profile
from textlab.data.profiles.report import PreparationReport
from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.data.sources.talents.cultures import TOWNS
from textlab.data.sources.talents.population import Person, generate
from textlab.data.sources.talents.requests import Query, Requests, frame_columns, partition
from textlab.data.sources.talents.similarity import similarity_pairs

DESCRIPTION = "3,000 invented people with repositories; 3,000 requests: skills, paraphrases and conditions."
VERSION = "1"
SIZES = {"train": 2000, "validation": 400, "test": 600}
FEWEST_PEOPLE, MOST_PEOPLE = 500, 100_000


def load(*, people: int = 3000, seed: int = 13) -> RetrievalDataset:
    """Generate the dataset; the same options give the same rows on every machine.

    Args:
        people: number of people.
        seed: random seed, the only source of chance.

    Raises:
        ValueError: the number of people is outside of 500 to 100,000.
    """
    if not FEWEST_PEOPLE <= people <= MOST_PEOPLE:
        raise ValueError(
            f"Option 'people' of dataset 'talents' is {people:,}. It must be from {FEWEST_PEOPLE} to {MOST_PEOPLE:,}."
        )
    random = Random(seed)
    persons = generate(random, people)
    profiles = build_profiles(persons)
    skills, written = partition(random), set[str]()
    queries = {
        split: Requests(
            random, persons, profiles, split, () if split == "train" else skills[split], skills["train"], written
        ).queries(size)
        for split, size in SIZES.items()
    }
    frames = {split: _frame(split, found) for split, found in queries.items()}
    return RetrievalDataset(
        "talents",
        VERSION,
        _documents(profiles),
        frames["train"],
        frames["validation"],
        frames["test"],
        _relevance(queries, profiles),
        fields=FIELDS,
        people=True,
        pairs=similarity_pairs(random),
        preparation=Preparation(people + sum(SIZES.values())),
    )


def build_profiles(persons: list[Person]) -> list[Profile]:
    """Make the profiles with the builder that serves real accounts, too."""
    places = frozenset(part for town in TOWNS for part in parts_of_place(town))
    report = PreparationReport()
    made = [make_profile(person.user, person.repositories, places, report) for person in persons]
    return [profile for profile in made if profile is not None]


def _documents(profiles: list[Profile]) -> pd.DataFrame:
    rows = [{"id": each.id, "text": each.text, "title": each.title, **each.fields()} for each in profiles]
    return pd.DataFrame(rows)


def _frame(split: str, queries: list[Query]) -> pd.DataFrame:
    ids = [_id(split, number) for number in range(len(queries))]
    return pd.DataFrame({"id": ids, **frame_columns(queries)})


def _id(split: str, number: int) -> str:
    return f"{split}-{number + 1:04d}"


def _relevance(queries: dict[str, list[Query]], profiles: list[Profile]) -> pd.DataFrame:
    ids = [profile.id for profile in profiles]
    names: list[str] = []
    documents: list[str] = []
    grades: list[int] = []
    for split, found in queries.items():
        for number, query in enumerate(found):
            names += [_id(split, number)] * len(query.relevance)
            documents += [ids[position] for position in query.relevance]
            grades += query.relevance.values()
    return pd.DataFrame({"query": names, "document": documents, "grade": grades})
