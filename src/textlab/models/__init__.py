"""The model families, found by listing this folder: each module or folder here that defines a subclass of `Model`."""

from textlab.models.classifier import Classifier
from textlab.models.contract import Model
from textlab.models.discovery import families, family
from textlab.models.retriever import Retriever

__all__ = ["Classifier", "Model", "Retriever", "families", "family"]
