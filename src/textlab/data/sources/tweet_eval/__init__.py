"""TweetEval (Barbieri et al. 2020, https://aclanthology.org/2020.findings-emnlp.148), with its official splits."""

from pathlib import Path

import pandas as pd

from textlab.data import split
from textlab.data.dataset import Dataset
from textlab.data.preparation_log import PreparationLog
from textlab.data.reading import escapes, files
from textlab.data.sources.tweet_eval.published import BENCHMARK, CHECKSUMS, FILES, LABEL_NAMES, PARTS, SIZES

__all__ = ["BENCHMARK", "DESCRIPTION", "VARIANTS", "fetch", "load"]

DESCRIPTION = "TweetEval: English tweets of seven SemEval tasks, official splits."
URL = "https://raw.githubusercontent.com/cardiffnlp/tweeteval/main/datasets"

VARIANTS = tuple(LABEL_NAMES)


def load(variant: str) -> Dataset:
    """Load one task of TweetEval.

    The test split keeps all published rows in their order, so published predictions can be compared row by row. Texts
    of the test split are removed from validation and training, and texts of validation from training. Training also
    loses its own duplicates. The five parts of "stance" are joined in the benchmark's order, and tags name them.

    Args:
        variant: the task, one of `VARIANTS`.

    Raises:
        ValueError: files do not belong together, or hold another number of rows than was published.
    """
    folders = [_files(folder) for folder in _folders(variant)]
    for path_of in folders:
        _check_editions(variant, path_of)
    train, validation, test = (_split(folders, stem, variant) for stem in ("train", "val", "test"))
    if variant not in CHECKSUMS:
        _check_sizes(variant, train, validation, test)
    names, name = LABEL_NAMES[variant], f"tweet_eval/{variant}"
    log = PreparationLog(name, len(train) + len(validation) + len(test), names)
    # No published text is empty. Test rows are never dropped, so Dataset would refuse an empty one.
    train, validation = split.drop_empty(train, log), split.drop_empty(validation, log)
    # The two editions order the training rows differently. In hash order, their ids and digests agree.
    train = split.in_hash_order(train.drop(columns="id"))
    train.insert(0, "id", [f"train-{number:05d}" for number in range(len(train))])
    parts = split.separate(train, validation, test, log)
    version = "-".join(files.checksum(path_of["train_text.txt"])[:12] for path_of in folders)
    return Dataset(name, version, names, *parts, preparation=log.preparation(parts))


def fetch(variant: str) -> list[Path]:
    """Return the verified files of a task, six for each part; download those that are missing."""
    return [path for folder in _folders(variant) for path in _files(folder).values()]


def _folders(variant: str) -> list[str]:
    """Return the published folders of a task: one, or one for each part."""
    return [f"{variant}/{part}" for part in PARTS[variant]] if variant in PARTS else [variant]


def _files(folder: str) -> dict[str, Path]:
    """Return the six verified files of a folder by name."""
    checksums = CHECKSUMS.get(folder, {})
    return {
        name: files.obtain(
            files.RemoteFile(f"tweet_eval/{folder}/{name}", f"{URL}/{folder}/{name}", checksums.get(name, ()))
        )
        for name in FILES
    }


def _check_editions(variant: str, path_of: dict[str, Path]) -> None:
    if variant not in CHECKSUMS:
        return
    texts, labels = "train_text.txt", "train_labels.txt"
    editions = [CHECKSUMS[variant][name].index(files.checksum(path_of[name])) for name in (texts, labels)]
    if len(set(editions)) > 1:
        raise ValueError(
            f"{path_of[texts]} and {labels} beside it come from two editions, so the labels would belong to "
            "other texts. Take both files from the same source."
        )


def _check_sizes(variant: str, *splits: pd.DataFrame) -> None:
    """Compare the numbers of rows with those of the paper, because no checksum is known."""
    found = tuple(map(len, splits))
    if found != SIZES[variant]:
        raise ValueError(
            f"tweet_eval/{variant} has {found} rows of training, validation and test, but {SIZES[variant]} were "
            "published. Remove its files from data/raw and run again to download them."
        )


def _split(folders: list[dict[str, Path]], file_stem: str, variant: str) -> pd.DataFrame:
    """Return the rows of a split, each indexed by its line in the file of texts; tags name the parts of a task."""
    split_name = {"val": "validation"}.get(file_stem, file_stem)
    parts = [_rows(path_of, file_stem, variant) for path_of in folders]
    if variant in PARTS:
        for part, rows in zip(PARTS[variant], parts, strict=True):
            rows["tags"] = part
            rows.index = part + "/" + rows.index
    joined = pd.concat(parts)
    joined.insert(0, "id", [f"{split_name}-{number:05d}" for number in range(len(joined))])
    return joined


def _rows(path_of: dict[str, Path], file_stem: str, variant: str) -> pd.DataFrame:
    texts = _lines(path_of[f"{file_stem}_text.txt"])
    labels = _lines(path_of[f"{file_stem}_labels.txt"])
    if len(texts) != len(labels):
        raise ValueError(
            f"tweet_eval/{variant}: {file_stem}_text.txt has {len(texts)} lines, but {file_stem}_labels.txt has "
            f"{len(labels)}. There must be one label per text."
        )
    return pd.DataFrame(
        {"text": [escapes.decode(text) for text in texts], "label": [int(label) for label in labels]},
        index=[f"{file_stem}_text.txt:{line}" for line in range(1, len(texts) + 1)],
    )


def _lines(path: Path) -> list[str]:
    # str.splitlines() would also cut at U+0085 and U+2028, which occur within tweets.
    return path.read_bytes().decode("utf-8").removesuffix("\n").split("\n")
