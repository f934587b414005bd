"""Out-of-fold predictions: each training example is predicted by a model that never saw it."""

import hashlib
import json
import logging
from pathlib import Path

import numpy as np
import pandas as pd

from textlab import paths
from textlab.data.dataset import Dataset
from textlab.data.folds import check_folds, fold_numbers
from textlab.data.labelled_dataset import LabelledDataset
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.models.classifier import Classifier
from textlab.reach import code_digest

logger = logging.getLogger(__name__)

FOLDER = paths.ROOT / "data" / "processed" / "folds"
OUT_OF_FOLD = "out_of_fold"  # the name of these predictions beside "validation" and "test"


def cross_validate(
    model: Classifier, dataset: LabelledDataset, folds: int, seed: int = 0, folder: Path | None = None
) -> dict[str, pd.DataFrame]:
    """Predict the training examples of each fold by a model that was fitted on the other folds.

    Every such model has the parameters of `model`, and chooses on the dataset's validation split what has to be chosen.
    A finished fold is kept on disk: an interrupted call continues with the next one.

    Args:
        model: states the parameters; it need not be fitted, and stays as it is.
        dataset: the dataset.
        folds: number of folds, see `folds.fold_numbers`; 0 for none.
        seed: the random seed of the folds and of each fit.
        folder: holds finished folds; None is data/processed/folds.

    Returns:
        The predictions frame of the training examples under the name "out_of_fold", in the order of the training
        split; without the examples that belong to no fold. {} without folds.

    Raises:
        ValueError: the number of folds cannot be made, the dataset is for another task, or the model learns from a
            teacher, which has seen the labels of all folds.
    """
    from tqdm.auto import tqdm

    check_folds(folds)
    if not folds:
        return {}
    data = _checked(model, dataset)
    train = data.train
    fold_of = fold_numbers(train, folds, seed, data.inputs)
    probabilities = np.zeros((len(train), len(data.label_names)), np.float32)
    for fold in tqdm(range(folds), desc="folds", unit="fold"):
        inside = fold_of == fold
        path = _path(FOLDER if folder is None else folder, model, data, fold_of, fold, seed)
        probabilities[inside] = _fold(path, model, data, inside, seed)
    known = fold_of >= 0
    if not known.all():
        logger.warning(
            "%d of %d training examples have no out-of-fold prediction: their classes have too few examples for %d "
            "folds.",
            (~known).sum(),
            len(train),
            folds,
        )
    frame = predictions_frame(train[known], probabilities[known], data.label_names, data.inputs)
    return {OUT_OF_FOLD: frame}


def _checked(model: Classifier, dataset: LabelledDataset) -> Dataset:
    """Return the dataset if the model can be cross-validated on it."""
    if not isinstance(dataset, Dataset):
        raise ValueError(
            f"Dataset '{dataset.name}' is for {dataset.task}, and folds are made for classification only. Leave out "
            "folds."
        )
    if model.parameters.get("teacher"):
        raise ValueError(
            "The model learns from a teacher, which has seen the labels of all training examples, so its predictions "
            "are not out of fold. Leave out folds or the teacher."
        )
    return dataset


def _fold(path: Path, model: Classifier, dataset: Dataset, inside: np.ndarray, seed: int) -> np.ndarray:
    """Return the probabilities of one fold, float32 (rows inside, k): those of the file, or else of a new model."""
    if path.exists():
        logger.info("The fold's predictions come from %s.", paths.shown(path))
        return np.load(path, allow_pickle=False)
    fresh = type(model)(**model.parameters)
    fresh.fit(dataset.train[~inside], dataset.validation, seed=seed)
    probabilities = fresh.predict_proba(dataset.train[inside])
    path.parent.mkdir(parents=True, exist_ok=True)
    with paths.replacing(path) as partial, partial.open("wb") as file:
        np.save(file, probabilities, allow_pickle=False)
    return probabilities


def _path(folder: Path, model: Classifier, dataset: Dataset, fold_of: np.ndarray, fold: int, seed: int) -> Path:
    """Return the file of a fold, named by everything that decides its numbers."""
    code = code_digest(type(model).__module__)
    rows = hashlib.sha256(fold_of.tobytes()).hexdigest()
    parts = [code, model.family, model.parameters, dataset.digest, rows, fold, seed]
    return folder / f"{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}.npy"
