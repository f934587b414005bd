"""Uncertainty of scores and of differences between models. Nothing here knows a task.

paired_sample  the interface that a task implements: models that were tested on the same examples
mean_scores    the simplest paired sample: one number per example and model, scored by its mean
bootstrap      scores on resampled examples, and BCa intervals
pairwise       paired bootstrap test, McNemar's test, Holm's correction, groups, detectable differences
comparison     all of these for several models: `compare`
seeds          mean, standard deviation and sign-flip test over random seeds

`textlab.evaluation.classification.decisions` makes the paired sample of classifiers.
"""
