"""Write a model as a bundle, prove that the bundle answers like the model, and load it back.

A bundle is a TensorFlow SavedModel with a folder assets.extra, which holds signature.json, labels.json, card.json,
reference.json, reference.npz and manifest.json. The signature names the SavedModel's inputs and outputs.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from textlab.bundle_format.documents import EXTRA, BundleError, read_document, write_document
from textlab.bundle_format.labels import read_labels, write_labels
from textlab.bundle_format.manifest import verify_manifest, write_manifest
from textlab.bundle_format.signature import classification, read_signature, write_signature
from textlab.data.dataset import Dataset
from textlab.data.examples import Examples, examples_columns
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.export.description import describe
from textlab.export.measuring import BundleFacts, single_example_latency, size_mb, throughput
from textlab.export.parity import PARITY_EXAMPLES, measure_parity, odd_examples
from textlab.export.reference import build_reference
from textlab.export.reference_file import write_reference
from textlab.models.classifier import Classifier
from textlab.models.saved_model import SavedModel
from textlab.paths import replacing_folder

CARD = EXTRA / "card.json"
REFERENCE = EXTRA / "reference.json"


class Bundle:
    """A loaded bundle.

    Args:
        folder: a folder that `write_bundle` wrote, or an older bundle without a signature.

    Attributes:
        signature: the task, the inputs and the outputs.
        label_names: the classes, in the order of the probabilities.
        card: the content of card.json.
        served: the SavedModel, for callers that have columns already.

    Raises:
        BundleError: the folder is not a finished bundle, differs from its manifest, or has a signature that this
            version does not know.
    """

    def __init__(self, folder: Path) -> None:
        folder = Path(folder)
        verify_manifest(folder)
        self.signature = read_signature(folder)
        self.label_names = list(read_labels(folder))
        self.card = read_card(folder)
        self.served = SavedModel(folder, self.signature)

    def columns(self, examples: Examples) -> dict[str, list[str]]:
        """Return the values of each of the model's inputs.

        Raises:
            ValueError: an input is missing.
        """
        return examples_columns(examples, self.signature.input_names, "The model")

    def predict_proba(self, examples: Examples) -> np.ndarray:
        """Predict the probability of each class.

        Args:
            examples: a frame with the model's input columns, n rows; or n texts, if text is the only input.

        Returns:
            float32 (n, k).

        Raises:
            ValueError: an input is missing.
        """
        return self.served.answer(self.columns(examples))


def read_card(folder: Path) -> dict[str, Any]:
    """Read card.json of the bundle in `folder`.

    Raises:
        BundleError: the file is missing, or it does not hold a JSON object.
    """
    card = read_document(folder, CARD)
    if not isinstance(card, dict):
        raise BundleError(
            f"The bundle {folder} is damaged: {CARD} does not hold a JSON object. Export or promote the model again."
        )
    return card


def write_bundle(
    model: Classifier, dataset: Dataset, folder: Path, card: dict[str, Any], validation: pd.DataFrame | None = None
) -> BundleFacts:
    """Export `model` into `folder`, which appears only when it is complete.

    Args:
        model: a fitted model.
        dataset: names the classes; parity and speed are measured on its validation split.
        folder: the bundle's place; an earlier bundle there is replaced.
        card: the content of card.json, to which the measurements are added as "measured".
        validation: the model's predictions for the validation split, from `predictions_frame`; None makes them here.

    Raises:
        ValueError: the exported model's probabilities differ from the trained model's by more than the family allows.
    """
    signature = classification(model.inputs, len(dataset.label_names))
    if validation is None:
        probabilities = model.predict_proba(dataset.validation)
        validation = predictions_frame(dataset.validation, probabilities, dataset.label_names, model.inputs)
    examples = dataset.validation[list(model.inputs)].head(PARITY_EXAMPLES)
    compared = pd.concat([examples, odd_examples(model.inputs)], ignore_index=True)
    with replacing_folder(folder) as partial:
        model.export(partial)
        served = SavedModel(partial, signature)
        parity = measure_parity(model, served, compared)
        (partial / EXTRA).mkdir()
        write_labels(partial, dataset.label_names)
        write_signature(partial, signature)
        write_document(partial / REFERENCE, describe(dataset.train, dataset.label_names, model.inputs))
        write_reference(partial, build_reference(dataset, validation, model.inputs))
        latency_ms, latency_p99_ms = single_example_latency(served, examples)
        facts = BundleFacts(
            parity=parity,
            parity_texts=len(compared),
            latency_ms=latency_ms,
            latency_p99_ms=latency_p99_ms,
            tweets_per_second=throughput(served, examples),
            bundle_mb=size_mb(partial),
        )
        write_document(partial / CARD, card | {"measured": vars(facts)})
        write_manifest(partial)
    return facts
