"""The architecture of a convolutional network, which TensorFlow's graph and the torch network are both built from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Weights = dict[str, np.ndarray]


@dataclass(frozen=True)
class Convolution:
    """A convolution with a bias, and SAME padding as TensorFlow defines it.

    Attributes:
        name: the name of its weights: `<name>/kernel`, float32 (kernel, kernel, channels, filters) or, if it is
            depthwise, (kernel, kernel, channels, 1), and `<name>/bias`, float32 (filters,).
        kernel: the width of the kernel in pixels.
        stride: the step in pixels.
        channels: the channels that it reads.
        filters: the channels that it writes.
        depthwise: whether each channel is convolved by itself.
        activated: whether ReLU6, min(max(x, 0), 6), follows.
    """

    name: str
    kernel: int
    stride: int
    channels: int
    filters: int
    depthwise: bool = False
    activated: bool = True

    @property
    def kernel_shape(self) -> tuple[int, int, int, int]:
        """The shape of the kernel."""
        return self.kernel, self.kernel, self.channels, 1 if self.depthwise else self.filters


@dataclass(frozen=True)
class Block:
    """Convolutions in a row; a residual block adds what it read to what they wrote."""

    convolutions: tuple[Convolution, ...]
    residual: bool = False


@dataclass(frozen=True)
class Architecture:
    """A network that turns a square picture into the mean over the places of its last block, its features.

    Attributes:
        resolution: the side of the picture in pixels.
        blocks: from the picture to the features.
        frozen: the number of blocks, from the first, whose weights fine-tuning leaves as they are.
    """

    resolution: int
    blocks: tuple[Block, ...]
    frozen: int

    @property
    def size(self) -> int:
        """The number of features."""
        return self.blocks[-1].convolutions[-1].filters

    @property
    def state_shape(self) -> tuple[int, int, int]:
        """The shape of a picture's state after the frozen blocks: height, width, channels."""
        side = self.resolution
        for convolution in convolutions_of(self.blocks[: self.frozen]):
            side = -(-side // convolution.stride)
        return side, side, self.blocks[self.frozen].convolutions[0].channels


def convolutions_of(blocks: Sequence[Block]) -> list[Convolution]:
    """Return the convolutions of some blocks, in their order."""
    return [convolution for block in blocks for convolution in block.convolutions]


def inverted_residual(name: str, channels: int, filters: int, kernel: int, stride: int, expansion: int) -> Block:
    """Return a block of MobileNetV2 (Sandler et al. 2018): expand, convolve each channel, project without activation.

    Args:
        name: the prefix of the names of its convolutions.
        channels, filters: the channels that it reads and writes.
        kernel, stride: of the depthwise convolution.
        expansion: how many times more channels the depthwise convolution reads; 1 leaves out the expansion.
    """
    wide = channels * expansion
    expand = Convolution(f"{name}/expand", 1, 1, channels, wide)
    depthwise = Convolution(f"{name}/depthwise", kernel, stride, wide, wide, depthwise=True)
    project = Convolution(f"{name}/project", 1, 1, wide, filters, activated=False)
    convolutions = (depthwise, project) if expansion == 1 else (expand, depthwise, project)
    return Block(convolutions, residual=stride == 1 and channels == filters)
