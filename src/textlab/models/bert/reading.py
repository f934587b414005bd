"""Raw texts read by a fine-tuned encoder: their windows, and what the head computes from them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from textlab.models.length_buckets import length_buckets
from textlab.models.multilabel import probabilities_from
from textlab.models.transformer.batches import DeviceTokens
from textlab.models.transformer.network import EncoderNetwork
from textlab.models.transformer.window_batches import DeviceWindows, smooth_maxima
from textlab.models.transformer.windows import Layout, Windows, ends_of, read_windows

WINDOWS_AT_ONCE = {"cpu": 32, "cuda": 512}


@dataclass(frozen=True, eq=False)
class TextReader:
    """Reads texts with an encoder and its head, in float32 and without dropout.

    Attributes:
        network: the encoder with its head.
        tokenizer: its `tokenizers.Tokenizer`.
        device: the torch device of the network.
        maximum_length: the tokens of a window, those that the tokenizer puts around a text included.
        most_windows: the maximum number of windows of a text.
        task: what the probabilities are of: classes, or several labels.
    """

    network: EncoderNetwork
    tokenizer: Any
    device: Any
    maximum_length: int
    most_windows: int
    task: str = "classification"

    @property
    def layout(self) -> Layout:
        """The windows into which a long text is split."""
        return ends_of(self.tokenizer).layout(self.maximum_length, self.most_windows)

    def windows(self, texts: Sequence[str]) -> Windows:
        """Return the tokens of n raw texts in windows."""
        return read_windows(self.tokenizer, texts, self.maximum_length, self.most_windows)

    def on_device(self, windows: Windows) -> DeviceTokens | DeviceWindows:
        """Return texts as the examples of a training."""
        padding = self.network.encoder.padding
        if windows.are_single:
            return DeviceTokens(windows.tokens, padding, self.device)
        return DeviceWindows(windows, padding, self.device)

    def probabilities(self, windows: Windows) -> np.ndarray:
        """Return the probability of each class or label for n texts, float32 (n, k)."""
        return probabilities_from(self._computed(windows, self.network.head), self.task)

    def features(self, windows: Windows) -> np.ndarray:
        """Return what the last layer reads of n texts, float32 (n, width)."""
        return self._computed(windows, self.network.features)

    def _computed(self, windows: Windows, part: Callable[[Any], Any]) -> np.ndarray:
        """Return what a part of the head makes of the pooled states of n texts, float32 (n, columns)."""
        import torch

        self.network.eval()
        sent = DeviceTokens(windows.tokens, self.network.encoder.padding, self.device)
        states = np.empty((len(sent), self.network.encoder.width), np.float32)
        buckets = length_buckets(windows.tokens.lengths, WINDOWS_AT_ONCE[self.device.type])
        with torch.inference_mode():
            for rows, batch in zip(buckets, sent.batches(buckets), strict=True):
                states[rows] = self.network.states(*sent.gather(batch)).cpu().numpy()
            of_texts = states if windows.are_single else smooth_maxima(states, windows.starts)
            computed: np.ndarray = part(torch.from_numpy(of_texts).to(self.device)).cpu().numpy()
        return computed
