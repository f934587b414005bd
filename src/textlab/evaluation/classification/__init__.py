"""Predictions of classifiers, and their scores.

task             classification, described for the mechanisms that serve every task
predictions      the frame of predictions that all other modules read, and how it is made
class_scores     the scores of single classes, and the pairs that a model confuses
metrics          every metric of one frame, and which of them may decide
calibration      Brier score, reliability bins, expected calibration error
temperature      temperature scaling
vector_scaling   vector scaling: a slope and an offset for each class
calibration_intervals  errors before and after calibration, with intervals
slices           scores on subsets of the examples: by length, content, missing input and tag
decisions        the predicted classes of several models, as a paired sample for `textlab.evaluation.statistics`
decision_scores  metrics computed from counts of decisions, for many samples at once
comparison       intervals and paired tests of several classifiers
agreement        how often two models predict the same class
"""
