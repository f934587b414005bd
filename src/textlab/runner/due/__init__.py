"""Decide which cells are due: fingerprints, the states of cells, and reproducing a run."""
