"""What a bundle answers to many texts, computed once and kept by content."""

import hashlib
import json
import logging
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from textlab import paths
from textlab.export.bundle import Bundle
from textlab.export.manifest import MANIFEST

logger = logging.getLogger(__name__)

FOLDER = paths.ROOT / "data" / "processed" / "answers"
BATCH = 64


def cached_answers(
    bundle: Path, texts: Sequence[str], label_names: Sequence[str], folder: Path | None = None
) -> np.ndarray:
    """The bundle's probabilities of the texts, from the cache where it holds them; with a progress bar where not.

    Args:
        bundle: the folder of a bundle.
        texts: n raw strings.
        label_names: the classes that the answers shall be about, in this order.
        folder: the cache; None is data/processed/answers.

    Returns:
        float32 (n, k).

    Raises:
        FileNotFoundError, ValueError: it is no finished bundle, or it knows other classes.
    """
    from filelock import FileLock
    from tqdm.auto import tqdm

    folder = FOLDER if folder is None else folder
    loaded = Bundle(bundle)
    if loaded.label_names != list(label_names):
        raise ValueError(
            f"The model in {bundle} tells {', '.join(loaded.label_names)} apart; expected {', '.join(label_names)}. "
            "Name one that was trained on the same classes."
        )
    key = hashlib.sha256((Path(bundle) / MANIFEST).read_bytes())
    key.update(json.dumps(list(texts)).encode())
    path = folder / f"{key.hexdigest()[:32]}.npy"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if path.exists():
            logger.info("Answers taken from %s.", paths.shown(path))
            return np.load(path, allow_pickle=False)
        with tqdm(total=len(texts), desc="Answers of the model", unit="tweet") as bar:
            found = answers_in_batches(loaded, texts, bar.update)
        part = folder / f".{path.stem}.{uuid.uuid4().hex}.npy"
        np.save(part, found, allow_pickle=False)
        part.rename(path)
    return found


def answers_in_batches(
    bundle: Bundle, texts: Sequence[str], advance: Callable[[int], object] = lambda _: None
) -> np.ndarray:
    """The bundle's probabilities of n texts, float32 (n, k), in batches of like length: little of one is padding.

    Args:
        advance: told how many texts more have their answer.
    """
    order = np.argsort([len(text) for text in texts], kind="stable")
    answers = np.empty((len(texts), len(bundle.label_names)), np.float32)
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        answers[rows] = bundle.predict_proba([texts[row] for row in rows])
        advance(len(rows))
    return answers
