"""Features of pictures: small pretrained networks, for training and in the graph of an export."""

import importlib
from pathlib import Path

from textlab.features.images.network import TUNED_FILE, ImageNetwork

__all__ = ["NETWORKS", "ImageNetwork", "load_network", "saved_network"]

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
    return ImageNetwork(name, module.ARCHITECTURE, module.weights(), folder=folder)


def saved_network(name: str, saved: Path, folder: Path | None = None) -> ImageNetwork:
    """Return a network as a model saved it: with its fine-tuned weights, if `ImageNetwork.save` wrote some.

    Args:
        name: one of NETWORKS.
        saved: the folder that `ImageNetwork.save` was given.
        folder: as in `load_network`.

    Raises:
        ValueError, ModuleNotFoundError: as in `load_network`.
    """
    import numpy as np

    network, path = load_network(name, folder), saved / TUNED_FILE
    if not path.exists():
        return network
    with np.load(path, allow_pickle=False) as weights:
        return network.with_tuned(dict(weights))
