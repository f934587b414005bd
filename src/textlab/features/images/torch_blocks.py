"""Blocks of a network in torch, to train them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from textlab.features.images.architecture import Block, Convolution, Weights, convolutions_of

TO_TORCH = {False: (3, 2, 0, 1), True: (2, 3, 0, 1)}  # the order of a kernel's axes; by whether it is depthwise
FROM_TORCH = {False: (2, 3, 1, 0), True: (2, 3, 0, 1)}


def trainable(weights: Weights, blocks: Sequence[Block]) -> dict[str, Any]:
    """Return the weights of blocks as torch tensors that are trained."""
    import torch

    tensors = {}
    for convolution in convolutions_of(blocks):
        kernel, bias = f"{convolution.name}/kernel", f"{convolution.name}/bias"
        turned = weights[kernel].transpose(TO_TORCH[convolution.depthwise]).copy()
        tensors[kernel] = torch.from_numpy(turned).requires_grad_()
        tensors[bias] = torch.from_numpy(weights[bias].copy()).requires_grad_()
    return tensors


def trained(tensors: dict[str, Any], blocks: Sequence[Block]) -> Weights:
    """Undo `trainable`."""
    weights: Weights = {}
    for convolution in convolutions_of(blocks):
        kernel, bias = f"{convolution.name}/kernel", f"{convolution.name}/bias"
        turned = tensors[kernel].detach().numpy().transpose(FROM_TORCH[convolution.depthwise])
        weights[kernel] = np.ascontiguousarray(turned)
        weights[bias] = tensors[bias].detach().numpy().copy()
    return weights


def pooled(states: Any, blocks: Sequence[Block], tensors: dict[str, Any]) -> Any:
    """Return the features of states, float32 (n, size).

    Args:
        states: a torch tensor, float32 (n, height, width, channels).
        blocks: the blocks to run.
        tensors: their weights, as `trainable` returns them.
    """
    states = states.permute(0, 3, 1, 2)  # in memory it stays as it is, which torch calls channels_last
    for block in blocks:
        read = states
        for convolution in block.convolutions:
            states = _convolved(states, convolution, tensors)
        if block.residual:
            states = states + read
    return states.mean(dim=(2, 3))


def _convolved(states: Any, convolution: Convolution, tensors: dict[str, Any]) -> Any:
    from torch.nn import functional

    kernel, bias = tensors[f"{convolution.name}/kernel"], tensors[f"{convolution.name}/bias"]
    groups = convolution.channels if convolution.depthwise else 1
    padded = functional.pad(states, padding(states.shape[-1], convolution) * 2)
    states = functional.conv2d(padded, kernel, bias, stride=convolution.stride, groups=groups)
    return functional.relu6(states) if convolution.activated else states


def padding(side: int, convolution: Convolution) -> tuple[int, int]:
    """Return the pixels of padding before and after, as TensorFlow's SAME defines them."""
    outputs = -(-side // convolution.stride)
    total = max((outputs - 1) * convolution.stride + convolution.kernel - side, 0)
    return total // 2, total - total // 2
