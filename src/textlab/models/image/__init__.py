"""A linear classifier of pictures by the features of a pretrained network."""

from textlab.models.image.model import ImageClassifier

__all__ = ["ImageClassifier"]
