"""A bundle that was loaded from its folder."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from textlab.bundle_format.decisions import DecisionRules, read_decisions
from textlab.bundle_format.documents import EXTRA, BundleError, read_document
from textlab.bundle_format.manifest import verify_manifest
from textlab.bundle_format.multilabel_task import thresholds_of
from textlab.bundle_format.signature import CLASSIFICATION, MULTILABEL, RETRIEVAL, format_of, read_signature
from textlab.data.examples import Examples, examples_columns
from textlab.models.saved_model import SavedModel
from textlab.search import Hit, Index, parse_filters

CARD = EXTRA / "card.json"


class Bundle:
    """A loaded bundle.

    `predict_proba` and `label_names` are for classification and for several labels, `thresholds` is for several labels,
    and `search` and `index` are for retrieval; a bundle of another task refuses them with a ValueError.

    Args:
        folder: a folder that `write_bundle` wrote, or an older bundle without a signature.

    Attributes:
        folder: the folder.
        signature: the task, the inputs and the outputs.
        card: the content of card.json.

    Raises:
        BundleError: the folder is not a finished bundle, differs from its manifest, has a signature that this version
            does not know, or has an index of another encoder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder = Path(folder)
        verify_manifest(folder)
        self.signature = read_signature(folder)
        self._content = format_of(self.signature.task).content(folder, self.signature)
        self.card = read_card(folder)
        self._served = SavedModel(folder, self.signature) if self.signature.has_graph else None

    @property
    def served(self) -> SavedModel:
        """The SavedModel, for callers that have columns already."""
        if self._served is None:
            raise ValueError(f"The model in {self.folder} ranks by terms and holds no graph. Use its index instead.")
        return self._served

    @property
    def label_names(self) -> list[str]:
        """The classes or labels, in the order of the probabilities."""
        self._check_task(CLASSIFICATION, MULTILABEL)
        return list(self._content)

    @cached_property
    def decisions(self) -> DecisionRules | None:
        """The rules for decisions for one class; None if it has none, or if a text has several labels."""
        return None if self.signature.task == MULTILABEL else read_decisions(self.folder, self.label_names)

    @property
    def thresholds(self) -> dict[str, float]:
        """The lowest probability with which a text gets each label."""
        self._check_task(MULTILABEL)
        return thresholds_of(self.folder)

    @property
    def index(self) -> Index:
        """The index of documents."""
        self._check_task(RETRIEVAL)
        index: Index = self._content
        return index

    def columns(self, examples: Examples) -> dict[str, list[str]]:
        """Return the values of each of the model's inputs.

        Raises:
            ValueError: an input is missing.
        """
        return examples_columns(examples, self.signature.input_names, "The model")

    def predict_proba(self, examples: Examples) -> np.ndarray:
        """Predict the probability of each class or label.

        Args:
            examples: a frame with the model's input columns, n rows; or n texts, if text is the only input.

        Returns:
            float32 (n, k).

        Raises:
            ValueError: an input is missing.
        """
        self._check_task(CLASSIFICATION, MULTILABEL)
        return self.served.answer(self.columns(examples))

    def search(
        self, texts: Sequence[str], k: int = 10, filters: Sequence[Mapping[str, Any]] | None = None
    ) -> list[list[Hit]]:
        """Find the k best documents for each of n texts, best first.

        Args:
            texts: the requests.
            k: 1 or more.
            filters: for each text the conditions on fields, as `textlab.search.parse_filters` reads them; {} for none.

        Raises:
            FilterError: a filter is not valid.
            SearchIndexError: k is below 1.
        """
        fields = self.index.settings.fields
        parsed = [parse_filters(each, fields) for each in filters] if filters is not None else None
        return self.index.rank(texts, self.vectors(texts), k, parsed)

    def vectors(self, texts: Sequence[str]) -> np.ndarray | None:
        """Encode n texts, float32 (n, d); None if the model ranks by terms alone."""
        self._check_task(RETRIEVAL)
        return None if self._served is None else self._served.answer_in_batches(self.columns(texts))

    def _check_task(self, *tasks: str) -> None:
        if self.signature.task not in tasks:
            raise ValueError(
                f"The model in {self.folder} is for {self.signature.task}, and one for {' or '.join(tasks)} is needed. "
                "Choose another model."
            )


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
