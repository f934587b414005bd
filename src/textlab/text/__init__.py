"""Text normalisation and tokenisation, with the same results in Python and in a TensorFlow graph."""
