"""Tokenizers of checkpoints in a TensorFlow graph, from core operations only, read from their tokenizer.json."""
