"""Text normalisation: one table of rules, applied in Python and inside a TensorFlow graph."""
