"""BERT: fine-tune a pretrained encoder with torch, and export it as a TensorFlow graph."""

from textlab.models.bert.model import BERT

__all__ = ["BERT"]
