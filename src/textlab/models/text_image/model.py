"""A classifier of texts with pictures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import pandas as pd

from textlab.models.classifier import Classifier
from textlab.models.discovery import family
from textlab.models.feature_blocks.fitting import BALANCES, HeadSettings
from textlab.models.feature_blocks.model import BlockModel
from textlab.models.feature_blocks.pictures import Pictures
from textlab.models.feature_blocks.sentences import Sentences
from textlab.models.feature_blocks.words import Words
from textlab.models.hyperparameters import AUTO, Auto, Hyperparameter
from textlab.models.image.model import FineTune, Network
from textlab.models.ngrams import AutomaticMinimumCount, suited_minimum_count
from textlab.models.text_image.late import LateFusion
from textlab.models.training_facts import TrainingFacts
from textlab.models.validation import ClassWeight, PrimaryMetric

EARLY, LATE, EARLY_AND_LATE = "early", "late", "early_and_late"
WORDS, ENCODER, BOTH = "words", "encoder", "both"
MOST_WEIGHTS = 100_000_000  # n-grams times classes


class TextImageClassifier(Classifier):
    """Text and picture together; either may be missing.

    Early fusion is multinomial logistic regression on the features of both, side by side. Examples that are learnt
    again without one input (modality dropout) train weights for text alone and for pictures alone. Late fusion
    combines the calibrated probabilities of a text family and of the family `image`; if an input is missing, the other
    one decides. `early_and_late` combines those of early fusion, too. Without both inputs, the classes get their shares
    in training, before calibration. Penalties, the balance and the weights of late fusion are chosen by the loss on
    validation.
    """

    inputs = ("text", "image")

    def __init__(
        self,
        fusion: Annotated[
            str,
            Hyperparameter(
                "features side by side, probabilities combined, or all three", choices=(EARLY, LATE, EARLY_AND_LATE)
            ),
        ] = EARLY,
        text_features: Annotated[
            str,
            Hyperparameter(
                "early fusion: tf-idf, vectors of a pretrained encoder, or both", choices=(WORDS, ENCODER, BOTH)
            ),
        ] = BOTH,
        minimum_count: AutomaticMinimumCount = AUTO,
        checkpoint: Annotated[
            str, Hyperparameter("early fusion: weights of the encoder: minilm, a folder, a name on the hub, or tiny")
        ] = "minilm",
        network: Network = "efficientnet_lite0",
        fine_tune: FineTune = False,
        balance: Annotated[
            float | Auto, Hyperparameter("early fusion: weight of the picture's features beside the text's", above=0)
        ] = AUTO,
        modality_dropout: Annotated[
            float,
            Hyperparameter(
                "early fusion: share of examples that are learnt again without one input", minimum=0, maximum=1
            ),
        ] = 1.0,
        C: Annotated[
            float,
            Hyperparameter("early fusion: inverse regularisation strength; 0 chooses it on validation", minimum=0),
        ] = 0.0,
        text_family: Annotated[
            str, Hyperparameter("late fusion: family that reads the texts, such as bert")
        ] = "logistic_regression",
        text_settings: Annotated[dict[str, Any], Hyperparameter("late fusion: hyperparameters of that family")] = {},  # noqa: B006  nobody changes it
        class_weight: ClassWeight = "balanced",
        primary_metric: PrimaryMetric = "macro_recall",
    ) -> None:
        if fusion != EARLY:
            self._new_members()  # checks the settings before anything starts

    @classmethod
    def tiny(cls) -> Self:
        return cls(text_features=WORDS, network="tiny", balance=1.0, C=100.0)

    def _automatic_values(self, facts: TrainingFacts) -> Mapping[str, Any]:
        """Return the start of the choice of the balance, and the minimum count of a logistic regression."""
        return {"balance": BALANCES[0], "minimum_count": suited_minimum_count(facts)}

    def _new_members(self) -> dict[str, Classifier]:
        """Return the classifiers of late fusion, not fitted.

        Raises:
            ValueError: the text family is unknown, does not classify texts alone, or refuses its settings.
        """
        settings = self.parameters
        shared = {name: settings[name] for name in ("class_weight", "primary_metric")}
        image = shared | {name: settings[name] for name in ("network", "fine_tune")}
        text_family = family(settings["text_family"])
        if not issubclass(text_family, Classifier) or text_family.inputs != ("text",):
            raise ValueError(
                f"text_family is '{settings['text_family']}', which does not classify texts. Name a family such as "
                "logistic_regression or bert."
            )
        given = {name: value for name, value in shared.items() if name in text_family.hyperparameters()}
        text = text_family(**given | settings["text_settings"])
        members = {"text": text, "image": family("image")(**image)}
        if settings["fusion"] == EARLY_AND_LATE:
            late = {"fusion", "text_family", "text_settings"}
            members[EARLY] = type(self)(**{name: value for name, value in settings.items() if name not in late})
        return members  # type: ignore[return-value]

    def _early(self) -> BlockModel:
        """Return the model of early fusion, not fitted."""
        settings = self.resolved
        chosen = {
            WORDS: lambda: Words(settings["minimum_count"], MOST_WEIGHTS // self.n_classes),
            ENCODER: lambda: Sentences(settings["checkpoint"]),
        }
        text = [build() for name, build in chosen.items() if settings["text_features"] in (name, BOTH)]
        self._pictures = Pictures(settings["network"])
        return BlockModel(self.inputs, [*text, self._pictures])

    def _fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int) -> pd.DataFrame:
        settings = self.resolved
        if settings["fusion"] != EARLY:
            late = LateFusion(self._new_members())
            self._model: BlockModel | LateFusion = late
            return late.fit(train, validation, settings["primary_metric"], seed)
        heads = HeadSettings(
            settings["C"],
            settings["class_weight"],
            settings["primary_metric"],
            settings["modality_dropout"],
            BALANCES if self.parameters["balance"] == AUTO else (settings["balance"],),
        )
        early = self._early()
        self._model = early
        if settings["fine_tune"]:
            self._pictures.fine_tune(train, validation, heads.class_weight, heads.metric, seed)
        history = early.fit(train, validation, heads, self.n_classes, seed)
        settings["balance"] = early.balance
        return history

    def _predict_proba(self, examples: pd.DataFrame) -> np.ndarray:
        return self._model.probabilities(examples)

    def _save(self, folder: Path) -> None:
        self._model.save(folder)

    def _load(self, folder: Path) -> None:
        if self.resolved["fusion"] != EARLY:
            families = {"text": self.resolved["text_family"], "image": "image", EARLY: self.family}
            self._model = LateFusion.load(folder, {name: families[name] for name in self._new_members()})
            return
        early = self._early()
        early.load(folder)
        self._model = early

    def _export(self, folder: Path) -> None:
        self._model.export(folder, self._answer_in_graph)
