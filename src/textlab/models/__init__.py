"""The model families, found by listing this folder: each module or folder here that defines a subclass of `Model`."""

from textlab.models.contract import Classifier, Model
from textlab.models.discovery import families, family

__all__ = ["Classifier", "Model", "families", "family"]
