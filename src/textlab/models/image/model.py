"""Pictures classified by the features of a pretrained network."""

from pathlib import Path
from typing import Annotated, Self

import numpy as np
import pandas as pd

from textlab.features.images import NETWORKS, load_network
from textlab.models.classifier import Classifier
from textlab.models.feature_blocks.fitting import HeadSettings
from textlab.models.feature_blocks.model import BlockModel
from textlab.models.feature_blocks.pictures import Pictures
from textlab.models.hyperparameters import Hyperparameter
from textlab.models.validation import ClassWeight, PrimaryMetric

Network = Annotated[str, Hyperparameter("pretrained network that reads the pictures", choices=NETWORKS)]
FineTune = Annotated[bool, Hyperparameter("whether the last block of the network is trained, too")]


class ImageClassifier(Classifier):
    """Multinomial logistic regression with an L2 penalty on the standardised features of a pretrained network.

    The loss on validation chooses C, and `primary_metric` the epoch of fine-tuning. Before calibration, an example
    without a picture gets the shares of the classes in training.

    Attributes:
        step_history: the history of fine-tuning; empty without.
    """

    inputs = ("image",)

    step_history: pd.DataFrame

    def __init__(
        self,
        network: Network = "efficientnet_lite0",
        fine_tune: FineTune = False,
        C: Annotated[
            float, Hyperparameter("inverse regularisation strength; 0 chooses it on validation", minimum=0)
        ] = 0.0,
        class_weight: ClassWeight = "balanced",
        primary_metric: PrimaryMetric = "macro_recall",
    ) -> None:
        self._pictures = Pictures(network)
        self._model = BlockModel(self.inputs, [self._pictures])

    @classmethod
    def tiny(cls) -> Self:
        return cls(network="tiny", C=100.0)

    def _fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int) -> pd.DataFrame:
        settings = self.resolved
        self._pictures.network = load_network(settings["network"])
        self.step_history = pd.DataFrame()
        if settings["fine_tune"]:
            choices = settings["class_weight"], settings["primary_metric"]
            self.step_history = self._pictures.fine_tune(train, validation, *choices, seed)
        heads = HeadSettings(settings["C"], settings["class_weight"], settings["primary_metric"])
        return self._model.fit(train, validation, heads, self.n_classes, seed)

    def _predict_proba(self, examples: pd.DataFrame) -> np.ndarray:
        return self._model.probabilities(examples)

    def _save(self, folder: Path) -> None:
        self._model.save(folder)

    def _load(self, folder: Path) -> None:
        self._model.load(folder)

    def _export(self, folder: Path) -> None:
        self._model.export(folder, self._answer_in_graph)
