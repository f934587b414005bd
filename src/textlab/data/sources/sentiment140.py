"""Sentiment140 (Go et al. 2009): tweets labelled by their emoticon, which was then removed."""

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pandas as pd

from textlab.data import split
from textlab.data.dataset import Dataset
from textlab.data.preparation import Reason
from textlab.data.preparation_log import PreparationLog
from textlab.data.reading import escapes, files

DESCRIPTION = "Sentiment140: tweets of 2009 labelled by emoticon; 1.6 million, or a sample of 100,000."
LABEL_NAMES = ("negative", "positive")
POLARITIES = {"0": 0, "4": 1}  # the manual test also has 2, neutral; training does not
FULL = "training.1600000.processed.noemoticon.csv"
MANUAL = "testdata.manual.2009.06.14.csv"

ARCHIVE = files.RemoteFile(
    path="sentiment140/trainingandtestdata.zip",
    url="https://cs.stanford.edu/people/alecmgo/trainingandtestdata.zip",
    checksums=("004a3772c8a7ff9bbfeb875880f47f0679d93fc63e5cf9cff72d54a8a6162e57",),
)
SAMPLE_BY_HAND = (
    "The sample needs all three of its files. To download the full archive (81 MB) instead, remove them, including "
    "any that end in .bad, and unset TEXTLAB_MIRROR."
)
# 50,000 raw texts per class from the 1.6 million, and the manual test without user names.
SAMPLE = {
    "negative": files.RemoteFile(
        path="sentiment140/tweets_100k_negative.txt",
        url="",
        checksums=("91305124952116f2a29e1b1024eb74f74f6bfdf566189ffed2f0bfa9b181a3b7",),
        by_hand=SAMPLE_BY_HAND,
    ),
    "positive": files.RemoteFile(
        path="sentiment140/tweets_100k_positive.txt",
        url="",
        checksums=("9974fca006a8ba35d363f2444712b16479948ba2fc9613a2d42cdd143251769d",),
        by_hand=SAMPLE_BY_HAND,
    ),
    "manual": files.RemoteFile(
        path=f"sentiment140/{MANUAL}",
        url="",
        checksums=("8f7fa61eaf1b8959373409a37e3abf1ae317b6b4a58618d84c88b155873a29d6",),
        by_hand=SAMPLE_BY_HAND,
    ),
}


def load(*, seed: int = 13, test: Literal["held_out", "manual"] = "held_out") -> Dataset:
    """Load negative and positive tweets: all 1.6 million if the archive is there, else the sample of 100,000.

    Duplicates and texts with both labels are removed first. No test text is in the training split.

    Args:
        seed: seed of the split.
        test: "held_out" tests on 10 % of the tweets. "manual" tests on the 359 polar tweets that were labelled by
            hand. Either way, validation takes 10 % of the tweets.
    """
    paths = fetch()
    archive = paths[0] if paths[0].suffix == ".zip" else None
    pool = _read_full(archive) if archive else _read_sample(paths)
    pool["text"] = [escapes.decode(escapes.repair_utf8(text)) for text in pool["text"]]
    manual = _read_manual(archive, paths) if test == "manual" else None
    log = PreparationLog("sentiment140", len(pool) + (0 if manual is None else len(manual)), LABEL_NAMES)
    pool = split.drop_empty(split.in_hash_order(pool), log)
    pool = split.drop_duplicates(pool, log)
    pool = log.drop(pool, pool["id"].duplicated(), Reason.SAME_ID)
    if manual is None:
        parts = split.stratified_split(pool, (0.8, 0.1, 0.1), seed, LABEL_NAMES)
    else:
        pool = split.drop_texts_of(pool, manual, log, Reason.IN_TEST)
        parts = [*split.stratified_split(pool, (0.9, 0.1), seed, LABEL_NAMES), manual]
    version = files.checksum(paths[0])[:12]
    return Dataset("sentiment140", version, LABEL_NAMES, *parts, preparation=log.preparation(parts))


def fetch() -> list[Path]:
    """Return the archive if it is there, else the sample if part of it is there; else download the archive.

    Raises:
        FileNotFoundError: a file of the sample is missing, or was set aside because its content is wrong.
    """
    sampled = any(files.find(part.path) or files.was_set_aside(part.path) for part in SAMPLE.values())
    if sampled and files.find(ARCHIVE.path) is None:
        return [files.obtain(part) for part in SAMPLE.values()]
    return [files.obtain(ARCHIVE)]


def _read_full(archive: Path) -> pd.DataFrame:
    rows = [(row[1], row[5], POLARITIES[row[0]]) for row in _rows_in(archive, FULL)]
    return pd.DataFrame(rows, columns=["id", "text", "label"], index=range(1, len(rows) + 1))


def _read_sample(paths: list[Path]) -> pd.DataFrame:
    rows, lines = [], []
    for label, name in enumerate(LABEL_NAMES):
        # str.splitlines() would also cut at U+0085, which fifteen of these tweets contain.
        texts = paths[label].read_bytes().decode("utf-8").removesuffix("\n").split("\n")
        rows += [(f"{name}-{number:05d}", text, label) for number, text in enumerate(texts)]
        lines += [f"{paths[label].name}:{line}" for line in range(1, len(texts) + 1)]
    return pd.DataFrame(rows, columns=["id", "text", "label"], index=lines)


def _read_manual(archive: Path | None, paths: list[Path]) -> pd.DataFrame:
    if archive:
        rows = list(_rows_in(archive, MANUAL))
    else:
        with paths[-1].open(encoding="utf-8", newline="") as handle:
            rows = list(csv.reader(handle))
    polar = [(f"manual-{row[1]}", escapes.decode(row[5]), POLARITIES[row[0]]) for row in rows if row[0] in POLARITIES]
    return pd.DataFrame(polar, columns=["id", "text", "label"])


def _rows_in(archive: Path, member: str) -> Iterator[list[str]]:
    """Yield the rows of a CSV file in the archive: polarity, id, date, query, user, text; there is no header."""
    with zipfile.ZipFile(archive) as opened, opened.open(member) as handle:
        yield from csv.reader(io.TextIOWrapper(handle, encoding="latin-1", newline=""))
