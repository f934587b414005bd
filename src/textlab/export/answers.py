"""A bundle's answers to many examples, computed in batches and cached."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from textlab import paths
from textlab.bundle_format.manifest import MANIFEST
from textlab.data.examples import Examples
from textlab.export.bundle import Bundle
from textlab.inputs import kind_of
from textlab.wording import shortlist

logger = logging.getLogger(__name__)

FOLDER = paths.ROOT / "data" / "processed" / "answers"


def cached_answers(
    bundle: Path, examples: Examples, label_names: Sequence[str], folder: Path | None = None
) -> np.ndarray:
    """Return the bundle's probabilities for the examples, from the cache if it holds them.

    Computing them shows a progress bar.

    Args:
        bundle: the folder of a bundle.
        examples: a frame with the model's input columns, n rows; or n texts, if text is the only input.
        label_names: the classes that the bundle must know, in this order.
        folder: the cache; None means data/processed/answers.

    Returns:
        float32 (n, k).

    Raises:
        BundleError: the folder is not a finished bundle, or it is damaged.
        ValueError: the bundle knows other classes, or an input is missing.
    """
    from filelock import FileLock
    from tqdm.auto import tqdm

    folder = FOLDER if folder is None else folder
    loaded = Bundle(bundle)
    check_classes(loaded, label_names, bundle)
    path = folder / f"{content_key(bundle, loaded.columns(examples))}.npy"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if path.exists():
            logger.info("Read the answers from %s.", paths.shown(path))
            return np.load(path, allow_pickle=False)
        with tqdm(total=len(examples), desc="Answers of the model", unit=" examples") as bar:
            answers = answers_in_batches(loaded, examples, bar.update)
        with paths.replacing(path) as partial, partial.open("wb") as file:
            np.save(file, answers, allow_pickle=False)
    return answers


def answers_in_batches(
    bundle: Bundle, examples: Examples, advance: Callable[[int], object] = lambda _: None
) -> np.ndarray:
    """Return the bundle's answers to n examples, float32 (n, size), see `SavedModel.answer_in_batches`.

    Args:
        bundle: a loaded bundle.
        examples: a frame with the model's input columns, n rows; or n texts, if text is the only input.
        advance: called after each batch with the number of examples in it.
    """
    return bundle.served.answer_in_batches(bundle.columns(examples), advance)


def check_classes(bundle: Bundle, label_names: Sequence[str], folder: Path) -> None:
    """Raise ValueError unless the bundle, loaded from `folder`, has these classes in this order."""
    if bundle.label_names != list(label_names):
        raise ValueError(
            f"The model in {folder} predicts the classes {shortlist(bundle.label_names)}; expected "
            f"{shortlist(label_names)}. Choose a model that was trained on the same classes."
        )


def content_key(bundle: Path, *contents: Mapping[str, Sequence[str]] | Sequence[str]) -> str:
    """Return a key for answers: it changes with the bundle's files and with each of the contents.

    Args:
        bundle: the folder of a bundle.
        contents: lists of names; or columns by name, whose values count by their content, wherever it lies.
    """
    known = [_identities(each) if isinstance(each, Mapping) else each for each in contents]
    key = hashlib.sha256((Path(bundle) / MANIFEST).read_bytes() + json.dumps(known).encode())
    return key.hexdigest()[:32]


def _identities(columns: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: [kind_of(name).identity(value) for value in values] for name, values in columns.items()}
