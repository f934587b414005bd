"""BERT: a pretrained encoder, fine-tuned with torch and exported as a TensorFlow graph."""

from textlab.models.bert.model import BERT

__all__ = ["BERT"]
