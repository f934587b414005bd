"""An LSTM on word vectors, trained with Keras."""

from textlab.models.lstm.model import LSTM

__all__ = ["LSTM"]
