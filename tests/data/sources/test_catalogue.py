"""The generated shop: neither text nor picture decides alone, and how well any model can do is known."""

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.metrics import accuracy_score, f1_score

import textlab.data
from textlab import paths
from textlab.data import Dataset
from textlab.data.sources import catalogue
from textlab.data.sources.catalogue.articles import KINDS, LABEL_NAMES, Article, Evidence, parts_of, sample
from textlab.data.sources.catalogue.best_possible import best_possible, evidence
from textlab.data.sources.catalogue.drawing.picture import SIZE, draw
from textlab.data.sources.catalogue.drawing.shapes import one_of
from textlab.data.sources.catalogue.texts import write
from textlab.data.sources.catalogue.wording import FOR, THINGS
from textlab.inputs import kind_of

ROWS = 240
README = paths.ROOT / "data" / "README.md"
DIGEST = "21e589658df8f94662abce39f2509f82c3a9a9fb93c8cff69815d9b447f58ffe"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty checkout, into whose data/processed the pictures are written."""
    folder = tmp_path_factory.mktemp("checkout")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "ROOT", folder)
        yield folder


@pytest.fixture(scope="module")
def dataset(checkout: Path) -> Dataset:
    return textlab.data.load("catalogue", rows=ROWS)


@pytest.fixture(scope="module")
def everything(dataset: Dataset) -> pd.DataFrame:
    return pd.concat([frame for _, frame in dataset.splits()], ignore_index=True)


def test_digest_is_pinned(dataset: Dataset) -> None:
    assert dataset.digest == DIGEST


def test_second_load_reads_the_pictures_that_are_there(dataset: Dataset, checkout: Path) -> None:
    pictures = list((checkout / "data" / "processed" / "catalogue").rglob("*.png"))
    written = {path: path.stat().st_mtime_ns for path in pictures}
    assert textlab.data.load(dataset.name).digest == dataset.digest
    assert {path: path.stat().st_mtime_ns for path in pictures} == written


def test_interrupted_generation_leaves_nothing(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*_: object) -> bytes:
        raise OSError("No space left on device")

    monkeypatch.setattr("textlab.data.sources.catalogue.folder.draw", full_disk)
    with pytest.raises(OSError, match="No space left"):
        catalogue.load(rows=ROWS, seed=99)
    assert not [path for path in (checkout / "data" / "processed" / "catalogue").glob("*seed-99*") if path.is_dir()]


def test_splits_have_their_sizes_and_every_class(dataset: Dataset) -> None:
    assert [len(frame) for _, frame in dataset.splits()] == [168, 24, 48]
    assert set(dataset.class_counts().loc["test"]) == {5, 6}
    assert dataset.inputs == ("text", "image")


def test_tags_say_who_decides_in_the_stated_shares(dataset: Dataset) -> None:
    counts = Counter(dataset.train["tags"])
    for tags in {kind.tags for kind in KINDS}:
        share = sum(kind.share for kind in KINDS if kind.tags == tags)
        assert counts[" ".join(tags)] == pytest.approx(share * len(dataset.train), abs=2)


def test_missing_inputs_are_tagged_and_no_article_misses_both(everything: pd.DataFrame) -> None:
    for column, tag in (("text", "no-text"), ("image", "no-picture")):
        is_tagged = everything["tags"].str.split().map(lambda tags, tag=tag: tag in tags)
        assert (everything[column] == "").equals(is_tagged)
    assert not ((everything["text"] == "") & (everything["image"] == "")).any()


def test_no_text_and_no_picture_occurs_twice(everything: pd.DataFrame) -> None:
    for column in ("text", "image"):
        found = [kind_of(column).identity(value) for value in everything[column] if value]
        assert len(set(found)) == len(found)


def test_pictures_are_small_png_files_of_one_size(everything: pd.DataFrame) -> None:
    for content in kind_of("image").encode([value for value in everything["image"] if value][:20]):
        picture = Image.open(io.BytesIO(content))
        picture.load()  # checks the checksums of the file
        assert (picture.format, picture.size) == ("PNG", (SIZE, SIZE))
        assert len(content) < 7000


def test_text_that_reveals_only_the_use_has_no_word_of_the_thing() -> None:
    random = Random(0)
    things = {word for words in THINGS.values() for word in words}
    for _ in range(300):
        sentences = write(random, Evidence(use="camping")).split(". ")
        from_decoys = ("voucher", "goes with", "free ", "not sold")
        told = " ".join(
            each.casefold() for each in sentences if not any(start in each.casefold() for start in from_decoys)
        )
        assert not {thing for thing in things if f" {thing} " in f" {told} "}


@pytest.mark.parametrize("use", FOR)
def test_text_that_reveals_a_use_has_its_words_and_no_phrase_of_another(use: str) -> None:
    random = Random(0)
    for _ in range(100):
        text = write(random, Evidence(use=use)).casefold()
        mentions = {each for each, phrases in FOR.items() for phrase in phrases if f" {phrase.casefold()}" in text}
        assert use in mentions


def test_picture_without_a_use_does_not_depend_on_the_use() -> None:
    assert draw(Random(3), Evidence("", "mug")) == draw(Random(3), Evidence(thing="mug"))
    assert draw(Random(3), Evidence("", "mug")) != draw(Random(3), Evidence("office", "mug"))


def test_noise_is_a_wrong_use_in_the_text_or_a_wrong_thing_on_the_picture() -> None:
    noisy = [article for article in sample(Random(0), 2000) if "noise" in article.tags]
    wrong_text = [a for a in noisy if a.text is not None and a.text.use != parts_of(a.label)[0]]
    wrong_picture = [a for a in noisy if a.picture is not None and a.picture.thing != parts_of(a.label)[1]]
    assert len(wrong_text) == len(wrong_picture) == 20
    assert len(noisy) == 40


STATED = {("text",): (54.8, 54.8, 56.8), ("image",): (54.8, 54.8, 56.8), ("text", "image"): (95.3, 95.3, 95.3)}


@pytest.mark.parametrize("inputs", STATED)
def test_stated_best_scores_are_those_that_follow_from_the_kinds(inputs: tuple[str, ...]) -> None:
    best = best_possible(inputs)
    found = (best.accuracy, best.macro_f1, best.macro_f1_of_any_rule)
    assert tuple(round(100 * score, 1) for score in found) == STATED[inputs]
    for source in (catalogue.__doc__, README.read_text()):
        assert source is not None
        assert all(f"{score:.1f}" in source for score in STATED[inputs])


@pytest.fixture(scope="module")
def simulated() -> tuple[list[Article], list[Article]]:
    return sample(Random(1), 40_000), sample(Random(2), 40_000)


@pytest.mark.parametrize("inputs", STATED)
def test_stated_best_scores_are_reached_on_simulated_articles(
    inputs: tuple[str, ...], simulated: tuple[list[Article], list[Article]]
) -> None:
    learnt, judged = simulated
    predictions = most_frequent(learnt, judged, inputs)
    labels = [article.label for article in judged]
    best = best_possible(inputs)
    assert accuracy_score(labels, predictions) == pytest.approx(best.accuracy, abs=0.01)
    assert f1_score(labels, predictions, average="macro") == pytest.approx(best.macro_f1, abs=0.01)


def most_frequent(learnt: list[Article], judged: list[Article], inputs: tuple[str, ...]) -> list[int]:
    """Decide as a model with endless data would; classes that are equally frequent take turns."""
    counts: dict[object, np.ndarray] = {}
    for article in learnt:
        counts.setdefault(evidence(article, inputs), np.zeros(len(LABEL_NAMES)))[article.label] += 1
    chance = Random(0)
    near = {key: np.flatnonzero(found > 0.7 * found.max()) for key, found in counts.items()}
    return [int(one_of(chance, near[evidence(article, inputs)])) for article in judged]


@pytest.mark.parametrize("rows", [199, 100_001])
def test_number_of_rows_is_bounded(rows: int) -> None:
    with pytest.raises(ValueError, match="It must be from 200 to 100,000"):
        catalogue.load(rows=rows)
