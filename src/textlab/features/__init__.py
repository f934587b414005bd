"""Texts as numbers: tf-idf and word vectors."""
