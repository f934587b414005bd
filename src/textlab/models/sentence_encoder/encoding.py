"""Unit vectors of many texts, computed in batches that suit the device."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from textlab.models.transformer.batches import DeviceTokens, Tokens
from textlab.models.transformer.network import EncoderNetwork
from textlab.models.transformer.pooling import FIRST, pooled

TOKENS_AT_ONCE = {"cpu": 2048, "cuda": 65_536}  # on a CPU, the hidden states of a batch then fit into its caches


def token_batches(lengths: np.ndarray, tokens_at_once: int) -> list[np.ndarray]:
    """Return rows in batches of similar length, the shortest first, with so many tokens at most but at least a row."""
    order = np.argsort(lengths, kind="stable")
    batches, start = [], 0
    while start < len(order):
        ahead = lengths[order[start : start + tokens_at_once]]
        fitting = np.arange(1, len(ahead) + 1) * ahead <= tokens_at_once
        size = max(1, int(fitting.sum()))
        batches.append(order[start : start + size])
        start += size
    return batches


class Encoding:
    """Computes unit vectors with the weights of an encoder, arranged for that; see `EncoderNetwork.arranged`.

    Args:
        network: the encoder; its weights are copied as far as they are rearranged.
        pooling: "mean" or "first".
        device: the torch device of the network.
        bfloat16: whether to compute in bfloat16, which is faster where the processor has instructions for it.
    """

    def __init__(self, network: EncoderNetwork, pooling: str, device: Any, bfloat16: bool = False) -> None:
        self._network, self._pooling, self._device = network.arranged(bfloat16), pooling, device

    def vectors(self, tokens: Tokens, title: str = "") -> np.ndarray:
        """Return the unit vectors of n texts, float32 (n, width).

        Args:
            tokens: the word pieces of n texts.
            title: the title of a progress bar; "" for none.
        """
        import torch
        from tqdm.auto import tqdm

        count = len(tokens.lengths)
        found = np.empty((count, self._network.encoder.width), np.float32)
        with torch.inference_mode(), tqdm(total=count, desc=title, unit=" texts", disable=not title) as bar:
            for rows, vectors in self._batches(tokens):
                found[rows] = vectors.cpu().numpy()
                bar.update(len(rows))
        return found

    def _batches(self, tokens: Tokens) -> Iterator[tuple[np.ndarray, Any]]:
        if not len(tokens.lengths):
            return
        sent = DeviceTokens(tokens, self._network.encoder.padding, self._device)
        buckets = token_batches(tokens.lengths, TOKENS_AT_ONCE[self._device.type])
        for rows, batch in zip(buckets, sent.batches(buckets), strict=True):
            numbers, mask = sent.gather(batch)
            hidden = self._network.hidden(numbers, mask, only_first=self._pooling == FIRST)
            yield rows, pooled(hidden, mask, self._pooling)
