"""Keep word vectors on disk, so that each table is trained or read only once.

An entry's key is a digest of everything that decides its numbers: the texts and settings or the file, and the code.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from textlab import paths
from textlab.features.vectors import pretrained
from textlab.features.vectors.files import read_vector_file
from textlab.features.vectors.training import DEFAULTS, train_word_vectors, training_for
from textlab.features.vectors.word_vectors import WordVectors
from textlab.reach import code_digest

logger = logging.getLogger(__name__)

FOLDER = paths.ROOT / "data" / "processed" / "vectors"
TRAINING_CODE = "textlab.features.vectors.training"
READING_CODE = "textlab.features.vectors.files"


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
    """Return the result of `train_word_vectors` or `load_word_vectors`, from the cache if it holds it.

    If several processes ask for the same vectors at once, one makes them and the others wait.

    Args:
        source: a kind to train, such as "glove", or pretrained vectors, as in `load_word_vectors`.
        texts: the training texts; not used for pretrained vectors.
        width, window, minimum_count, epochs, seed: as in `train_word_vectors`. Pretrained vectors use only `width`.
        words: as in `load_word_vectors`. A trained table always keeps all its words.
        folder: the cache; None means data/processed/vectors.

    Raises:
        ConnectionError, FileNotFoundError, ValueError: as in those two functions.
    """
    folder = FOLDER if folder is None else folder
    if source in DEFAULTS:
        settings = {"width": width, "window": window, "minimum_count": minimum_count, "epochs": epochs, "seed": seed}
        decisive = vars(training_for(source, **settings))
        key = _key("trained", source, decisive, _texts_digest(texts), code_digest(TRAINING_CODE))
        return _entry(folder, key, source, lambda: train_word_vectors(source, texts, **settings))  # type: ignore[arg-type]
    path = pretrained.locate(source)
    with path.open("rb") as handle:
        content = hashlib.file_digest(handle, "sha256").hexdigest()
    wanted = None if words is None else sorted(set(words))
    key = _key("read", path.name, content, width, wanted, code_digest(READING_CODE))
    return _entry(folder, key, path.name, lambda: read_vector_file(path, width, wanted))


def _key(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _texts_digest(texts: Sequence[str]) -> str:
    content = hashlib.sha256()
    for text in texts:
        encoded = text.encode("utf-8", "surrogatepass")
        content.update(f"{len(encoded)} ".encode() + encoded)
    return content.hexdigest()


def _entry(folder: Path, key: str, name: str, make: Callable[[], WordVectors]) -> WordVectors:
    """Return the cached entry, or make it while holding a lock that ends with the process."""
    from filelock import FileLock

    folder.mkdir(parents=True, exist_ok=True)
    entry = folder / key[:32]
    with FileLock(folder / f"{entry.name}.lock"):
        found = _read(entry)
        if found is not None:
            logger.info("Word vectors '%s' come from the cache, %s.", name, paths.shown(entry))
            return found
        paths.remove_partial(entry)
        logger.info("Making the word vectors '%s' for the cache, %s.", name, paths.shown(entry))
        vectors = make()
        with paths.replacing_folder(entry) as partial:
            vectors.save(partial)
    return vectors


def _read(entry: Path) -> WordVectors | None:
    """Return the vectors in an entry; None if the entry is missing or broken."""
    if not entry.is_dir():
        return None
    try:
        return WordVectors.load(entry)
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("%s cannot be read and is made again: %s", paths.shown(entry), error)
        return None
