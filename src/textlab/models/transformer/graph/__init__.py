"""Encoders of every architecture in core TensorFlow operations, built from their description."""
