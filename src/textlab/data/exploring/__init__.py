"""Explore a dataset before training: description, class balance, text lengths, duplicates and vocabulary."""
