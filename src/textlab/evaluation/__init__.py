"""How good a model is and where it fails: everything here reads one frame of predictions.

predictions  the frame itself, what it is made from and read by, the most confident mistakes
metrics      every score of a frame, and which of them may decide
calibration  Brier score, reliability bins, expected calibration error
slices       scores of texts with something in common: long ones, those with a hashtag, ...
figures      ROC, precision-recall, confusion, reliability and learning curves; pictures of a dataset and of vectors
"""
