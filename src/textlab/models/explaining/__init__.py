"""Explanations of classifications: what each word of a text adds to the score of a class, in the exported graph."""
