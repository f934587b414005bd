"""Uncertainty of scores and of differences between models. Nothing here knows a task.

paired_sample  the interface that a task implements: models that were tested on the same examples
mean_scores    the simplest paired sample: numbers per example and model, scored by their means
bootstrap      scores on resampled examples, and BCa intervals
significance   paired bootstrap test, McNemar's test, Holm's correction
power          the smallest difference that a test set can show
pairwise       all of these for every pair of models, and groups of ties
comparison     intervals and pairs of several models: `compare`
seeds          mean, standard deviation and sign-flip test over random seeds

`textlab.evaluation.classification.decisions` makes the paired sample of classifiers.
"""
