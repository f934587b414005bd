"""Predictions of several labels per text, and their scores.

task             several labels, described for the mechanisms that serve every task
predictions      the frame of predictions that all other modules read
predicting       predictions of a fitted model, and those of a baseline
thresholds       the probability from which each label is predicted, chosen on validation
metrics          every metric of one frame, and which of them may decide
label_scores     the scores of single labels, and the labels that are mistaken for each other
label_decisions  the predicted labels of several models, as a paired sample for `textlab.evaluation.statistics`
comparison       intervals and paired tests of several models
floors           answers that ignore the text
doubts           labels with too few examples
"""
