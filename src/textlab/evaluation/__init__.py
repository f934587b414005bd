"""How good a model is and where it fails: everything here reads one frame of predictions.

metrics      the frame itself, every score, the most confident mistakes
calibration  Brier score, reliability bins, expected calibration error
slices       scores of texts with something in common: long ones, those with a hashtag, ...
figures      ROC, precision-recall, confusion, reliability and learning curves
"""
