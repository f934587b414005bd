"""Profiles of real accounts as a dataset: each query describes a repository that the profile does not hold."""

import csv
from pathlib import Path

import pytest

from textlab.data import RetrievalDataset, load
from textlab.data.sources import github, talents
from textlab.data.sources.talents.population import generate


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The accounts of 60 invented people."""
    from random import Random

    path = tmp_path_factory.mktemp("github")
    people = generate(Random(1), 60)
    with (path / "users.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["login", "name", "bio", "location"])
        writer.writerows([p.user.login, p.user.name, p.user.biography, p.user.location] for p in people)
    with (path / "repositories.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["owner", "name", "description", "language", "topics", "stars", "fork", "created_at"])
        for repository in (each for person in people for each in person.repositories):
            topics = " ".join(repository.topics)
            row = [repository.owner, repository.name, repository.description, repository.language, topics]
            writer.writerow([*row, repository.stars, repository.is_fork, repository.created])
    return path


@pytest.fixture(scope="module")
def dataset(folder: Path) -> RetrievalDataset:
    return load(f"github:{folder}", RetrievalDataset)


def test_every_query_has_its_owner_as_answer_and_is_in_one_split(dataset: RetrievalDataset) -> None:
    queries = [text.casefold() for _, frame in dataset.splits() for text in frame["text"]]
    assert len(queries) == len(set(queries)) > 20
    for split, frame in dataset.splits():
        answers = dataset.relevant(split)
        assert all(answers[query] for query in frame["id"])


def test_no_profile_holds_the_description_that_asks_for_it(dataset: RetrievalDataset) -> None:
    texts = dict(zip(dataset.documents["id"], dataset.documents["text"], strict=True))
    for split, frame in dataset.splits():
        answers = dataset.relevant(split)
        for query, text in frame[["id", "text"]].itertuples(index=False):
            # The biography may still name the work; the description itself is gone.
            assert not any(
                f"{text}." in texts[document].partition("Topics:")[0].split(". ") for document in answers[query]
            )


def test_everyone_stays_findable(dataset: RetrievalDataset) -> None:
    assert len(dataset.documents) == 60
    assert dataset.fields == talents.FIELDS


def test_the_same_files_give_the_same_dataset_and_another_seed_another(folder: Path, dataset: RetrievalDataset) -> None:
    assert load(dataset.name, RetrievalDataset).digest == dataset.digest
    assert load(f"github:{folder}?seed=7", RetrievalDataset).digest != dataset.digest


def test_a_folder_without_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("login\nada\n")
    with pytest.raises(FileNotFoundError, match=r"has no repositories.csv. Collect it with"):
        github.load(str(tmp_path))


def test_too_few_people_are_refused(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("login,bio\nada,Compilers\n")
    (tmp_path / "repositories.csv").write_text("owner,name\nada,x\n")
    with pytest.raises(ValueError, match="0 people have a described repository to hold out, and 10 are needed"):
        github.load(str(tmp_path))
