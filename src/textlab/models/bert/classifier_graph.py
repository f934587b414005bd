"""A fine-tuned encoder in core TensorFlow operations."""

from copy import copy
from typing import Any, Self

from textlab.models.calibration import Calibration
from textlab.models.multilabel import MULTILABEL, probabilities_in_graph
from textlab.models.transformer.description import Encoder
from textlab.models.transformer.graph.dense import Dense
from textlab.models.transformer.graph.encoder import EncoderGraph
from textlab.models.transformer.graph.parts import Weights


class ClassifierGraph(EncoderGraph):
    """An <Architecture>ForSequenceClassification of transformers in eval mode.

    Args:
        weights, encoder, dense: see `EncoderGraph`.
        calibration: what the answers are calibrated with; None for nothing.
        task: what the probabilities are of: classes, or several labels.
    """

    output = "probabilities"

    def __init__(
        self,
        weights: Weights,
        encoder: Encoder,
        dense: Dense | None = None,
        calibration: Calibration | None = None,
        task: str = "classification",
    ) -> None:
        super().__init__(weights, encoder, dense=dense)
        self.calibration, self.task = calibration or Calibration(), task
        self.has_independent_labels = task == MULTILABEL

    def answers(self, ids: Any, text: Any = None) -> Any:
        """Return the calibrated probabilities float32 (n, k) of texts.

        Args:
            ids: the tokens of each text, or of each window of a text, ragged int32.
            text: the row of the text of each window, int64; None if every text is read at once.
        """
        return self.calibration.in_graph(probabilities_in_graph(self.logits(self.states(ids), text), self.task))

    @property
    def classes(self) -> int:
        """The number k of classes."""
        return int(self.dense.variables["head.output.weight"].shape[1])

    def in_float32(self) -> Self:
        """Return the same network with dense layers that multiply in float32, so that it has gradients."""
        other = copy(self)
        other.dense = self.dense.in_float32()
        return other

    def logits(self, states: Any, text: Any = None) -> Any:
        """Return the logits float32 (n, k) of texts for the states of their windows, float32 (w, width)."""
        import tensorflow as tf

        if text is not None:
            # As `window_batches.smooth_maximum`.
            weights = tf.exp(states - tf.gather(tf.math.segment_max(states, text), text))
            states = tf.math.segment_sum(weights * states, text) / tf.math.segment_sum(weights, text)
        return self.head(states)
