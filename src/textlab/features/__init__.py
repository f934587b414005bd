"""Texts as numbers: tf-idf now, word vectors beside it."""
