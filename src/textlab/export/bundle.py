"""Write a model as a bundle, and prove that the bundle answers like the model.

A bundle is a TensorFlow SavedModel with a folder assets.extra, which holds signature.json, card.json, manifest.json and
the files of the task, see `contents`. The signature names the SavedModel's inputs and outputs. A model without a graph,
such as BM25, is the folder assets.extra alone.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.bundle_format.documents import EXTRA, write_document
from textlab.bundle_format.manifest import write_manifest
from textlab.bundle_format.signature import write_signature
from textlab.data.task_dataset import TaskDataset
from textlab.export.contents import contents_of
from textlab.export.explanations import EXAMPLES, measure_explanations
from textlab.export.loading import CARD, Bundle, read_card
from textlab.export.measuring import BundleFacts, single_example_latency, size_mb, throughput
from textlab.export.parity import measure_parity, odd_examples
from textlab.models.classifier import Classifier
from textlab.models.contract import Model
from textlab.models.saved_model import SavedModel
from textlab.paths import replacing_folder

__all__ = ["CARD", "REFERENCE", "Bundle", "read_card", "write_bundle"]

REFERENCE = EXTRA / "reference.json"


def write_bundle(
    model: Model,
    dataset: TaskDataset,
    folder: Path,
    card: dict[str, Any],
    validation: pd.DataFrame | None = None,
    parts: Mapping[str, Path] | None = None,
) -> BundleFacts:
    """Export `model` into `folder`, which appears only when it is complete.

    Args:
        model: a fitted model.
        dataset: the data that it was fitted on; parity and speed are measured on its examples.
        folder: the bundle's place; an earlier bundle there is replaced.
        card: the content of card.json, to which the measurements are added as "measured".
        validation: the model's predictions for the validation split; None if the caller has none.
        parts: folders that were made for the bundle, by the name that they get in assets.extra; they are copied. A
            retriever needs its "index".

    Raises:
        ValueError: the exported model's answers differ from the trained model's by more than the family allows, or a
            part is missing.
    """
    signature, contents = model.signature(), contents_of(model.task)
    examples = contents.examples(model, dataset)
    compared = pd.concat([examples, odd_examples(model.inputs)], ignore_index=True)
    with replacing_folder(folder) as partial:
        served = None
        if signature.has_graph:
            model.export(partial)
            served = SavedModel(partial, signature)
        parity = 0.0 if served is None else measure_parity(model, served, compared)
        explained = {}
        if served is not None and signature.explains is not None and isinstance(model, Classifier):
            few = pd.concat([examples.head(EXAMPLES), odd_examples(model.inputs)], ignore_index=True)
            rest = measure_explanations(model, served, few)
            explained = {"explanations": {"unit": signature.explains, "largest_remainder": rest}}
        (partial / EXTRA).mkdir(parents=True)
        write_signature(partial, signature)
        contents.write(partial, model, dataset, validation, parts or {})
        request = contents.request(partial, served)
        latency_ms, latency_p99_ms = single_example_latency(request, examples)
        facts = BundleFacts(
            parity=parity,
            parity_texts=0 if served is None else len(compared),
            latency_ms=latency_ms,
            latency_p99_ms=latency_p99_ms,
            tweets_per_second=throughput(served.answer if served else request, examples),
            bundle_mb=size_mb(partial),
        )
        write_document(partial / CARD, card | model.card_facts() | explained | {"measured": vars(facts)})
        write_manifest(partial)
    return facts
