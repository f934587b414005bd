"""Scores of one classifier: predictions, metrics, calibration and slices."""
