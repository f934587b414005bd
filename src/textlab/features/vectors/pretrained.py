"""Word vectors that others trained: a file by its path, or a name of gensim's downloader."""

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

TIMEOUT = 60  # seconds between two packets; gensim's downloader alone would wait for ever
FILE_ENDINGS = (".txt", ".vec", ".bin", ".gz", ".zip")


def load_word_vectors(source: str, width: int | None = None, words: Collection[str] | None = None) -> WordVectors:
    """Pretrained vectors; nothing of them is ever run or unpickled.

    Args:
        source: the path of a file (word2vec text or binary, GloVe text, fastText .vec or .bin, plain or gzip), a
            relative one from the working directory or the checkout; or a name of gensim's downloader, e.g.
            "glove-twitter-100", which is downloaded once to ~/gensim-data (or where GENSIM_DATA_DIR says).
        width: how many numbers a vector must have; None takes what is there.
        words: only these are kept (all where None), so that memory holds no more than is needed.

    Raises:
        FileNotFoundError: there is no such file.
        ConnectionError: a name, and no network.
        ValueError: an unknown name; a file that is empty, truncated, malformed or of another width (with its line or
            byte), or holds none of `words`.
    """
    return read_vector_file(locate(source), width, words)


def locate(source: str) -> Path:
    """The file that holds the vectors of a path or a name; a name's is downloaded where it is not there.

    Raises:
        FileNotFoundError, ConnectionError, ValueError: as `load_word_vectors` says.
    """
    for path in (Path(source).expanduser(), paths.ROOT / source):
        if path.is_file():
            return path
    if "/" in source or "\\" in source or source.endswith(FILE_ENDINGS):
        raise FileNotFoundError(f"There is no file {source}, from {Path.cwd()} or from {paths.ROOT}.")
    return _downloaded(source)


def _downloaded(name: str) -> Path:
    from filelock import FileLock
    from gensim import downloader

    folder = Path(downloader.BASE_DIR)
    path = folder / name / f"{name}.gz"
    if path.is_file():
        return path
    with _quiet_and_impatient(downloader.logger):
        _check_name(downloader, name)
        with FileLock(folder / f".{name}.lock"):  # two downloads at once would move one over the other
            try:
                # The path alone: without it gensim would run Python code that it downloads beside the vectors.
                return path if path.is_file() else Path(downloader.load(name, return_path=True))
            except Exception as error:
                raise ConnectionError(f"Could not download '{name}': {error}. {_alternatives()}") from error


def _check_name(downloader: Any, name: str) -> None:
    try:
        models = downloader.info()["models"]
    except (OSError, ValueError) as error:
        raise ConnectionError(
            f"'{name}' is no file, and gensim's list of vectors cannot be had: no connection. {_alternatives()}"
        ) from error
    if name not in models:
        available = ", ".join(sorted(model for model in models if not model.startswith("_")))
        raise ValueError(
            f"Unknown word vectors '{name}'. Trained here: {', '.join(KINDS)}. Pretrained: {available}, or the path of "
            "a file."
        )


def _alternatives() -> str:
    return f"Train on the corpus instead ({', '.join(KINDS)}), or name a local file."


@contextmanager
def _quiet_and_impatient(logger: logging.Logger) -> Iterator[None]:
    """gensim logs a traceback for a missing network, and sets no limit of time."""
    timeout, disabled = socket.getdefaulttimeout(), logger.disabled
    socket.setdefaulttimeout(TIMEOUT)
    logger.disabled = True
    try:
        yield
    finally:
        socket.setdefaulttimeout(timeout)
        logger.disabled = disabled
