"""The probabilities that a fine-tuned encoder gives to texts."""

from typing import Any

import numpy as np

from textlab.models.length_buckets import length_buckets
from textlab.models.transformer.batches import DeviceTokens
from textlab.models.transformer.windows import Windows

BATCH = {"cpu": 32, "cuda": 512}  # windows


def probabilities(network: Any, windows: Windows, device: Any) -> np.ndarray:
    """Return the probabilities float32 (n, k) of n texts.

    Args:
        network: an `EncoderNetwork` with a head; it drops no numbers afterwards.
        windows: the texts.
        device: the torch device of the network.
    """
    import torch
    from scipy.special import softmax

    network.eval()
    sent = DeviceTokens(windows.tokens, network.encoder.padding, device)
    states = np.empty((len(sent), network.encoder.width), np.float32)
    buckets = length_buckets(windows.tokens.lengths, BATCH[device.type])
    with torch.inference_mode():
        for rows, batch in zip(buckets, sent.batches(buckets), strict=True):
            states[rows] = network.states(*sent.gather(batch)).cpu().numpy()
        of_texts = states if windows.are_single else np.maximum.reduceat(states, windows.starts)
        logits = network.head(torch.from_numpy(of_texts).to(device))
    return softmax(logits.cpu().numpy(), axis=1)
