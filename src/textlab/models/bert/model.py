"""BERT, pretrained and fine-tuned: a network that reads every word in the context of all others."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from textlab.models.bert.defaults import automatic_values
from textlab.models.bert.fine_tuning import FineTunedEncoder
from textlab.models.hyperparameters import AUTO, Auto, Hyperparameter
from textlab.models.imbalance import ClassBalance, FocalGamma
from textlab.models.training_facts import TrainingFacts
from textlab.models.training_length import BudgetMinutes
from textlab.models.transformer.compilation import COMPILATION
from textlab.models.transformer.description import HEADS, OWN
from textlab.models.transformer.device import DEVICES
from textlab.models.transformer.precision import FLOAT32, PRECISIONS
from textlab.models.validation import PrimaryMetric

SHORTEST = 3  # [CLS], a word piece and [SEP]


class BERT(FineTunedEncoder):
    """BERT (Devlin et al. 2019) with a new last layer, fine-tuned as a whole with AdamW.

    The checkpoint's own tokenizer reads the raw texts. Training computes in bfloat16 if the device supports it;
    prediction always computes in float32.

    If `fit` is interrupted, call it again with the same parameters, data and seed: training resumes from the last
    evaluation and gives the numbers that it would have given. The same seed gives the same numbers on the same machine
    with the same number of threads. A GPU uses deterministic operations, which makes it slightly slower.
    """

    def __init__(
        self,
        checkpoint: Annotated[
            str,
            Hyperparameter("weights to start from: minilm, a local folder, a name on the hub, or tiny for tests"),
        ] = "minilm",
        maximum_length: Annotated[
            int | Auto,
            Hyperparameter("maximum number of word pieces read, including [CLS] and [SEP]", minimum=SHORTEST),
        ] = AUTO,
        windows: Annotated[
            int | Auto,
            Hyperparameter("maximum number of overlapping windows of that length in a longer text", minimum=1),
        ] = AUTO,
        batch_size: Annotated[int | Auto, Hyperparameter("texts per training step", minimum=1)] = AUTO,
        learning_rate: Annotated[float | Auto, Hyperparameter("peak learning rate of AdamW", above=0)] = AUTO,
        layer_decay: Annotated[
            float, Hyperparameter("learning rate of each layer relative to the layer above", above=0, maximum=1)
        ] = 1.0,
        epochs: Annotated[
            int | Auto, Hyperparameter("maximum number of passes over the training texts", minimum=1)
        ] = AUTO,
        patience: Annotated[
            int, Hyperparameter("evaluations without a better score before training cools down and ends", minimum=1)
        ] = 4,
        budget_minutes: BudgetMinutes = 60.0,
        warmup: Annotated[
            float, Hyperparameter("share of training steps in which the learning rate rises", minimum=0, below=1)
        ] = 0.1,
        weight_decay: Annotated[
            float, Hyperparameter("weight decay of AdamW, except for biases and norms", minimum=0)
        ] = 0.01,
        dropout: Annotated[
            float, Hyperparameter("share of activations and attention dropped in training", minimum=0, below=1)
        ] = 0.1,
        label_smoothing: Annotated[
            float, Hyperparameter("share of each label that is spread over all classes", minimum=0, below=1)
        ] = 0.0,
        r_drop: Annotated[
            float,
            Hyperparameter("weight of R-Drop, which reads each text twice and doubles training time", minimum=0),
        ] = 0.0,
        averaging: Annotated[
            float, Hyperparameter("share of the steps over which weights are averaged; 0 for none", minimum=0, below=1)
        ] = 0.3,
        class_weight: ClassBalance = "balanced",
        focal_gamma: FocalGamma = 0.0,
        head: Annotated[
            str,
            Hyperparameter(
                "own layers of the architecture, or mean: one layer over the mean of all tokens", choices=HEADS
            ),
        ] = OWN,
        contrastive: Annotated[
            int,
            Hyperparameter(
                "passes of contrastive training (SetFit) in place of plain fine-tuning, for few labels; 0 for none",
                minimum=0,
            ),
        ] = 0,
        pretraining_epochs: Annotated[
            int, Hyperparameter("epochs of masked-word training before fine-tuning; 0 for none", minimum=0)
        ] = 0,
        unlabelled: Annotated[
            str, Hyperparameter("dataset of additional texts for that pretraining; empty for none")
        ] = "",
        pretraining_learning_rate: Annotated[
            float, Hyperparameter("peak learning rate of that pretraining", above=0)
        ] = 1e-4,
        primary_metric: PrimaryMetric = "macro_recall",
        device: Annotated[
            str, Hyperparameter("device to compute on; auto uses an NVIDIA GPU if available", choices=DEVICES)
        ] = "auto",
        compilation: Annotated[
            str, Hyperparameter("compilation of the network on a GPU; auto where it saves time", choices=COMPILATION)
        ] = "auto",
        precision: Annotated[
            str,
            Hyperparameter(
                "precision of the exported model; int8 is faster, and refused if it costs", choices=PRECISIONS
            ),
        ] = FLOAT32,
    ) -> None:
        if unlabelled and not pretraining_epochs:
            raise ValueError(
                f"unlabelled is '{unlabelled}', but pretraining_epochs is 0. Set pretraining_epochs to at least 1."
            )
        if focal_gamma and contrastive:
            raise ValueError(
                f"focal_gamma is {focal_gamma}, but contrastive training compares pairs of texts and has no such loss. "
                "Set one of the two to 0."
            )

    @classmethod
    def tiny(cls) -> Self:
        return cls(
            checkpoint="tiny",
            maximum_length=128,
            batch_size=8,
            learning_rate=6e-3,
            epochs=12,
            patience=12,
            averaging=0.0,
            device="cpu",
        )

    def _automatic_values(self, facts: TrainingFacts) -> Mapping[str, Any]:
        return automatic_values(facts, self.parameters["batch_size"], self.parameters["maximum_length"])
