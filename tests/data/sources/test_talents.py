"""The generated people: their profiles, and requests whose answers are known by construction."""

import json
import re

import pandas as pd
import pytest

from textlab.data import RetrievalDataset
from textlab.data.profiles.gazetteer import GENDER_WORDS
from textlab.data.profiles.identity import folded
from textlab.data.sources import talents
from textlab.data.sources.talents.concepts import concepts
from textlab.data.sources.talents.cultures import CULTURES, TOWNS
from textlab.data.sources.talents.requests import KINDS
from textlab.data.sources.talents.words import FUNCTION_WORDS, content_stems

DIGEST = "3034f7d42ee1db28edf17e05248584790c328e7b0833cf4280b41aba1dd0a3da"


@pytest.fixture(scope="module")
def dataset() -> RetrievalDataset:
    return talents.load()


def tagged(dataset: RetrievalDataset, split: str, tag: str) -> pd.DataFrame:
    queries = getattr(dataset, split)
    return queries[queries["tags"].str.split().map(lambda tags: tag in tags)]


def wordings(dataset: RetrievalDataset, split: str) -> set[str]:
    """The lay wordings that the requests of a split use."""
    texts = " | ".join(getattr(dataset, split)["text"])
    return {lay for concept in concepts().values() for lay in concept.lay if lay in texts}


def test_digest_is_pinned(dataset: RetrievalDataset) -> None:
    assert dataset.digest == DIGEST


def test_another_seed_gives_other_people_and_requests(dataset: RetrievalDataset) -> None:
    other = talents.load(people=500, seed=7)
    assert len(other.documents) == 500
    assert not set(other.test["text"]) >= set(dataset.test["text"])


@pytest.mark.parametrize("people", [0, 499, 100_001])
def test_too_few_or_too_many_people_are_refused(people: int) -> None:
    with pytest.raises(ValueError, match=f"is {people:,}. It must be from 500 to 100,000"):
        talents.load(people=people)


def test_every_kind_of_request_has_its_share_of_every_split(dataset: RetrievalDataset) -> None:
    for split, queries in dataset.splits():
        counts = queries["tags"].str.split().str[0].value_counts()
        assert counts.to_dict() == {kind: round(share * len(queries)) for kind, share in KINDS.items()}, split


def test_a_paraphrase_shares_no_content_word_with_the_people_who_answer_it(dataset: RetrievalDataset) -> None:
    stems = dict(zip(dataset.documents["id"], dataset.documents["text"].map(content_stems), strict=True))
    checked = 0
    for split, _ in dataset.splits():
        answers = dataset.relevant(split)
        for query, text in tagged(dataset, split, "paraphrase")[["id", "text"]].itertuples(index=False):
            shared = {word for document in answers[query] for word in content_stems(text) & stems[document]}
            assert not shared, (text, shared)
            checked += len(answers[query])
    assert checked > 100_000


def test_the_function_words_that_both_may_use_name_no_skill() -> None:
    skills = " ".join(name for concept in concepts().values() for name in concept.names).lower().split()
    assert set(skills) & FUNCTION_WORDS == {"as"}  # "infrastructure as code"


def test_no_wording_of_a_layman_is_in_two_splits(dataset: RetrievalDataset) -> None:
    train, validation, test = (wordings(dataset, split) for split in ("train", "validation", "test"))
    assert min(map(len, (train, validation, test))) > 50
    assert not train & validation
    assert not train & test
    assert not validation & test


def test_unseen_skills_are_in_no_training_request(dataset: RetrievalDataset) -> None:
    experts = {"train": set[frozenset[str]](), "test": set[frozenset[str]]()}
    for split, found in experts.items():
        answers = dataset.relevant(split)
        queries = tagged(dataset, split, "unseen_skill" if split == "test" else "skills")
        for query in queries.loc[queries["conditions"] == "{}", "id"]:
            found.add(frozenset(document for document, grade in answers[query].items() if grade == 2))
    assert len(experts["test"]) >= round(0.2 * len(concepts()))
    assert not experts["train"] & experts["test"]


def test_half_of_the_test_paraphrases_name_a_skill_that_training_does_not(dataset: RetrievalDataset) -> None:
    paraphrases = tagged(dataset, "test", "paraphrase")
    unseen = paraphrases["tags"].str.contains("unseen_skill")
    assert 0.4 < unseen.mean() < 0.6
    assert paraphrases.loc[~unseen, "tags"].str.contains("unseen_wording").all()


def test_everyone_who_answers_a_request_meets_its_conditions(dataset: RetrievalDataset) -> None:
    documents = dataset.documents.set_index("id")
    answers = dataset.relevant("test")
    for query, text in tagged(dataset, "test", "conditions")[["id", "conditions"]].itertuples(index=False):
        conditions = json.loads(text)
        assert conditions
        for document in answers[query]:
            person = documents.loc[document]
            assert person["place"] == conditions.get("place", person["place"])
            assert set(conditions.get("languages", [])) <= set(person["languages"])
            assert person["years"] >= conditions.get("years", {}).get("min", 0)
            assert person["stars"] >= conditions.get("stars", {}).get("min", 0)


def test_only_requests_of_the_kind_conditions_state_any(dataset: RetrievalDataset) -> None:
    for _, queries in dataset.splits():
        states = queries["conditions"] != "{}"
        assert (states == queries["tags"].str.startswith("conditions")).all()


def test_profiles_hold_no_name_place_address_or_gender_word(dataset: RetrievalDataset) -> None:
    names = {folded(name) for culture in CULTURES for name in (*culture.women, *culture.men, *culture.last)}
    places = {folded(town.split(",")[0]) for town in TOWNS}
    for title, text in zip(dataset.documents["title"], dataset.documents["text"], strict=True):
        plain = folded(text.replace("CAN bus", "").replace("can bus", ""))  # Can is also a name
        words = set(re.findall(r"[^\W\d_]+", plain))
        assert not words & (GENDER_WORDS | {folded(part) for part in title.split()}), text
        assert not {place for place in places if re.search(rf"\b{place}\b", plain)}, text
        assert "@" not in text
        assert "http" not in text
        assert "talent-" not in text
    assert len(names) > 250


def test_similarities_are_graded_and_name_no_wording_of_training(dataset: RetrievalDataset) -> None:
    assert dataset.pairs is not None
    assert sorted(dataset.pairs["similarity"].unique()) == [0.0, 0.25, 0.5, 0.75, 1.0]
    seen = wordings(dataset, "train")
    assert not seen & {*dataset.pairs["first"], *dataset.pairs["second"]} - {
        lay for concept in concepts().values() for lay in concept.lay[-2:]
    }


def test_every_skill_is_complete() -> None:
    for key, concept in concepts().items():
        assert (len(concept.names), len(concept.works), len(concept.lay)) == (3, 5, 7), key
        assert set(concept.near) <= set(concepts()) - {key}, key
        assert concept.languages, key
        described = content_stems(" ".join((*concept.names, *concept.works)))
        assert not {lay for lay in concept.lay if content_stems(lay) & described}, key
