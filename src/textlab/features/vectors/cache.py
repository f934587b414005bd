"""Word vectors trained or read once, and kept by the content of all that they depend on."""

import hashlib
import inspect
import json
import logging
import shutil
import uuid
from collections.abc import Callable, Collection, Sequence
from importlib.metadata import version
from pathlib import Path

from textlab import paths
from textlab.features.vectors import glove, pretrained, subwords
from textlab.features.vectors import training as vector_training
from textlab.features.vectors.files import read_vector_file
from textlab.features.vectors.training import DEFAULTS, train_word_vectors, training_for
from textlab.features.vectors.word_vectors import WordVectors
from textlab.text import normalisation

logger = logging.getLogger(__name__)

FOLDER = paths.ROOT / "data" / "processed" / "vectors"
LIBRARIES = ("gensim", "numpy", "numba", "scipy")
FORMAT = 1  # of an entry and of what is read from files; raise it where one of them changes


def cached_word_vectors(
    source: str,
    texts: Sequence[str] = (),
    *,
    width: int | None = None,
    window: int | None = None,
    minimum_count: int | None = None,
    epochs: int | None = None,
    seed: int = 0,
    words: Collection[str] | None = None,
    folder: Path | None = None,
) -> WordVectors:
    """What `train_word_vectors` or `load_word_vectors` gives, from the cache where it holds that.

    Processes that ask for the same at the same time wait for the one that makes it.

    Args:
        source: a kind to train, e.g. "glove", or pretrained vectors as `load_word_vectors` takes them.
        texts: what a kind is trained on; not used for pretrained vectors.
        width, window, minimum_count, epochs, seed: of `train_word_vectors`; pretrained vectors know only `width`.
        words: of `load_word_vectors`; a trained table is never cut.
        folder: the cache; None is data/processed/vectors.

    Raises:
        ConnectionError, FileNotFoundError, ValueError: as the two functions say.
    """
    folder = FOLDER if folder is None else folder
    if source in DEFAULTS:
        settings = {"width": width, "window": window, "minimum_count": minimum_count, "epochs": epochs, "seed": seed}
        key = _key("trained", source, vars(training_for(source, **settings)), _texts_digest(texts), _code_digest())
        return _entry(folder, key, source, lambda: train_word_vectors(source, texts, **settings))  # type: ignore[arg-type]
    path = pretrained.locate(source)
    with path.open("rb") as handle:
        content = hashlib.file_digest(handle, "sha256").hexdigest()
    wanted = None if words is None else sorted(set(words))
    key = _key("read", path.name, content, width, wanted)
    return _entry(folder, key, path.name, lambda: read_vector_file(path, width, wanted))


def _key(*parts: object) -> str:
    return hashlib.sha256(json.dumps([FORMAT, *parts]).encode()).hexdigest()


def _texts_digest(texts: Sequence[str]) -> str:
    content = hashlib.sha256()
    for text in texts:
        encoded = text.encode("utf-8", "surrogatepass")
        content.update(f"{len(encoded)} ".encode() + encoded)
    return content.hexdigest()


def _code_digest() -> str:
    """Of the source that decides the numbers, and of the libraries' versions."""
    content = hashlib.sha256(json.dumps([version(library) for library in LIBRARIES]).encode())
    for module in (normalisation, glove, subwords, vector_training):
        content.update(inspect.getsource(module).encode())
    return content.hexdigest()


def _entry(folder: Path, key: str, name: str, make: Callable[[], WordVectors]) -> WordVectors:
    """The entry where it is there and whole; else it is made, under a lock that dies with its process."""
    from filelock import FileLock

    folder.mkdir(parents=True, exist_ok=True)
    entry = folder / key[:32]
    with FileLock(folder / f"{entry.name}.lock"):
        found = _read(entry)
        if found is not None:
            logger.info("Word vectors '%s' taken from %s.", name, paths.shown(entry))
            return found
        _remove_leftovers(folder, entry)
        logger.info("Making the word vectors '%s' for %s.", name, paths.shown(entry))
        vectors = make()
        part = folder / f".{entry.name}.{uuid.uuid4().hex}.part"
        part.mkdir()
        vectors.save(part)
        part.rename(entry)  # whole or not at all: no process ever sees half an entry
    return vectors


def _read(entry: Path) -> WordVectors | None:
    if not entry.is_dir():
        return None
    try:
        return WordVectors.load(entry)
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("%s is not used and made anew: %s", paths.shown(entry), error)
        return None


def _remove_leftovers(folder: Path, entry: Path) -> None:
    """A broken entry, and parts of it that killed processes left: the lock says that nobody writes them now."""
    for leftover in (*folder.glob(f".{entry.name}.*.part"), entry):
        if leftover.is_dir():
            shutil.rmtree(leftover)
