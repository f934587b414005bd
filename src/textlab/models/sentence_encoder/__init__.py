"""A sentence encoder: a BERT whose pooled hidden states are vectors of texts, as it is or fine-tuned on queries."""

from textlab.models.sentence_encoder.model import SentenceEncoder

__all__ = ["SentenceEncoder"]
