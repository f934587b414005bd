"""Load pretrained word vectors: a file, or a name from gensim's downloader."""

import logging
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from textlab import paths
from textlab.features.vectors.files import read_vector_file
from textlab.features.vectors.training import KINDS
from textlab.features.vectors.word_vectors import WordVectors

TIMEOUT = 60  # seconds between two packets; gensim's downloader has no limit of its own
FILE_ENDINGS = (".txt", ".vec", ".bin", ".gz", ".zip")


def load_word_vectors(source: str, width: int | None = None, words: Collection[str] | None = None) -> WordVectors:
    """Load pretrained vectors. Nothing in them is executed or unpickled.

    Args:
        source: a file (word2vec text or binary, GloVe text, fastText .vec or .bin, plain or gzip), or a name from
            gensim's downloader such as "glove-twitter-100". A relative path is looked up in the working directory, then
            in the checkout. A name is downloaded once to ~/gensim-data, or to GENSIM_DATA_DIR.
        width: the expected width of the vectors; None accepts any.
        words: the words to keep, to save memory; None keeps all.

    Raises:
        FileNotFoundError: the file does not exist.
        ConnectionError: the download failed.
        ValueError: the name is unknown, or the file is empty, truncated, malformed, of another width, or has none of
            `words`. The message names the line or byte.
    """
    return read_vector_file(locate(source), width, words)


def locate(source: str) -> Path:
    """Return the file of some pretrained vectors; download it if a name is given and it is missing.

    Raises:
        FileNotFoundError, ConnectionError, ValueError: as in `load_word_vectors`.
    """
    for path in (Path(source).expanduser(), paths.ROOT / source):
        if path.is_file():
            return path
    if "/" in source or "\\" in source or source.endswith(FILE_ENDINGS):
        raise FileNotFoundError(f"There is no file {source} in {Path.cwd()} or {paths.ROOT}. Check the path.")
    return _downloaded(source)


def _downloaded(name: str) -> Path:
    from filelock import FileLock
    from gensim import downloader

    folder = Path(downloader.BASE_DIR)
    path = folder / name / f"{name}.gz"
    if path.is_file():
        return path
    with _quiet_with_timeout(downloader.logger):
        _check_name(downloader, name)
        with FileLock(folder / f".{name}.lock"):  # simultaneous downloads would overwrite each other
            try:
                # return_path=True, because gensim would otherwise run Python code that it downloads with the vectors.
                return path if path.is_file() else Path(downloader.load(name, return_path=True))
            except Exception as error:
                raise ConnectionError(f"Could not download '{name}': {error}. {_alternatives()}") from error


def _check_name(downloader: Any, name: str) -> None:
    try:
        models = downloader.info()["models"]
    except (OSError, ValueError) as error:
        raise ConnectionError(
            f"'{name}' is not a file, and gensim's list of vectors is not available: no connection. {_alternatives()}"
        ) from error
    if name not in models:
        available = ", ".join(sorted(model for model in models if not model.startswith("_")))
        raise ValueError(
            f"Unknown word vectors '{name}'. Train {', '.join(KINDS)}, name pretrained vectors ({available}), or "
            "give the path of a file."
        )


def _alternatives() -> str:
    return f"Train vectors instead ({', '.join(KINDS)}), or name a local file."


@contextmanager
def _quiet_with_timeout(logger: logging.Logger) -> Iterator[None]:
    """Keep gensim from logging a traceback if there is no network, and give it a time limit."""
    timeout, disabled = socket.getdefaulttimeout(), logger.disabled
    socket.setdefaulttimeout(TIMEOUT)
    logger.disabled = True
    try:
        yield
    finally:
        socket.setdefaulttimeout(timeout)
        logger.disabled = disabled
