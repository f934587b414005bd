"""Hyperparameters of the families that read n-grams."""

from typing import Annotated

from textlab.features.tfidf import BLOCKS
from textlab.models.hyperparameters import Hyperparameter

NGrams = Annotated[str, Hyperparameter("n-grams to count: of words, characters or both", choices=tuple(BLOCKS))]
MinimumCount = Annotated[int, Hyperparameter("minimum number of training texts that contain an n-gram", minimum=1)]
Lemmas = Annotated[bool, Hyperparameter("replace each English word form by its lemma")]
