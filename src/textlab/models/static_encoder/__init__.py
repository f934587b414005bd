"""Static vectors of word pieces, distilled from a BERT: no network is left at prediction."""

from textlab.models.static_encoder.model import StaticEncoder

__all__ = ["StaticEncoder"]
