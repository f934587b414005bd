"""A small network with random weights, for tests: the code of the real one in a hundredth of the time."""

import numpy as np

from textlab.features.images.architecture import (
    Architecture,
    Block,
    Convolution,
    Weights,
    convolutions_of,
    inverted_residual,
)

ARCHITECTURE = Architecture(
    resolution=32,
    blocks=(
        Block((Convolution("stem", 3, 2, 3, 8),)),
        inverted_residual("block0", 8, 8, 5, 1, expansion=2),
        inverted_residual("block1", 8, 12, 3, 2, expansion=2),
        Block((Convolution("head", 1, 1, 12, 16),)),
    ),
    frozen=2,
)


def weights() -> Weights:
    """Return random weights; they are always the same."""
    generator = np.random.default_rng(20261201)
    drawn: Weights = {}
    for convolution in convolutions_of(ARCHITECTURE.blocks):
        shape = convolution.kernel_shape
        inputs = shape[0] * shape[1] * (1 if convolution.depthwise else shape[2])
        drawn[f"{convolution.name}/kernel"] = generator.normal(0, (2 / inputs) ** 0.5, shape).astype(np.float32)
        drawn[f"{convolution.name}/bias"] = generator.normal(0, 0.1, convolution.filters).astype(np.float32)
    return drawn
