"""Copies of finished runs on another tracker. MLflow stays the record, and the other tracker is never read.

run_copy            what leaves the record
tracker             the protocol of a tracker, and the loop that copies
weights_and_biases  copies on Weights & Biases
background          copies while a grid runs

No notebook imports this package, so that the version of a tracker's library makes no cell due.
"""
