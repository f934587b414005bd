"""Hyperparameters of the families that read n-grams."""

from typing import Annotated

from textlab.features.tfidf import BLOCKS
from textlab.models.hyperparameters import Auto, Hyperparameter
from textlab.models.training_facts import TrainingFacts

NGrams = Annotated[str, Hyperparameter("n-grams to count: of words, characters or both", choices=tuple(BLOCKS))]
FEW_WORDS = 20_000  # training words per class up to which n-grams of a single text help: docs/explanations/defaults.md

MinimumCount = Annotated[int, Hyperparameter("minimum number of training texts that contain an n-gram", minimum=1)]
AutomaticMinimumCount = Annotated[
    int | Auto, Hyperparameter("minimum number of training texts that contain an n-gram", minimum=1)
]
Lemmas = Annotated[bool, Hyperparameter("replace each English word form by its lemma")]


def suited_minimum_count(facts: TrainingFacts) -> int:
    """Return the minimum number of training texts that contain an n-gram, for a linear model."""
    return 1 if facts.texts * facts.median_words < FEW_WORDS * facts.classes else 2
