"""Features of pictures: small pretrained networks, for training and in the graph of an export."""

import importlib
from pathlib import Path

from textlab.features.images.network import ImageNetwork

__all__ = ["NETWORKS", "ImageNetwork", "load_network"]

NETWORKS = ("efficientnet_lite0", "tiny")


def load_network(name: str = "efficientnet_lite0", folder: Path | None = None) -> ImageNetwork:
    """Return a network. "tiny" has random weights, for tests.

    Args:
        name: one of NETWORKS.
        folder: the cache of features; None means data/processed/picture_features.

    Raises:
        ValueError: the name is unknown.
        ModuleNotFoundError: the package with the weights is not installed.
    """
    if name not in NETWORKS:
        raise ValueError(f"Unknown network of pictures '{name}'. Available: {', '.join(NETWORKS)}.")
    module = importlib.import_module(f"textlab.features.images.{name}")
    return ImageNetwork(name, module.ARCHITECTURE, module.weights(), folder)
